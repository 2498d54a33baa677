"""Orders that are UNKNOWN and stand where a new one would go: it could fill beside each of them, or alone."""

from __future__ import annotations

from collections.abc import Iterable

from ibtui.domain.order import FOREIGN, YOU, Order, OrderIntent, OrderStatus, Side
from ibtui.domain.refusal import Refusal
from ibtui.domain.words import trade_words
from ibtui.risk.facts import Facts
from ibtui.risk.limits import GateLimits


def doubtful(side: Side, orders: Iterable[Order]) -> tuple[Order, ...]:
    """Of one instrument's live orders, those of ours on `side` that are UNKNOWN and could fill beside a new one.

    A child whose parent may still fill only takes back what that would bring.
    """
    live = {order.ref: order for order in orders}
    return tuple(
        order
        for order in live.values()
        if order.status is OrderStatus.UNKNOWN and order.side is side and order.owner != FOREIGN
        if order.parent is None or order.parent not in live or live[order.parent].filled
    )


def in_doubt(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """Beside an UNKNOWN order a second one wants a person who was told both outcomes; a strategy waits."""
    if intent.despite_unknown and intent.owner == YOU:
        return None
    found = doubtful(intent.side, (o for o in facts.orders if not _exclusive(o, intent)))
    for part in facts.parts:
        found += doubtful(part.trades(intent)[0], part.orders)
    if not found:
        return None
    names = " and ".join(dict.fromkeys(f"{named(order)}, {order.ref}," for order in found))
    verb = "are" if len(found) > 1 else "is"
    ways = (
        "once it is settled" if intent.owner != YOU else "preview it, or add --despite-unknown to send it beside that"
    )
    sentence = (
        f"{names} {verb} UNKNOWN and may be working or filled: no second {intent.side} {intent.symbol} goes out; "
    )
    return Refusal("unknown_order", f"{sentence}{ways}.")


def _exclusive(order: Order, intent: OrderIntent) -> bool:
    """Of one group only one can fill; but whether an UNKNOWN close ever joined it is not known either."""
    return bool(order.oca_group) and order.oca_group == intent.oca_group and order.role != "exit"


def named(order: Order) -> str:
    """`BUY 100 AAPL`, what is left of it."""
    return trade_words(order.side, order.remaining, order.symbol)
