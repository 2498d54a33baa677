"""What live orders take off a position when they fill: how much of it stops cover, and what goes beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.domain.order import FOREIGN, Order, Side
from ibtui.domain.position import Cover


def protection(held: Decimal, orders: Iterable[Order]) -> Decimal:
    """The quantity that live protective stops would trade against a position of one instrument.

    Each OCA group counts once, since only one of its orders can fill. A stop waiting for its parent protects nothing
    yet.
    """
    groups: dict[str, Decimal] = {}
    for order in guarding(held, orders):
        key = order.oca_group or order.ref
        groups[key] = max(groups.get(key, Decimal(0)), order.remaining)
    return sum(groups.values(), Decimal(0))


def bare_after(held: Decimal, side: Side, quantity: Decimal, orders: Iterable[Order], *, protected: bool) -> Decimal:
    """What stands without a stop once `quantity` has traded on `side`; `protected`, it brings a stop of its own."""
    after = held + side.sign * quantity
    own = quantity if protected and after * side.sign > 0 else Decimal(0)
    return max(abs(after) - protection(after, orders) - own, Decimal(0))


def orphans(held: Decimal, orders: Iterable[Order]) -> tuple[Order, ...]:
    """Live exits of ours in one instrument that have nothing to close: a fill would open or enlarge a position.

    An order's role says what it is for. A target or a stop waiting for its parent is no orphan yet; a combo's
    position is that of its legs.
    """
    return tuple(
        order
        for order in orders
        if order.role != "entry"
        and order.owner != FOREIGN
        and order.status.at_work
        and not order.combo
        and order.side.sign * held >= 0
    )


def cover(held: Decimal, orders: Iterable[Order]) -> tuple[Cover, float | None]:
    """How much of a position its live protective stops cover, and the stop price nearest to the market.

    Exits that have nothing to close make it OVER, a flat position too; one that stands without any stop is BARE first.
    """
    orders = tuple(orders)
    prices = [order.stop_price for order in guarding(held, orders) if order.stop_price is not None]
    nearest = (max(prices) if held > 0 else min(prices)) if prices else None
    price = None if nearest is None else float(nearest)
    covered = protection(held, orders)
    if held != 0 and covered == 0:
        return "BARE", None
    if covered > abs(held) or orphans(held, orders):
        return "OVER", price
    return ("full" if covered == abs(held) else "part"), price


def guarding(held: Decimal, orders: Iterable[Order]) -> list[Order]:
    """Live protective stops that would trade against a position; a flat one has none."""
    return [o for o in orders if o.protective and o.status.at_work and o.side.sign * held < 0]
