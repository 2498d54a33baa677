"""The ceilings of an account on paper, and of the one strategy that it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from msgspec import Struct
from msgspec.structs import asdict, fields, replace

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.limits import NONE, UNLIMITED, Ceilings, Limits
from ibtui.domain.order import OrderIntent
from ibtui.domain.refusal import Refusal
from ibtui.risk.ceilings import AccountBook, ValuedPosition, check, lost
from ibtui.risk.facts import Facts
from ibtui.risk.gate import CURRENCY_UNIT
from ibtui.risk.paper_facts import PaperWorld, traded, trades
from ibtui.risk.positions import counts, largest_position
from ibtui.risk.prices import dearest

ITS_OWN = "its own"
"""Whose limit it is where one strategy runs alone and has no name."""
_EPOCH = datetime.min.replace(tzinfo=UTC)
_NOTHING = ValuedPosition(0.0, 0.0)
_CEILINGS = frozenset(field.name for field in fields(Ceilings)) - {"order_quantity", "order_value"}
"""What the gate does not judge already."""


class PaperRules(Struct, frozen=True, kw_only=True):
    """What a strategy on paper is held to."""

    limits: Limits = UNLIMITED
    """The profile's."""
    strategy: Ceilings = NONE
    groups: Mapping[str, str] = {}
    """The group of each symbol that is in one."""
    owner: str = ITS_OWN
    """The strategy's name, whose limits its own are."""
    timed: bool = True
    """Bars close within the day, so that hours mean something."""
    bounded: bool = False
    """A strategy without a limit `position_quantity` has the one that strategies have live."""


class PaperCeilings:
    """Counts orders by day and judges what may add risk; the account holds what the strategy holds."""

    def __init__(self, rules: PaperRules, world: PaperWorld) -> None:
        account = Ceilings(**{name: value for name, value in asdict(rules.limits).items() if name in _CEILINGS})
        self._account, self._strategy = (
            one if rules.timed else replace(one, hours="") for one in (account, rules.strategy)
        )
        self._rules = rules
        self._world = world
        self._day = date.min
        self._today = 0
        self._last: datetime | None = None
        self._day_begin = self._low = 0.0
        """Equity when the day began, and the least of it since."""
        self._lost = False
        self.limits_loss = any(
            one.daily_loss is not None or one.daily_loss_percent is not None for one in (self._account, self._strategy)
        )

    def begin_day(self, worth: float) -> None:
        """A day begins with that equity."""
        self._day_begin = self._low = worth
        self._lost = False

    def look(self, worth: float) -> bool:
        """Whether equity has just reached a limit of the daily loss."""
        if self._lost or not worth < self._low:
            return False
        self._low = worth
        book = self._money(worth, _EPOCH)
        self._lost = any(lost(book, ceilings) is not None for ceilings in (self._account, self._strategy))
        return self._lost

    def passed(self, now: datetime) -> None:
        """An order that is no exit went out."""
        self._turn(now)
        self._today += 1
        self._last = now

    def _turn(self, now: datetime) -> None:
        today = exchange_day(now)
        if today != self._day:
            self._day, self._today = today, 0

    def refuses(
        self, intent: OrderIntent, facts: Facts, worth: float | None, now: datetime, of: str = ""
    ) -> Refusal | None:
        """Why an order that may add risk may not go out.

        `worth` is the account's equity, None while it is not known. `of` is an order that becomes this one: it is not
        in its own way, and not counted again.
        """
        if self._account == NONE and self._strategy == NONE and not self._rules.bounded:
            return None
        self._turn(now)
        at = dearest(intent, facts.quote, facts.instrument)
        wanted = {
            one.item.symbol: self._valued(one.item.symbol, one.side.sign * float(one.quantity), at)
            for one in trades(intent, facts)
        }
        book = replace(self._book(wanted, worth, now, of), currency=facts.currency)
        return check(wanted, replace(book, largest={}), self._account) or check(
            wanted, book, self._strategy, self._rules.owner
        )

    def _money(self, worth: float | None, now: datetime) -> AccountBook:
        return AccountBook(
            positions={},
            equity=worth,
            day_begin=self._day_begin,
            day_profit=None if worth is None else worth - self._day_begin,
            day_low=self._low - self._day_begin,
            orders_today=0,
            last_order=None,
            now=now,
        )

    def _book(self, wanted: Mapping[str, ValuedPosition], worth: float | None, now: datetime, of: str) -> AccountBook:
        held = {symbol: self._valued(symbol, quantity) for symbol, quantity in self._world.positions().items()}
        buying, selling = self._working(1, of), self._working(-1, of)
        return replace(
            self._money(worth, now),
            positions=held,
            buying=buying,
            selling=selling,
            orders_today=0 if of else self._today,
            last_order=None if of else self._last,
            groups=self._groups({*held, *buying, *selling, *wanted}),
            units={symbol: CURRENCY_UNIT for symbol in wanted if self._type(symbol) == "CASH"},
            largest=self._largest(wanted),
        )

    def _type(self, symbol: str) -> str:
        item = self._world.instrument(symbol)
        return "" if item is None else item.sec_type

    def _largest(self, wanted: Iterable[str]) -> dict[str, float]:
        if not self._rules.bounded or self._strategy.position_quantity is not None:
            return {}
        items = {symbol: self._world.instrument(symbol) for symbol in wanted}
        return {symbol: float(largest_position(item)) for symbol, item in items.items() if item is not None}

    def _groups(self, symbols: set[str]) -> dict[str, str]:
        """The group of each; an option is in that of its underlying."""
        groups = self._rules.groups
        if not groups:
            return {}
        items = {symbol: self._world.instrument(symbol) for symbol in symbols}
        found = {
            symbol: groups.get(symbol) or groups.get(item.root if item else "", "") for symbol, item in items.items()
        }
        return {symbol: group for symbol, group in found.items() if group}

    def _working(self, sign: int, of: str) -> dict[str, ValuedPosition]:
        """What entries and exits that work may still trade on one side."""
        found: dict[str, ValuedPosition] = {}
        for order in self._world.working.values():
            if not counts(order.role) or order.ref == of:
                continue
            for symbol, signed in traded(order):
                if signed * sign > 0:
                    more = self._valued(symbol, signed, (not order.legs and order.price) or None)
                    found[symbol] = found.get(symbol, _NOTHING).plus(more)
        return found

    def _valued(self, symbol: str, quantity: float, price: float | None = None) -> ValuedPosition:
        quote, item = self._world.quote(symbol), self._world.instrument(symbol)
        at = price if price is not None else None if quote is None else quote.mark
        if at is None or item is None:
            return ValuedPosition(quantity, float("nan"))
        return ValuedPosition(quantity, item.value(quantity, at) * self._world.rate(item.currency))
