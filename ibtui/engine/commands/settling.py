"""Settling by hand: a person says what became of an order that IB no longer knows."""

from __future__ import annotations

from msgspec.structs import replace

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import SETTLED, Order, OrderStatus
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.journal import records
from ibtui.engine.journal.journal import Journal
from ibtui.engine.session import SessionPort
from ibtui.engine.truth.state import State
from ibtui.link.messages import Outcome

LONGEST = 200
"""The most characters that a reason has."""


class Settling:
    """Ends UNKNOWN orders that IB shows nowhere; what IB says of one later still counts."""

    def __init__(self, *, session: SessionPort, state: State, journal: Journal, clock: Clock) -> None:
        self._session = session
        self._state = state
        self._journal = journal
        self._clock = clock

    async def settle(self, ref: str, reason: str) -> Outcome:
        """Call an order ended, its outcome unknown, for a reason that is kept; answered once it is on disk.

        Raises IbtuiError no_order, not_connected, not_settled (it is not UNKNOWN, or IB may still know it),
        journal_failed: nothing has changed then.
        """
        reason = sanitize(reason, LONGEST)
        order = self.unknown(ref)
        await self._journal.commit(records.note("SETTLE", order.ref, reason=reason))
        order = self.unknown(order.ref)
        settled = replace(order, status=OrderStatus.ENDED, reason=f"{SETTLED}: {reason}", changed=self._clock.now())
        self._state.order(settled)
        await self._journal.commit()
        return Outcome(message=f"{order.ref} is ended, outcome unknown; {SETTLED}: {reason}", orders=(settled,))

    def unknown(self, ref: str) -> Order:
        """The order, if it may be settled now."""
        order = self._state.orders.find(ref)
        if order.status is not OrderStatus.UNKNOWN:
            raise IbtuiError(
                "not_settled", f"Order {order.ref} is {order.status}: only an UNKNOWN order is settled by hand."
            )
        if self._state.connection.state != "active":
            raise IbtuiError(
                "not_connected",
                f"IB cannot be asked now: order {order.ref} is not settled; wait until the session is active.",
            )
        absence = self._state.absent.get(order.ref)
        if absence is None or absence.epoch != self._session.epoch:
            raise IbtuiError(
                "not_settled",
                f"IB may still know order {order.ref}: no complete answer of this connection has failed to show it; "
                "try again in a minute.",
            )
        return order
