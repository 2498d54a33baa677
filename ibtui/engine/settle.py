"""After a complete reconcile: what each of our orders turns out to be, given what the broker shows of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.order import PARENT_OVER, SESSION_OVER, UNLISTED, Order, OrderStatus, TimeInForce
from ibtui.domain.trading_hours import TradingHours, day_order_ends

PROOFS = 3
"""Complete reconciles without a trace after which an order that was never acknowledged counts as never placed."""
PROOF_SECONDS = 10.0
"""The least time between two of them."""
A_SESSION = timedelta(hours=24)
"""Time of week days after which a day order whose trading hours nobody knows has ended with its session."""

_SATURDAY = 5

NEVER_SEEN = "journaled, but IB shows no trace of it; asking again; do not resend"
NOT_PLACED = "never reached IB: three complete checks show no trace of it; nothing was sent"


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


def missing(
    order: Order,
    traded: Decimal,
    acknowledged: bool,
    absence: Absence,
    now: datetime,
    *,
    hours: TradingHours | None = None,
    parent: Order | None = None,
) -> Order:
    """A live order of ours that no answer of a complete reconcile contains; nothing is inferred without proof.

    Executions that add up to it prove it filled. Once its session is over it has ended, and what it traded is not
    known: IB tells of an earlier day neither executions nor completed orders. A partial fill, or IB's acknowledgement,
    proves that it was there and leaves the rest unknown. Only one that nobody ever saw, by three checks at least 10 s
    apart, was never placed.
    """
    if traded >= order.quantity:
        return replace(order, status=OrderStatus.FILLED, filled=order.quantity, changed=now)
    if session_over(order, hours, now):
        return replace(order, status=OrderStatus.ENDED, reason=SESSION_OVER, changed=now)
    if parent is not None and parent.status is OrderStatus.ENDED and not parent.filled and not order.filled:
        return replace(order, status=OrderStatus.ENDED, reason=PARENT_OVER, changed=now)
    if acknowledged or traded > 0 or order.filled > 0:
        return _unknown(order, UNLISTED, now)
    if absence.count >= PROOFS:
        return replace(order, status=OrderStatus.REJECTED, reason=NOT_PLACED, changed=now)
    return _unknown(order, NEVER_SEEN, now)


def session_over(order: Order, hours: TradingHours | None, now: datetime) -> bool:
    """Whether the session of a day order is certainly over, by the trading hours of then, of now, or by week days."""
    if order.tif != TimeInForce.DAY or order.created is None:
        return False
    over_by = order.over_by
    if over_by is None and hours is not None:
        over_by = day_order_ends(hours, order.created)
    return now >= over_by if over_by is not None else _week_time(order.created, now) > A_SESSION


def _week_time(since: datetime, now: datetime) -> timedelta:
    """How much of a span lies beside Saturdays and Sundays of UTC."""
    first = datetime.combine(since.astimezone(UTC), time(), UTC)
    days = [first + timedelta(days=n) for n in range((now - first).days + 1)]
    return sum(
        (min(now, day + timedelta(days=1)) - max(since, day) for day in days if day.weekday() < _SATURDAY), timedelta()
    )


def _unknown(order: Order, reason: str, now: datetime) -> Order:
    return replace(order, status=OrderStatus.UNKNOWN, reason=reason, changed=now)
