"""Coins as IB takes orders in them: at market they end at once, and are bought for money."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_UP, Decimal

from msgspec.structs import replace

from ibtui.domain.instrument import Instrument
from ibtui.domain.money import exact
from ibtui.domain.terms import OrderType, Side, Terms, TimeInForce

CENT = Decimal("0.01")


def is_coin(instrument: Instrument) -> bool:
    """Whether orders in it go to an exchange for coins."""
    return instrument.sec_type == "CRYPTO"


def lots_for(money: Decimal, price: Decimal | float, instrument: Instrument) -> Decimal:
    """The whole lots that an amount of the instrument's currency buys at a price; 0 where it does not reach for one."""
    lots = money / (exact(price) * instrument.multiplier * instrument.lot)
    return lots.to_integral_value(ROUND_FLOOR) * instrument.lot


def as_taken(terms: Terms, instrument: Instrument, price: float | None) -> Terms:
    """The terms as IB takes them, for an order that would trade near `price`, which is None where nobody knows.

    A coin's market order ends at once (IOC). It is bought for money, `cash`; then `quantity` is only about what that
    buys, rounded down to lots, or the money is about what a wanted quantity costs, rounded up to a cent. Whatever else
    is asked for in money is asked for in whole lots. An amount too small for one lot leaves a quantity of 0.
    """
    market = is_coin(instrument) and terms.type == OrderType.MKT
    if market:
        terms = replace(terms, tif=TimeInForce.IOC)
    near = terms.price if terms.price is not None else price
    if near is None or near <= 0:
        return terms
    if terms.cash is not None:
        terms = replace(terms, quantity=lots_for(terms.cash, near, instrument))
    if not market or terms.side is Side.SELL:
        return replace(terms, cash=None)
    cost = (terms.quantity * exact(near) * instrument.multiplier).quantize(CENT, ROUND_UP)
    return terms if terms.cash is not None else replace(terms, cash=cost)
