"""How exits and a position fit together: beside which stops a close goes out, and what of the exits is left then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from ibtui.domain.cover import by_group, grouped, nearness, protection
from ibtui.domain.order import FOREIGN, YOU, Order, OrderStatus
from ibtui.domain.position import closing_side

_ZERO = Decimal(0)


class Slice(Struct, frozen=True):
    """One order of a close: how much, and the OCA group of the stop that guards as much, or empty."""

    quantity: Decimal
    group: str = ""


def slices(held: Decimal, quantity: Decimal, orders: Iterable[Order], owner: str = YOU) -> tuple[Slice, ...]:
    """`quantity` of a position as orders of which each joins the group of one stop, as large as what that guards.

    IB cancels the rest of a group once one of its orders has filled: so an order smaller than its group joins only
    where the position ends with it. What no stop in a group guards is one order of its own; a part of a position is
    taken from there first, and no group is joined that another close is in: it would go with that. A stop and a target
    of one group count once. Of stops that guard as much, the one nearer to the market stays.
    """
    orders = tuple(orders)
    busy = {order.oca_group for order in orders if order.role == "exit" and not order.protective and order.live}
    covers = guarded(held, orders, owner)
    whole, left = quantity >= abs(held), min(quantity, abs(held))
    bare = max(abs(held) - sum(covers.values(), _ZERO) - beside(held, orders), _ZERO)
    alone = _ZERO if whole else min(bare, left)
    left -= alone
    parts = []
    near = {order.oca_group: nearness(order) for order in guards(held, orders, owner)}
    for group, cover in sorted(covers.items(), key=lambda item: (-item[1], near[item[0]], item[0])):
        if left > 0 and (whole or (cover <= left and group not in busy)):
            parts.append(Slice(min(cover, left), group))
            left -= min(cover, left)
    alone += left
    return (*parts, Slice(alone)) if alone else tuple(parts)


def beside(held: Decimal, orders: Iterable[Order]) -> Decimal:
    """What exits of ours that are out already trade of a position in no group of a stop: no stop guards as much."""
    orders = tuple(orders)
    groups = {order.oca_group for order in guards(held, orders)}
    leaving = (
        order.remaining
        for order in orders
        if order.role == "exit" and not order.protective and order.side is closing_side(held) and order.live
        if order.owner != FOREIGN and (not order.oca_group or order.oca_group not in groups)
    )
    return sum(leaving, _ZERO)


def guarded(held: Decimal, orders: Iterable[Order], owner: str = YOU) -> dict[str, Decimal]:
    """What the stops of each OCA group guard of a position; of a strategy, those of its own."""
    orders = tuple(orders)
    return by_group((order for order in guards(held, orders, owner) if order.oca_group), orders)


def guards(held: Decimal, orders: Iterable[Order], owner: str = YOU) -> list[Order]:
    """Stops of ours that guard a position and may work.

    One that waits for its parent guards nothing yet, and what an UNKNOWN one guards is not known.
    """
    return [
        order
        for order in orders
        if order.protective
        and order.side.sign * held < 0
        and (order.status.at_work or order.status is OrderStatus.PENDING)
        and _of(order, owner)
    ]


def fitted(held: Decimal, orders: Iterable[Order]) -> Iterator[tuple[Order, Decimal]]:
    """The exits that would do more than close a position, each with how much of it may still trade; 0 for none of it.

    `orders` are those that may close it. Stops are made smaller with their whole group, as far as together they would
    trade more than is held: the group that guards least first, of equal ones the farther from the market. Targets
    without a stop make room for those that are left beside stops.
    """
    live = tuple(order for order in orders if order.status is not OrderStatus.WAITING)
    groups = grouped(order for order in live if order.protective or order.role == "target")
    guarding = [group for group in groups if any(order.protective for order in group)]
    cut = list(_cut(sorted(guarding, key=_rank), protection(held, live) - abs(held)))
    yield from cut
    left = {order.ref: quantity for order, quantity in cut}
    alone = [group for group in groups if group not in guarding]
    takes = ([left.get(one.ref, one.remaining) for one in group if one.role == "target"] for group in groups)
    most = sum((max(group, default=_ZERO) for group in takes), _ZERO)
    yield from _cut(alone, most - abs(held))


def _cut(groups: Iterable[list[Order]], over: Decimal) -> Iterator[tuple[Order, Decimal]]:
    for group in groups:
        cover = max((o.remaining for o in group if o.protective), default=max(o.remaining for o in group))
        cut = min(cover, max(over, _ZERO))
        over -= cut
        if cut:
            yield from ((order, cover - cut) for order in group)


def _rank(group: list[Order]) -> tuple[Decimal, Decimal]:
    return max(order.remaining for order in group), max(nearness(o) for o in group if o.protective)


def _of(order: Order, owner: str) -> bool:
    return order.owner != FOREIGN if owner == YOU else order.owner == owner
