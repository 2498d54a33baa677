"""How much of an order has traded: which of IB's figures can be true, and what is said where they cannot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ibtui.broker.numbers import decimal
from ibtui.domain.money import known, plain
from ibtui.domain.order import DOUBTED, Order, sure_quantity

_WORKING = frozenset({"PreSubmitted", "Submitted"})
"""While an order works, what has traded and what remains are the whole of it."""


def figure(value: float) -> Decimal | None:
    """A quantity of IB's; None for what is no number."""
    number = known(value)
    return None if number is None else decimal(number)


def whole(order: Any) -> Decimal:
    """All that an order asked for. Of one that has ended IB calls the total what was left, beside what was filled."""
    return decimal(known(order.totalQuantity) or 0.0) + decimal(known(order.filledQuantity) or 0.0)


def impossible(order: Order, filled: Decimal | None) -> str:
    """Why a report of what has traded cannot be true; empty when it can. `order` has the largest terms asked for."""
    if filled is None:
        return f"{DOUBTED}IB reports no number as filled; asked again"
    if filled < 0 or filled > sure_quantity(order) > 0:
        return f"{DOUBTED}IB reports {plain(filled)} filled of {plain(order.quantity)}; asked again"
    return ""


def adds_up(said: str, filled: Decimal, remaining: Decimal | None, *orders: Order) -> bool:
    """Whether what has traded and what remains are the quantity of one of `orders`, an order as it was or is."""
    if said not in _WORKING or not all(map(sure_quantity, orders)):
        return True
    return remaining is not None and filled + remaining in {order.quantity for order in orders}


def disagree(order: Order, reported: Decimal) -> str:
    """The two figures of an order whose report and whose executions do not agree."""
    return (
        f"{DOUBTED}IB reports {plain(reported)} filled of {plain(order.quantity)}, its executions add up to "
        f"{plain(order.filled)}; look in TWS"
    )


def unbalanced(order: Order, filled: Decimal, remaining: Decimal) -> str:
    """The figures of a working order that are not its quantity together."""
    return (
        f"{DOUBTED}IB reports {plain(filled)} filled and {plain(remaining)} remaining of {plain(order.quantity)}; "
        "asked again"
    )
