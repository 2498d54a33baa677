"""Where an order stands: from IB's words, its parent and its fills to one of our own states.

IB's `PreSubmitted` says two things: a child that waits for its parent, and a stop that rests and will trigger.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

from ibtui.domain.order import OrderStatus

Parent = Literal["none", "open", "filled"]
"""Of a bracket's child: `open` while its parent works, `filled` once that traded; `none` for any other order."""

_PENDING, _WORKING, _WAITING = OrderStatus.PENDING, OrderStatus.WORKING, OrderStatus.WAITING

_ENDS = {"Filled": OrderStatus.FILLED, "Cancelled": OrderStatus.CANCELLED, "ApiCancelled": OrderStatus.CANCELLED}

_BY_WORD: dict[str, tuple[OrderStatus, OrderStatus, OrderStatus]] = {
    "PendingSubmit": (_PENDING, _PENDING, _PENDING),
    "ApiPending": (_PENDING, _PENDING, _PENDING),
    "PreSubmitted": (_WORKING, _WAITING, _WORKING),
    "Submitted": (_WORKING, _WORKING, _WORKING),
    "PendingCancel": (_WORKING, _WAITING, _WORKING),  # it can trade until the cancellation is confirmed
    "Inactive": (_WAITING, _WAITING, _WAITING),  # held by IB or rejected: only an error text tells
    **{said: (end, end, end) for said, end in _ENDS.items()},
}
"""For an order with no parent, with one that is open, and with one that filled."""

STATUS: dict[tuple[str, Parent], OrderStatus] = {
    (said, parent): status
    for said, row in _BY_WORD.items()
    for parent, status in zip(get_args(Parent), row, strict=True)
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
