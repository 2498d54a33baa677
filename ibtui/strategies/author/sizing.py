"""How many: from money to whole lots."""

from __future__ import annotations

from ibtui.domain.instrument import Instrument

_HAIR = 1e-9
"""Added before rounding down: 0.3 / 0.1 is 2.9999999999999996."""


def sized(
    instrument: Instrument | None,
    price: float | None,
    sl: float | None,
    quantity: float | None,
    cash: float | None,
    risk: float | None,
    rate: float = 1.0,
) -> float:
    """The quantity that `cash` pays for at `price`, or that loses `risk` between `price` and the stop `sl`.

    Money is in the account's currency, before commissions, and prices in the instrument's, of which one is worth
    `rate` of the account's; the result is a whole number of lots, 0 when the money does not reach. Without an
    instrument, lots and the multiplier are 1. Raises ValueError when not exactly one of quantity, cash and risk is
    given, when it is not a positive number, or when there is no price.
    """
    if sum(amount is not None for amount in (quantity, cash, risk)) != 1:
        raise ValueError("say how much in one way: a quantity, cash= or risk=")
    money = cash if cash is not None else risk
    if money is None:
        return float(quantity or 0)
    if not 0 < money < float("inf"):
        raise ValueError(f"{'cash' if cash is not None else 'risk'} must be a positive number, not {money!r}")
    if price is None or not abs(price) < float("inf") or (cash is not None and price <= 0):
        raise ValueError("there is no price yet to turn money into a quantity")
    each = price if cash is not None else _distance(price, sl)
    multiplier = 1.0 if instrument is None else float(instrument.multiplier)
    lot = 1.0 if instrument is None else float(instrument.lot)
    lots = int(money / (each * rate * multiplier * lot) * (1 + _HAIR))
    return lots * lot


def _distance(price: float, sl: float | None) -> float:
    if sl is None or sl == price:
        raise ValueError("risk= needs the price of a protective stop, sl=, away from the entry")
    return abs(price - sl)
