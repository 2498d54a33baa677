"""Positions, and whether a stop covers them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.order import Order, Side

Cover = Literal["full", "part", "BARE", "OVER"]
Effect = Literal["opens", "adds", "reduces", "closes", "flips"]


class Position(Struct, frozen=True, kw_only=True):
    """What the account holds of one instrument; quantities signed, money in the instrument's currency."""

    symbol: str
    quantity: Decimal
    average_cost: float | None = None
    """Price per unit, without the multiplier, including commission as IB counts it."""
    unrealized_pnl: float | None = None
    day_pnl: float | None = None
    market_price: float | None = None
    stop: float | None = None
    """The protective stop price nearest to the market."""
    cover: Cover = "BARE"


def effect(held: Decimal, side: Side, quantity: Decimal) -> Effect:
    """What trading `quantity` on `side` does to a position of `held`."""
    after = held + side.sign * quantity
    if held == 0:
        return "opens"
    if held * side.sign > 0:
        return "adds"
    if after == 0:
        return "closes"
    return "reduces" if after * held > 0 else "flips"


def cover(held: Decimal, orders: Iterable[Order]) -> tuple[Cover, float | None]:
    """How much of a position its live protective stops cover, and the stop price nearest to the market.

    Each OCA group counts once, since only one of its orders can fill. A stop waiting for its parent protects
    nothing yet.
    """
    closing = Side.SELL if held > 0 else Side.BUY
    groups: dict[str, Decimal] = {}
    prices: list[Decimal] = []
    for order in orders:
        if order.protective and order.side is closing and order.status in ("working", "partly_filled"):
            key = order.oca_group or order.ref
            groups[key] = max(groups.get(key, Decimal(0)), order.remaining)
            if order.stop_price is not None:
                prices.append(order.stop_price)
    covered = sum(groups.values(), Decimal(0))
    nearest = (max(prices) if held > 0 else min(prices)) if prices else None
    price = None if nearest is None else float(nearest)
    if covered == 0:
        return "BARE", None
    if covered == abs(held):
        return "full", price
    return ("part" if covered < abs(held) else "OVER"), price
