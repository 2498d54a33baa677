"""What the account can carry: the check that every order which adds risk passes in a backtest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from ibtui.domain.instrument import Instrument
from ibtui.risk.options import Stake, uncovered


class MarginLeg(NamedTuple):
    """What an order is about to trade of one instrument."""

    instrument: Instrument
    signed: float
    price: float


def carried(
    legs: Iterable[MarginLeg],
    holdings: Iterable[tuple[Instrument, float]],
    lasts: Mapping[str, float],
    equity: float,
    leverage: float,
) -> str:
    """Why an order would make the gross position more than the account carries; "" when it does not.

    Gross is what positions are worth without their signs; an option that is sold counts with its strike when it is a
    put, with nothing when it is a call: that one must be covered. Futures and pairs have rules of their own.
    """
    after: dict[str, tuple[Instrument, float, float]] = {
        instrument.symbol: (instrument, quantity, lasts.get(instrument.symbol, 0.0))
        for instrument, quantity in holdings
    }
    for leg in legs:
        if leg.instrument.sec_type in ("FUT", "CASH"):
            return ""
        symbol = leg.instrument.symbol
        before = after[symbol][1] if symbol in after else 0.0
        after[symbol] = leg.instrument, before + leg.signed, leg.price
    gross = sum(_burden(instrument, quantity, price) for instrument, quantity, price in after.values())
    if gross <= max(equity, 0.0) * leverage * (1 + 1e-9):
        return ""
    return f"buying power: positions would be worth more than {leverage:g} times equity"


def _burden(instrument: Instrument, quantity: float, price: float) -> float:
    if instrument.right and quantity < 0:
        price = float(instrument.strike) if instrument.right == "P" else 0.0
    return abs(quantity) * price * float(instrument.multiplier)


def bared(legs: Iterable[MarginLeg], held: Iterable[tuple[Instrument, float]]) -> str:
    """Why an order would leave calls uncovered, by the desk's own rule; "" when it does not."""
    stakes = [Stake(instrument, Decimal(str(quantity))) for instrument, quantity in held]
    wanted = [Stake(leg.instrument, Decimal(str(leg.signed))) for leg in legs]
    roots = {stake.instrument.root for stake in wanted}
    stakes = [stake for stake in stakes if stake.instrument.root in roots]
    if uncovered((*stakes, *wanted)) > uncovered(stakes):
        return "uncovered: calls that nothing covers are not sold, and what covers them is not either"
    return ""
