"""Everything known about what is selected, and about the session, as lines in the slot."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, date, tzinfo
from types import MappingProxyType

from ibtui.domain.ability import explained
from ibtui.domain.bar import HISTORY_REQUESTS
from ibtui.domain.calendar.clock import shown
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import plain
from ibtui.domain.order import Order
from ibtui.domain.position import Position
from ibtui.domain.quote import MARKET_DATA_LINES
from ibtui.domain.reference.deliveries import delivery_day, delivery_due
from ibtui.domain.words import status_words, trade_words
from ibtui.link.messages import SessionHeader, hindering
from ibtui.link.status import StrategyStatus
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.canvas import Line, Run
from ibtui.terminal.drawing.table import span
from ibtui.terminal.keys import Press
from ibtui.terminal.panes.staleness import zone
from ibtui.terminal.places.place import Aside, Hints, Place, Terminal, title
from ibtui.terminal.places.shadow_facts import only_shadow, shadow_facts

Facts = Sequence[tuple[str, str]]


class Sheet(Aside):
    """Facts by name; Esc closes it, a page key turns it where it is long, other keys work as if it were not there."""

    def __init__(self, terminal: Terminal, name: str, facts: Facts) -> None:
        super().__init__(terminal)
        self._name = name
        self._facts = facts
        self._first = 0
        self._room = 1
        self._length = 0

    def own(self, press: Press) -> bool:
        pages = {"move.page_down": self._room, "move.page_up": -self._room}
        step = pages.get(self.terminal.keymap.action("log", press.key) or "", 0)
        if not step or self._length <= self._room:
            return False
        self._first = min(max(self._first + step, 0), self._length - self._room)
        return True

    def draw(self, width: int, height: int) -> list[Line]:
        lines = fact_lines(self._facts, width)
        self._room, self._length = max(height - 1, 1), len(lines)
        self._first = min(self._first, max(self._length - self._room, 0))
        shown = lines[self._first : self._first + self._room]
        return [title(self.terminal.keymap, self._name, span(self._first, len(shown), self._length), width), *shown]

    def hints(self) -> Hints:
        hint = self.terminal.keymap.hint
        more = (hint("move.page_down", "more"),) if self._length > self._room else ()
        return (*more, hint("back"))


def fact_lines(facts: Facts, width: int) -> list[Line]:
    """Names and what they say, wrapped beside them; the column of names is as wide as the longest needs."""
    names = max([14, *(len(name) + 1 for name, _ in facts)])
    lines: list[Line] = []
    for name, text in facts:
        parts = textwrap.wrap(text, max(width - names - 4, 20)) or ["–"]
        lines += [
            Line((Run(f"  {name if at == 0 else '':<{names}}", "dim"), Run(part))) for at, part in enumerate(parts)
        ]
    return lines


def details(terminal: Terminal) -> Place:
    """The facts of what is under the cursor; IbtuiError `bad_key` when there is nothing."""
    main, model = terminal.main, terminal.model
    if main.pane == "orders" and main.selected_order is not None:
        return Sheet(terminal, f"Order {main.selected_order.ref}", order_facts(main.selected_order, zone(model)))
    strategy = model.strategies.get(main.selected_strategy or "")
    if main.pane == "strategies" and strategy is not None:
        return Sheet(terminal, f"Strategy {strategy.name}", strategy_facts(strategy, model.instruments, zone(model)))
    if main.pane == "log" and model.log:
        return Sheet(terminal, "Newest in the log", (("", model.log[-1].text),))
    instrument = model.instruments.get(main.selected_symbol or "")
    if instrument is None:
        raise IbtuiError("bad_key", "Nothing is selected.")
    held = model.positions.get(instrument.symbol)
    return Sheet(terminal, instrument.symbol, instrument_facts(instrument, held, model.names.today))


def status(terminal: Terminal) -> Place:
    """The facts of the session: `:status`."""
    session = terminal.model.session
    if session is None:
        raise IbtuiError("no_engine", "The engine has not answered yet.")
    return Sheet(terminal, "Status", session_facts(session))


def instrument_facts(instrument: Instrument, held: Position | None = None, today: date = date.min) -> Facts:
    """What a contract is; of one that is delivered also when, by what is held of it."""
    return (
        ("name", instrument.name),
        ("kind", f"{instrument.sec_type}, {instrument.currency}"),
        ("exchange", " · ".join(dict.fromkeys(filter(None, (instrument.exchange, instrument.primary_exchange))))),
        ("contract id", str(instrument.con_id)),
        ("local symbol", instrument.local_symbol),
        ("trading class", instrument.trading_class),
        ("expires", instrument.expiry or "never"),
        *_delivered(instrument, today, long=held is None or held.quantity >= 0),
        ("tick", tick_words(instrument)),
        ("multiplier", plain(instrument.multiplier)),
        ("lot", plain(instrument.lot)),
    )


def _delivered(instrument: Instrument, today: date, *, long: bool) -> Facts:
    """When it is delivered; nothing for what is not."""
    day = delivery_day(instrument, long=long)
    if day is None:
        return ()
    due = delivery_due(instrument, long=long, today=today)
    far = f"{'first notice' if day.kind == 'first_notice' else 'last day'} on {day.day}"
    return (("delivered", f"{due.words(today)}; {due.means}" if due else far),)


def tick_words(instrument: Instrument) -> str:
    """`0.01`, or `0.01, 0.05 from 3` where it grows with the price."""
    more = (f"{plain(band.step)} from {plain(band.low)}" for band in instrument.bands[1:])
    return ", ".join((plain(instrument.bands[0].step if instrument.bands else instrument.tick), *more))


def order_facts(order: Order, zone: tzinfo) -> Facts:
    """What is known of an order, times in `zone`."""
    prices = (("limit", order.limit_price), ("stop", order.stop_price))
    return (
        ("order", f"{trade_words(order.side, order.quantity, order.symbol)} {order.type} {order.tif}"),
        *(("leg", f"{leg.side} {leg.ratio} {leg.symbol}") for leg in order.combo),
        *((name, plain(price)) for name, price in prices if price is not None),
        ("status", status_words(order.status)),
        ("filled", f"{plain(order.filled)} at {fmt.price(order.average_price, 4, 14)}"),
        ("by", f"{order.owner}, as {order.role}"),
        ("belongs to", order.parent or "no other order"),
        ("IB's perm id", "unknown" if order.perm_id is None else str(order.perm_id)),
        ("sent", "unknown" if order.created is None else shown(order.created, zone)),
        ("reason", order.reason or "none"),
    )


def strategy_facts(
    strategy: StrategyStatus, instruments: Mapping[str, Instrument] = MappingProxyType({}), zone: tzinfo = UTC
) -> Facts:
    """What is known of a strategy; of one in shadow also its own book, times in `zone`."""
    values = strategy.running_with or {parameter.name: parameter.default for parameter in strategy.parameters}
    return (
        ("does", strategy.summary),
        ("state", strategy.state + (f": {strategy.reason}" if strategy.reason else "")),
        ("parameters", " ".join(f"{name}={value}" for name, value in values.items())),
        ("last decision", strategy.decision or "none yet"),
        *(() if only_shadow(strategy) else _own_facts(strategy)),
        *(() if strategy.shadow is None else shadow_facts(strategy.shadow, instruments, zone)),
    )


def _own_facts(strategy: StrategyStatus) -> Facts:
    """What it holds and earned in the account."""
    return (
        ("position", "none" if not strategy.position else f"{plain(strategy.position)} {strategy.symbol}"),
        ("P&L today", fmt.pnl(strategy.pnl, 14)),
        ("fills today", str(strategy.trades)),
    )


def session_facts(session: SessionHeader) -> Facts:
    trip = "unknown" if session.round_trip is None else f"{1000 * session.round_trip:.0f} ms"
    return (
        ("profile", f"{session.profile}, {session.mode}"),
        ("state", explained(hindering(session), session.reason)),
        ("gateway", f"{session.host}:{session.port}" if session.host else "unknown"),
        ("protocol", "unknown" if session.server_version is None else f"server version {session.server_version}"),
        ("client id", str(session.client_id)),
        ("round trip", trip),
        ("data lines", f"{session.lines} of {MARKET_DATA_LINES}"),
        ("open history", f"{session.history_requests} of {HISTORY_REQUESTS} requests"),
        ("clients", f"{session.clients} of this engine"),
        ("read only", "yes" if session.read_only else "no"),
        ("time zone", session.timezone),
    )
