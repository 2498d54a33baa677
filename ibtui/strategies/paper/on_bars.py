"""The prices at which a bar fills an order.

A bar is its open first. An order that the open already satisfies trades there (a gap is honoured, also against a
stop). What the rest of the bar reaches trades at its own price.
"""

from __future__ import annotations

from ibtui.domain.bar import Bar
from ibtui.strategies.paper.working import Working


def at_open(order: Working, opened: float) -> float | None:
    """The price at which the open of a bar fills an order; None when it does not."""
    if order.kind == "MKT":
        return opened
    beyond = (opened - order.price) * order.sign
    if order.kind == "LMT":
        return opened if beyond <= 0 else None
    return opened if beyond >= 0 else None


def inside(order: Working, bar: Bar) -> float | None:
    """The price at which the rest of a bar fills an order that its open did not."""
    if order.kind == "LMT":
        reached = bar.low <= order.price if order.sign > 0 else bar.high >= order.price
    elif order.kind == "STP":
        reached = bar.high >= order.price if order.sign > 0 else bar.low <= order.price
    else:
        return None
    return order.price if reached else None
