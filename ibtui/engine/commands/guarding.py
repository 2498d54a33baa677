"""Starting an algorithm that guards a position: it takes up the stops that are there, and covers nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.commands.command import Start
from ibtui.domain.cover import guarding, protection
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import FOREIGN, YOU, Order
from ibtui.domain.position import closing_side
from ibtui.domain.words import holding_words, order_words, quantity_words, trade_words
from ibtui.engine.commands.plan import Draft
from ibtui.engine.commands.switch import Switch
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.strategies.catalog import Entry
from ibtui.engine.truth.state import State
from ibtui.link.messages import Outcome, Plan
from ibtui.link.status import ParameterStatus


class Guarded(Struct, frozen=True, kw_only=True):
    """A position that is about to be guarded, with the stops that are there."""

    symbol: str
    held: Decimal
    mine: tuple[Order, ...]
    """The trader's own, which the guard takes up."""
    others: tuple[Order, ...]
    """Those of strategies and of other programs, which stay what they are."""

    @property
    def elsewhere(self) -> Decimal:
        """How much of it the others cover."""
        return protection(self.held, self.others)


class Guarding:
    """Previews and starts guards.

    A stop of the trader's is never cancelled for a guard and never doubled: it stays at IB as it is, belongs to the
    guard from then on, and is moved by it.
    """

    def __init__(self, *, state: State, switch: Switch, watchlist: Watchlist) -> None:
        self._state = state
        self._switch = switch
        self._watchlist = watchlist

    async def previewed(self, start: Start, entry: Entry) -> Draft:
        """What a guard would do; raises IbtuiError when there is nothing left for it to guard."""
        guarded = await self._guarded(start, entry)
        await self._switch.trial(start.strategy, start.parameters)
        plan = Plan(
            token="",
            sentence="\n".join(self._lines(start, entry, guarded)),
            legs=(),
            effect="closes",
            effect_sentence=f"GUARDS {holding_words(guarded.held) if guarded.held else 'what you buy'}",
            collar_ticks=0,
        )
        return Draft(plan=plan, intents=(), cancels=(), market={}, steps={}, start=start)

    async def start(self, start: Start, *, seen: bool) -> Outcome:
        """Start a guard with the trader's stops in its hand; they are given back when it does not start."""
        entry = await self._switch.ready(start.strategy, start.parameters)
        guarded = await self._guarded(start, entry)
        if not seen:
            await self._switch.trial(start.strategy, start.parameters)
        name = entry.run_name(start.strategy, start.parameters)
        for order in guarded.mine:
            self._give(order, name)
        try:
            sentence = await self._switch.start(start.strategy, start.parameters)
        except BaseException:
            for order in guarded.mine:
                self._give(order, YOU)
            raise
        taken = [f"it takes up your {self._words(order)}" for order in guarded.mine]
        return Outcome(message=" ".join([sentence.rstrip("."), *(f"· {words}" for words in taken)]))

    def _give(self, order: Order, owner: str) -> None:
        """The order belongs to somebody else from now on, whatever it has become meanwhile."""
        now = self._state.orders.get(order.ref) or order
        self._state.order(replace(now, owner=owner))

    async def _guarded(self, start: Start, entry: Entry) -> Guarded:
        if start.replaces:
            raise IbtuiError("bad_parameter", f"{start.strategy} works no orders; chase, twap and vwap do.")
        instrument = await self._watchlist.quoted(values_of(entry, start.parameters)["symbol"])
        symbol, name = instrument.symbol, entry.run_name(start.strategy, start.parameters)
        held, live = self._state.positions.held(symbol), self._state.orders.live(symbol)
        for order in live:
            self._check_known(order, held)
        stops = guarding(held, live)
        guarded = Guarded(
            symbol=symbol,
            held=held,
            mine=tuple(order for order in stops if order.owner == YOU),
            others=tuple(order for order in stops if order.owner not in (YOU, name)),
        )
        if held and guarded.elsewhere >= abs(held):
            raise IbtuiError("not_workable", f"{_covered(held, symbol)} already: {self._whose(guarded.others)}.")
        return guarded

    def _check_known(self, order: Order, held: Decimal) -> None:
        unsure = order.status.unsure
        if unsure and order.protective and order.owner == YOU and order.side.sign * held < 0:
            raise IbtuiError("unknown_order", f"{self._words(order)} is {order.status}: IB has to answer first.")

    # in words

    def _lines(self, start: Start, entry: Entry, guarded: Guarded) -> list[str]:
        values = values_of(entry, start.parameters)
        shown = [f"{p.name} {values[p.name]} ({p.help})" for p in entry.parameters if _matters(p, values[p.name])]
        settings = ", ".join(shown)
        if not guarded.held:
            return [f"You hold no {guarded.symbol}: {start.strategy} waits for a position, then {settings}"]
        side = closing_side(guarded.held)
        what = f"{trade_words(side, abs(guarded.held), guarded.symbol)} at a stop"
        lines = [f"{what} by {start.strategy}: {settings}"]
        lines += [f"it takes up your {self._words(order)}, which stays at IB and is moved" for order in guarded.mine]
        if guarded.elsewhere:
            left = quantity_words(abs(guarded.held) - guarded.elsewhere)
            lines.append(f"{self._whose(guarded.others)}: {left} are left to guard")
        return lines

    def _whose(self, orders: Sequence[Order]) -> str:
        words = ", ".join(
            f"{self._words(order)} of {'another program' if order.owner == FOREIGN else order.owner}"
            for order in orders
        )
        return f"{words} {'stays' if len(orders) == 1 else 'stay'} as {'it is' if len(orders) == 1 else 'they are'}"

    def _words(self, order: Order) -> str:
        return order_words(order, self._state.instruments.get(order.symbol))


def _covered(held: Decimal, symbol: str) -> str:
    return f"A stop covers your {holding_words(held).removeprefix('a ')} {symbol}"


def _matters(parameter: ParameterStatus, value: str) -> bool:
    """A setting that changes what it does: not what it works on, and none that is off."""
    return parameter.kind not in ("symbol", "bar") and value not in ("", "0", "0.0", "off")


def values_of(entry: Entry, parameters: dict[str, str]) -> dict[str, str]:
    """Every parameter as it would run."""
    return {parameter.name: parameter.default for parameter in entry.parameters} | parameters
