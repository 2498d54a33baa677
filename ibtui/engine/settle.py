"""After a complete reconcile: what each of our orders turns out to be, given what the broker shows of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.order import UNLISTED, Order, OrderStatus

PROOFS = 3
"""Complete reconciles without a trace after which an order that was never acknowledged counts as never placed."""
PROOF_SECONDS = 10.0
"""The least time between two of them."""
SESSION = timedelta(hours=24)
"""A day order older than this has ended with its session."""

NEVER_SEEN = "journaled, but IB shows no trace of it; asking again; do not resend"
NOT_PLACED = "never reached IB: three complete checks show no trace of it; nothing was sent"
SESSION_OVER = "a day order of an earlier session; the position shows what it traded"


class Absence(Struct):
    """How often complete reconciles have not shown an order, and when the last one was counted."""

    count: int = 0
    counted: float = float("-inf")
    epoch: int = 0
    """The connection that did not show it last."""

    def add(self, now: float, epoch: int) -> None:
        """Count one more, unless it follows the last too closely to prove anything new."""
        self.epoch = epoch
        if now - self.counted >= PROOF_SECONDS:
            self.count += 1
            self.counted = now


def missing(order: Order, traded: Decimal, acknowledged: bool, absence: Absence, now: datetime) -> Order:
    """A live order of ours that no answer of a complete reconcile contains; nothing is inferred without proof.

    Executions that add up to it prove it filled. A partial fill proves that it was there and leaves the rest unknown.
    An order that IB once acknowledged cannot have been lost on the way. Only one that nobody ever saw, by three checks
    at least 10 s apart, was never placed.
    """
    if traded >= order.quantity:
        return replace(order, status=OrderStatus.FILLED, filled=order.quantity, changed=now)
    if traded > 0 or order.filled > 0:
        return _unknown(order, UNLISTED, now)
    if order.created is not None and now - order.created > SESSION and order.tif == "DAY":
        return replace(order, status=OrderStatus.CANCELLED, reason=SESSION_OVER, changed=now)
    if acknowledged:
        return _unknown(order, UNLISTED, now)
    if absence.count >= PROOFS:
        return replace(order, status=OrderStatus.REJECTED, reason=NOT_PLACED, changed=now)
    return _unknown(order, NEVER_SEEN, now)


def _unknown(order: Order, reason: str, now: datetime) -> Order:
    return replace(order, status=OrderStatus.UNKNOWN, reason=reason, changed=now)
