"""What an account can carry over the past, where no broker says it; and calls that an order would leave uncovered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from ibtui.domain.instrument import Instrument
from ibtui.domain.reference.margin import NEVER_SHORT, no_short
from ibtui.domain.refusal import Measured, Refusal
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
    rate: Callable[[Instrument], float] = lambda instrument: 1.0,
) -> Refusal | None:
    """Why an order would make the gross position more than the account carries, None when it does not.

    Gross is what positions are worth without their signs, in the account's currency, of which `rate` tells what one of
    an instrument's is; an option that is sold counts with its strike when it is a
    put, with nothing when it is a call: that one must be covered. Futures and pairs have rules of their own.
    """
    after: dict[str, tuple[Instrument, float, float]] = {
        instrument.symbol: (instrument, quantity, lasts.get(instrument.symbol, 0.0))
        for instrument, quantity in holdings
    }
    for leg in legs:
        if leg.instrument.sec_type in ("FUT", "CASH"):
            return None
        symbol = leg.instrument.symbol
        before = after[symbol][1] if symbol in after else 0.0
        after[symbol] = leg.instrument, before + leg.signed, leg.price
    gross = sum(_burden(one, quantity, price) * rate(one) for one, quantity, price in after.values() if quantity)
    if gross <= max(equity, 0.0) * leverage * (1 + 1e-9):
        return None
    return Refusal("buying_power", f"buying power: positions would be worth more than {leverage:g} times equity")


def _burden(instrument: Instrument, quantity: float, price: float) -> float:
    if instrument.right and quantity < 0:
        price = float(instrument.strike) if instrument.right == "P" else 0.0
    return abs(quantity) * price * float(instrument.multiplier)


def shorted(legs: Iterable[MarginLeg], held: Mapping[str, float], *, cash: bool) -> Refusal | None:
    """Why an account may not trade these, None when it may.

    A cash account holds nothing short but futures and options, and no account bonds and coins.
    """
    for leg in legs:
        instrument = leg.instrument
        if instrument.sec_type == "FUT" or instrument.right or not (cash or instrument.sec_type in NEVER_SHORT):
            continue
        if held.get(instrument.symbol, 0.0) + leg.signed < 0:
            return Refusal("buying_power", f"{no_short(instrument.symbol, 'cash' if cash else 'margin')}.")
    return None


def bound(initial: float, equity: float, currency: str) -> Refusal | None:
    """Why an account may not bind so much initial margin, both in its currency; None when its equity covers it."""
    if not initial > max(equity, 0.0) * (1 + 2e-9):
        return None
    measured = Measured(initial, equity, "money", currency=currency)
    return Refusal(
        "buying_power", "buying power: positions would bind {value}, with {limit} of equity", measured=measured
    )


def bared(legs: Iterable[MarginLeg], held: Iterable[tuple[Instrument, float]]) -> Refusal | None:
    """Why an order would leave calls uncovered, by the desk's own rule, None when it does not."""
    stakes = [Stake(instrument, Decimal(str(quantity))) for instrument, quantity in held]
    wanted = [Stake(leg.instrument, Decimal(str(leg.signed))) for leg in legs]
    roots = {stake.instrument.root for stake in wanted}
    stakes = [stake for stake in stakes if stake.instrument.root in roots]
    if uncovered((*stakes, *wanted)) > uncovered(stakes):
        words = "uncovered: calls that nothing covers are not sold, and what covers them is not either"
        return Refusal("uncovered", words)
    return None
