"""Which working orders can add risk: those that a halt, a day's loss or the end of a strategy takes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ibtui.domain.cover import needed, together
from ibtui.domain.order import FOREIGN, Order
from ibtui.domain.position import closing_side


def adding_risk(orders: Iterable[Order], held: Mapping[str, Decimal]) -> list[Order]:
    """A strategy's live orders that may open or enlarge a position of `held`, by symbol: they go when it is off.

    Targets, stops and exits never do, and neither does a stop that a position needs, however it was sent.
    """
    live = [order for order in orders if order.live]
    guards: set[str] = set()
    for symbol in {order.symbol for order in live}:
        beside = (order for order in live if order.symbol == symbol)
        guards.update(order.ref for order in needed(held.get(symbol, Decimal(0)), beside))
    return [order for order in live if order.role == "entry" and order.ref not in guards]


def adding(orders: Iterable[Order], held: Decimal) -> list[Order]:
    """Of one instrument's live orders, those of ours that can add risk and that a halt or a day's loss cancels.

    Exits, targets and stops stay. An entry against the position stays as far as it only reduces it, beside the exits
    that are out already; a stop as far as it guards, beside other stops, whatever closes are out: a halt leaves nothing
    barer. Each OCA group counts once: only one of it can fill.
    """
    mine = [order for order in orders if order.owner != FOREIGN]
    guards = needed(held, mine)
    closing = closing_side(held)
    stays = [o for o in mine if o.role != "entry" and o.side is closing and o.status != "waiting"] + guards
    taken: list[Order] = []
    for order in (o for o in mine if o.role == "entry" and o not in guards):
        fits = not order.protective and order.side is closing and together([*stays, order], mine) <= abs(held)
        (stays if fits else taken).append(order)
    return taken
