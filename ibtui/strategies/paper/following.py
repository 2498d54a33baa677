"""How exits follow the position: what a trade leaves of them, by the rules of `ibtui.domain.leaving`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ibtui.domain.leaving import fitted, slices
from ibtui.domain.money import exact
from ibtui.domain.order import Order
from ibtui.strategies.paper.standing import WorkingOrders
from ibtui.strategies.paper.working import Working

Shown = Callable[[Working], Order]


def closes(order: Working, held: float) -> bool:
    """Whether all that an order does to a position of `held` is to make it smaller, at its own time: no exit that
    waits beside it.
    """
    if order.role == "exit":
        return True
    reduces = order.sign * held < 0 and order.quantity <= abs(held)
    return order.role == "entry" and order.kind != "STP" and reduces


def group_beside(order: Working, held: float, standing: Iterable[Working], shown: Shown, owner: str) -> str:
    """The group of stops that an order joins which reduces a position, as it would live; empty where it joins none."""
    live = [shown(one) for one in standing]
    if not any(one.protective for one in live):
        return ""
    parts = slices(exact(held), exact(order.quantity), live, owner)
    return parts[0].group if len(parts) == 1 else ""


def follow(order: Working, before: float, held: float, standing: WorkingOrders, shown: Shown) -> None:
    """Make exits fit once an order has changed a position from `before` to `held`.

    An exit that has nothing to close any more goes. Where the position became smaller, exits that would trade more
    than is left are made smaller. A stop that was sent as an entry and guarded the position follows what closes it.
    """
    closed = closes(order, before)
    beside = [one for one in standing.of(order.symbol) if not one.waits and not one.legs]
    exits = [one for one in beside if one.role != "entry" or (closed and one.kind == "STP" and one.sign * before < 0)]
    for one in exits:
        if one.sign * held >= 0:
            standing.remove(one)
    left = [one for one in exits if one.sign * held < 0 and one.role != "exit"]
    if _over(left, abs(held)):
        for exit_, quantity in list(fitted(exact(held), map(shown, left))):
            _shrink(standing.by_ref[exit_.ref], float(quantity), standing)


def _over(exits: Iterable[Working], held: float) -> bool:
    """Whether exits of one kind may be too large; the exact answer costs more."""
    stops = targets = 0.0
    for one in exits:
        if one.kind == "STP":
            stops += one.quantity
        else:
            targets += one.quantity
    return max(stops, targets) > held


def _shrink(order: Working, quantity: float, standing: WorkingOrders) -> None:
    if quantity:
        order.quantity = quantity
    else:
        standing.remove(order)
