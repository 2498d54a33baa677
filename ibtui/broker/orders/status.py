"""Where an order stands: from IB's words, its parent and its fills to one of our own states.

IB's `PreSubmitted` says two things: a child that waits for its parent, and a stop that rests and will trigger.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from ibtui.domain.order import OrderStatus

Parent = Literal["none", "open", "filled"]
"""Of a bracket's child: `open` while its parent works, `filled` once that traded; `none` for any other order."""

_PENDING, _WORKING, _WAITING = OrderStatus.PENDING, OrderStatus.WORKING, OrderStatus.WAITING

STATUS: dict[tuple[str, Parent], OrderStatus] = {
    ("PendingSubmit", "none"): _PENDING,
    ("PendingSubmit", "open"): _PENDING,
    ("PendingSubmit", "filled"): _PENDING,
    ("ApiPending", "none"): _PENDING,
    ("ApiPending", "open"): _PENDING,
    ("ApiPending", "filled"): _PENDING,
    ("PreSubmitted", "none"): _WORKING,
    ("PreSubmitted", "open"): _WAITING,
    ("PreSubmitted", "filled"): _WORKING,
    ("Submitted", "none"): _WORKING,
    ("Submitted", "open"): _WORKING,
    ("Submitted", "filled"): _WORKING,
    ("PendingCancel", "none"): _WORKING,  # it can trade until the cancellation is confirmed
    ("PendingCancel", "open"): _WAITING,
    ("PendingCancel", "filled"): _WORKING,
    ("Inactive", "none"): _WAITING,  # held by IB or rejected: only an error text tells
    ("Inactive", "open"): _WAITING,
    ("Inactive", "filled"): _WAITING,
    ("Filled", "none"): OrderStatus.FILLED,
    ("Filled", "open"): OrderStatus.FILLED,
    ("Filled", "filled"): OrderStatus.FILLED,
    ("Cancelled", "none"): OrderStatus.CANCELLED,
    ("Cancelled", "open"): OrderStatus.CANCELLED,
    ("Cancelled", "filled"): OrderStatus.CANCELLED,
    ("ApiCancelled", "none"): OrderStatus.CANCELLED,
    ("ApiCancelled", "open"): OrderStatus.CANCELLED,
    ("ApiCancelled", "filled"): OrderStatus.CANCELLED,
}

_OUTDATED = frozenset({"PendingSubmit", "ApiPending", "PendingCancel", "Inactive"})
"""After an end, these are no contradiction: messages that were overtaken, or the other half of a rejection."""


def stands(said: str, parent: Parent, filled: Decimal, quantity: Decimal) -> OrderStatus:
    """What IB's status means for an order of `quantity` of which `filled` has traded; a new word is unknown."""
    if quantity > 0 and filled >= quantity:
        return OrderStatus.FILLED
    status = STATUS.get((said, parent), OrderStatus.UNKNOWN)
    if filled > 0 and status.untraded:
        return OrderStatus.PARTLY_FILLED
    return status


def move(old: OrderStatus, new: OrderStatus, said: str) -> OrderStatus:
    """The state after a report that means `new`, when messages may be repeated, late or out of order.

    Filled is certain and final. An order that ended otherwise can still turn out filled; that it works again is a
    contradiction: unknown, until IB is asked. No report takes an order back to pending.
    """
    if old is OrderStatus.FILLED or new is old:
        return old
    if old.done:
        if new is OrderStatus.FILLED:
            return new
        return old if new.done or said in _OUTDATED else OrderStatus.UNKNOWN
    if new is OrderStatus.PENDING:
        return old
    return new
