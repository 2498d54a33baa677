"""Splitting a stop for a close of a part that waits for its market: as much of it goes with the close, no more."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain import leaving
from ibtui.domain.cover import protection
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Change, Order, OrderIntent, OrderStatus, new_ref, oca_group
from ibtui.domain.terms import OrderType, Terms, TimeInForce
from ibtui.engine.desk.answers import Answers
from ibtui.engine.desk.desk import Desk
from ibtui.engine.journal.journal import Journal
from ibtui.engine.truth.state import State

_ZERO = Decimal(0)
_KEY = "splits"


def shared(held: Decimal, intents: Sequence[OrderIntent], orders: Sequence[Order]) -> Decimal:
    """How much of a close beside stops they guard too: where the market opens beyond a stop, both could fill."""
    alone = sum((intent.quantity for intent in intents if not intent.oca_group), _ZERO)
    whole = sum((intent.quantity for intent in intents), _ZERO) >= abs(held)
    out = _ZERO if whole else leaving.beside(held, orders)  # a whole close takes back what is out
    bare = max(abs(held) - protection(held, orders) - out, _ZERO)
    return max(alone - bare, _ZERO)


def divisible(held: Decimal, intents: Sequence[OrderIntent], orders: Sequence[Order]) -> tuple[Order, Decimal] | None:
    """The stop that is split for a close, and how much of it goes with that; None where nothing is or can be."""
    over = shared(held, intents, orders)
    joined = {intent.oca_group for intent in intents}
    covers = leaving.guarded(held, orders)
    for stop in leaving.guards(held, orders):
        plain = stop.type == OrderType.STP and stop.status is OrderStatus.WORKING and stop.oca_group not in joined
        if over and plain and covers.get(stop.oca_group, _ZERO) == stop.remaining > over:
            return stop, over
    return None


class StopSplit:
    """Places a second stop at the same price before it makes the first one smaller: never barer in between.

    Between the two the position is OVER. Who ends there, or loses the connection, leaves the ref of the second stop in
    the journal; after the next reconcile that one goes where both would still do more than close what is held.
    """

    def __init__(self, *, state: State, desk: Desk, answers: Answers, journal: Journal) -> None:
        self._state = state
        self._desk = desk
        self._answers = answers
        self._journal = journal
        self._unfinished = set((journal.latch(_KEY) or "").split())
        """Refs of second stops beside first ones that may not be smaller yet."""
        self._running: set[str] = set()
        state.listeners.reconciled.append(self._clear)

    async def beside(self, intents: Sequence[OrderIntent], held: Decimal) -> tuple[OrderIntent, ...]:
        """The orders of a close, of which those beside stops join one of their own size.

        Raises IbtuiError `not_closed` where IB does not let it: then the stop guards what it did before.
        """
        found = divisible(held, intents, self._state.orders.live(intents[0].symbol)) if intents else None
        if found is None:
            return tuple(intents)
        stop, over = found
        twin = await self._split(stop, over)
        alone = next(intent for intent in intents if not intent.oca_group)
        left = alone.quantity - over
        parts = [intent.with_terms(quantity=left) if intent is alone else intent for intent in intents]
        ref = new_ref() if left else alone.ref
        joined = replace(alone.with_terms(quantity=over, oca_group=twin.oca_group), ref=ref)
        return (*(part for part in parts if part.quantity), joined)

    async def _split(self, stop: Order, over: Decimal) -> Order:
        """The second stop, beside the first one that is smaller by as much."""
        ref = new_ref()
        self._note({*self._unfinished, f"{ref}-x"})
        self._running.add(f"{ref}-x")
        try:
            twin = await self._place(stop, over, ref)
            await self._shrink(stop, over, twin)
        finally:
            self._running.discard(f"{ref}-x")
        self._note(self._unfinished - {twin.ref})
        return twin

    def _note(self, unfinished: set[str]) -> None:
        self._unfinished = unfinished
        self._journal.set_latch(_KEY, " ".join(sorted(unfinished)))

    def _clear(self) -> None:
        """Take back second stops that were left beside whole first ones."""
        for ref in self._unfinished - self._running:
            twin = self._state.orders.get(ref)
            if twin is not None and twin.live:
                held = self._state.positions.held(twin.symbol)
                if twin.status is OrderStatus.WORKING and protection(held, self._state.orders.live(twin.symbol)) > abs(
                    held
                ):
                    self._desk.cancel_all([twin])
            else:
                self._note(self._unfinished - {ref})

    async def _place(self, stop: Order, quantity: Decimal, ref: str) -> Order:
        """A stop like another, of this size, at work."""
        intent = OrderIntent(
            ref=ref,
            owner=stop.owner,
            terms=Terms(
                symbol=stop.symbol,
                side=stop.side,
                quantity=quantity,
                type=OrderType.STP,
                stop_price=stop.stop_price,
                tif=TimeInForce.GTC,
                oca_group=oca_group(ref),
            ),
            reduce_only=True,
        )
        (twin,) = await self._desk.submit(intent)
        await self._answers.wait(lambda: self._now(twin).status is not OrderStatus.PENDING)
        if self._now(twin).status is not OrderStatus.WORKING:
            raise IbtuiError(
                "not_closed", f"The stop of {stop.symbol} could not be split: nothing was closed; look at Orders."
            )
        return self._now(twin)

    async def _shrink(self, stop: Order, over: Decimal, twin: Order) -> None:
        """Make the first stop, and its target with it, smaller by what the second one guards."""
        group = [o for o in self._state.orders.live(stop.symbol) if o.oca_group == stop.oca_group]
        try:
            for order in group:
                await self._desk.modify(Change(ref=order.ref, quantity=order.quantity - over))
            done = await self._answers.wait(
                lambda: all(self._now(o).quantity <= o.quantity - over or not self._now(o).live for o in group)
            )
        except IbtuiError:
            self._desk.cancel(twin.ref)
            raise
        if not done or not self._now(stop).live:
            await self._undo(stop, twin)

    async def _undo(self, stop: Order, twin: Order) -> None:
        """IB did not change the stop: the second one goes; or where IB took the first one away, one as large comes."""
        if self._now(stop).live:
            self._desk.cancel(twin.ref)
        elif self._now(stop).status is not OrderStatus.FILLED:
            await self._place(stop, stop.remaining - twin.quantity, new_ref())
        raise IbtuiError("not_closed", f"IB does not change the stop of {stop.symbol}: nothing was closed.")

    def _now(self, order: Order) -> Order:
        return self._state.orders.get(order.ref) or order
