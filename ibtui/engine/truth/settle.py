"""After a complete reconcile: what each of our orders turns out to be, given what the broker shows of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.calendar.trading_hours import TradingHours, day_order_ends
from ibtui.domain.order import (
    HELD_BACK,
    HELD_BEFORE,
    NEVER_SEEN,
    NOT_SHOWN,
    PARENT_OVER,
    SESSION_OVER,
    UNLISTED,
    Order,
    OrderStatus,
    held_at_ib,
    never_reached,
    not_found_words,
)
from ibtui.domain.terms import TimeInForce

PROOFS = 3
"""Complete reconciles without a trace after which an order that was never acknowledged counts as never placed."""
PROOF_SECONDS = 2.0
"""The least time between two of them."""
A_SESSION = timedelta(hours=24)
"""Time of week days after which a day order whose trading hours nobody knows has ended with its session."""

_SATURDAY = 5


class Absence(Struct):
    """What complete reconciles that did not show an order have told of it so far."""

    count: int = 0
    """How many there were, at least 2 s apart."""
    counted: float = float("-inf")
    epoch: int = 0
    """The connection that did not show it last."""
    arrived: bool | None = None
    """Whether IB has it, by its next order id; None while that is not known."""

    def add(self, now: float, epoch: int) -> None:
        """Count one more, unless it follows the last too closely to prove anything new."""
        self.epoch = epoch
        if now - self.counted >= PROOF_SECONDS:
            self.count += 1
            self.counted = now

    def look(self, number: int | None, *, next_id: int | None, answered: int, sent_here: bool) -> None:
        """Compare an order's number with IB's next order id, which lies above every id that IB has.

        `answered` is the highest number of ours that IB has answered. One that `next_id` has not come to never arrived,
        unless this connection sent it (TWS may be asking a person about it) or IB's ids began anew, below an answered
        one. Once it was found not to have arrived, later orders of ours that raise IB's id are no news of it.
        """
        if number is None or next_id is None:
            return
        if next_id > number:
            if self.arrived is not False or answered < number:
                self.arrived = True
        elif not sent_here:
            self.arrived = False if next_id > answered else None


class Trace(Struct, frozen=True, kw_only=True):
    """What is known of an order that no list of IB shows."""

    traded: Decimal = Decimal(0)
    """What its executions add up to."""
    acknowledged: bool = False
    """IB has shown to know it."""
    absence: Absence
    sent_here: bool = False
    """Whether the connection that is up now sent it."""
    complete: bool = True
    """IB has come to the ids of all orders of its bracket."""
    hours: TradingHours | None = None
    parent: Order | None = None


def missing(order: Order, trace: Trace, now: datetime) -> Order:
    """A live order of ours that no answer of a complete reconcile contains; nothing is inferred without proof.

    Executions that add up to it prove it filled. Once its session is over it has ended, and what it traded is not
    known: IB tells of an earlier day neither executions nor completed orders. A partial fill, or IB's acknowledgement,
    proves that it was there and leaves the rest unknown. One that only IB's next order id tells of is held there, until
    it is cancelled by its number. Only one that IB's ids never came to, in three checks at least 2 s apart, was never
    placed.
    """
    if trace.traded >= order.quantity:
        return replace(order, status=OrderStatus.FILLED, filled=order.quantity, changed=now)
    seen = trace.acknowledged or trace.traded > 0 or order.filled > 0
    arrived, number = trace.absence.arrived, order.number
    if not seen and arrived and number is not None and not trace.complete:
        return _stands(order, OrderStatus.UNKNOWN, held_at_ib(number, complete=False), now)
    if session_over(order, trace.hours, now):
        return _stands(order, OrderStatus.ENDED, SESSION_OVER, now)
    if _unfilled_end(trace.parent) and not order.filled:
        return _stands(order, OrderStatus.ENDED, PARENT_OVER, now)
    if seen:
        held = order.reason.startswith(HELD_BACK) and not order.filled
        return _stands(order, OrderStatus.UNKNOWN, HELD_BEFORE if held else UNLISTED, now)
    if arrived and number is not None:
        return _stands(order, OrderStatus.UNKNOWN, held_at_ib(number, complete=True), now)
    if arrived is False and number is not None and trace.absence.count >= PROOFS:
        return _stands(order, OrderStatus.REJECTED, never_reached(number), now)
    return _stands(order, OrderStatus.UNKNOWN, NOT_SHOWN if trace.sent_here else NEVER_SEEN, now)


def not_found(order: Order, hours: TradingHours | None, now: datetime) -> Order:
    """An order that IB does not find under its number: gone, and proved not to have traded if it is of today."""
    reason = not_found_words(order.number)
    # IB tells of the executions of a day; it is New York's, where most of them are.
    if order.created is None or exchange_day(order.created) != exchange_day(now) or session_over(order, hours, now):
        return _stands(order, OrderStatus.ENDED, f"{reason}; it may have traded on an earlier day", now)
    return _stands(order, OrderStatus.CANCELLED if order.filled else OrderStatus.REJECTED, reason, now)


def _unfilled_end(parent: Order | None) -> bool:
    return parent is not None and parent.status is OrderStatus.ENDED and not parent.filled


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


def _stands(order: Order, status: OrderStatus, reason: str, now: datetime) -> Order:
    return replace(order, status=status, reason=reason, changed=now)
