"""Positions, what a trade does to one, and the side that closes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ibtui.domain.order import Side

Cover = Literal["full", "part", "BARE", "OVER"]
Effect = Literal["opens", "adds", "reduces", "closes", "flips"]


class Position(Struct, frozen=True, kw_only=True):
    """What the account holds of one instrument; quantities signed, money in the instrument's currency.

    One with quantity 0 is flat and OVER: exits of it are left over.
    """

    symbol: str
    quantity: Decimal
    currency: str = ""
    """The instrument's; empty where that is not known."""
    average_cost: float | None = None
    """Price per unit, without the multiplier, including commission as IB counts it."""
    unrealized_pnl: float | None = None
    day_pnl: float | None = None
    market_price: float | None = None
    stop: float | None = None
    """The protective stop price nearest to the market."""
    cover: Cover = "BARE"
    doubted: bool = False
    """IB's last answer does not list it: it is shown as it was last known, and the instrument is held."""


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


def closing_side(held: Decimal) -> Side:
    """The side that trades a position away; of a flat one BUY, which closes nothing."""
    return Side.SELL if held > 0 else Side.BUY
