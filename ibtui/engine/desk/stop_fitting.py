"""Stops that came to be larger than what they protect: reduced to it, since the rest would turn the position."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import FOREIGN, Change, Order
from ibtui.domain.words import quantity_words
from ibtui.engine.desk.closing_watch import ClosingWatch
from ibtui.engine.desk.desk import Desk
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State

_ZERO = Decimal(0)


class StopFitting:
    """Looks at the exits of an instrument whenever IB has counted its position.

    A position also becomes smaller by orders that are no close of ours: a sale by hand, by another program, in TWS.
    What IB reduces itself is left to it, a group of which a part has traded; so is what a close is followed for, and
    what has nothing left to protect, which is told as OVER. A trader's stops are left alone while a strategy holds the
    instrument as well, since the account's position is then no measure of them; a strategy's follow its own exits.
    """

    def __init__(self, *, state: State, desk: Desk, closing: ClosingWatch, tasks: Tasks) -> None:
        self._state = state
        self._desk = desk
        self._closing = closing
        self._tasks = tasks
        self._asked: dict[str, Decimal] = {}
        """By ref, the quantity that an order was last asked to be reduced to."""
        state.listeners.position.append(self._counted)

    def _counted(self, symbol: str) -> None:
        for order, quantity in self._oversized(symbol):
            if self._asked.get(order.ref) != quantity:
                self._asked[order.ref] = quantity
                self._tasks.start("stops", self._reduce(order, quantity))

    def _oversized(self, symbol: str) -> list[tuple[Order, Decimal]]:
        """Exits that would do more than close what is held, and what they should be."""
        if self._state.connection.state != "active" or self._closing.follows(symbol):
            return []
        live = self._state.orders.live(symbol)
        traded = {order.oca_group for order in live if order.filled and order.oca_group}
        found = []
        for order in live:
            if not ours(order) or not order.status.at_work or order.combo or order.oca_group in traded:
                continue
            held = self._held(order)
            if held and self._is_exit(order) and order.remaining > held:
                found.append((order, order.filled + held))
        return found

    def _is_exit(self, order: Order) -> bool:
        """A target, a stop or an exit whose parent is gone, or a stop order against the position."""
        parent = None if order.parent is None else self._state.orders.get(order.parent)
        return (order.role != "entry" or order.protective) and (parent is None or not parent.live)

    def _held(self, order: Order) -> Decimal:
        """What the account holds that it would close; 0 where that is none, not sure, or not what it is for."""
        positions, own = self._state.positions, self._desk.limited.own_holdings(order.owner)
        unsure = positions.moved(order.symbol, self._state.clock.monotonic())
        if own is not None or unsure or self._shared(order.symbol):
            return _ZERO
        return max(-order.side.sign * positions.held(order.symbol), _ZERO)

    def _shared(self, symbol: str) -> bool:
        """Whether a strategy holds it for itself."""
        limited = self._desk.limited
        holdings = (limited.own_holdings(owner) for owner in self._state.fills.owners if owner != FOREIGN)
        return any(own is not None and symbol in own and own[symbol].quantity for own in holdings)

    async def _reduce(self, order: Order, quantity: Decimal) -> None:
        try:
            await self._desk.modify(Change(ref=order.ref, quantity=quantity))
        except IbtuiError as error:
            self._asked.pop(order.ref, None)
            what = f"{order.ref} protects {quantity_words(quantity)} and could not be reduced to it"
            self._state.log.say("ERROR", f"{what}: {error.message}")
        else:
            words = f"{order.ref} was reduced to {quantity_words(quantity)}: more would turn the position"
            self._state.log.say("ORDER", words)
