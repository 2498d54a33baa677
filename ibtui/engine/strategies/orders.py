"""Which orders of a strategy may not outlive it: entries go when it is off, what guards or closes a position stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ibtui.domain.cover import needed
from ibtui.domain.order import Order


def adding_risk(orders: Iterable[Order], held: Mapping[str, Decimal]) -> list[Order]:
    """The live orders that may open or enlarge a position of `held`, by symbol.

    Targets, stops and exits never do, and neither does a stop that a position needs, however it was sent.
    """
    live = [order for order in orders if order.live]
    guards: set[str] = set()
    for symbol in {order.symbol for order in live}:
        beside = (order for order in live if order.symbol == symbol)
        guards.update(order.ref for order in needed(held.get(symbol, Decimal(0)), beside))
    return [order for order in live if order.role == "entry" and order.ref not in guards]
