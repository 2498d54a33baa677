"""The numbers of a strategy as the terms of an order: exact decimals, or a ValueError that names what is wrong."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.money import exact
from ibtui.domain.terms import OrderType, Side, Terms


def asked(
    symbol: str,
    side: Side,
    quantity: float,
    limit: float | None = None,
    stop: float | None = None,
    cash: float | None = None,
) -> Terms:
    """What `buy` and `sell` ask for; the broker moves the prices to the instrument's grid.

    `cash` is the money that a coin's market order spends, of which `quantity` is about what it buys.

    Raises ValueError for a limit beside a stop price, and for numbers that are not positive and finite.
    """
    if limit is not None and stop is not None:
        raise ValueError("an order has a limit or a stop price, not both")
    return Terms(
        symbol=symbol,
        side=side,
        quantity=positive("quantity", quantity),
        type=OrderType.LMT if limit is not None else OrderType.STP if stop is not None else OrderType.MKT,
        limit_price=given("limit", limit),
        stop_price=given("stop", stop),
        cash=None if cash is None else given("cash", round(cash, 2)),
    )


def given(what: str, number: float | None) -> Decimal | None:
    """The exact decimal of a number, if there is one; raises ValueError as `positive` does."""
    return None if number is None else positive(what, number)


def positive(what: str, number: float) -> Decimal:
    """The exact decimal of a positive finite number; ValueError names what is wrong."""
    try:
        value = exact(number)
    except ValueError:
        value = Decimal(0)
    if value <= 0:
        raise ValueError(f"the {what} must be a positive number, not {number!r}")
    return value
