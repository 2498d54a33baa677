"""Which orders of a strategy may not outlive it: entries go when it is off, what guards or closes a position stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ibtui.domain.order import Order


def adding_risk(orders: Iterable[Order], held: Mapping[str, Decimal]) -> list[Order]:
    """The live orders that may open or enlarge a position of `held`, by symbol."""
    return [order for order in orders if order.live and _adds_risk(order, held.get(order.symbol, Decimal(0)))]


def _adds_risk(order: Order, held: Decimal) -> bool:
    """Targets, stops and exits never do, and neither does a stop order that only guards what is held."""
    if order.role != "entry":
        return False
    guards = order.protective and held * order.side.sign < 0 and order.remaining <= abs(held)
    return not guards
