"""What options can lose: calls that nothing covers, and the largest loss of what is traded together.

Covered is a short call for which the account holds the underlying or a call of the same underlying that expires no
earlier: at whatever strike, since that bounds the loss. Longs that are only ordered cover nothing; shares and calls
that an entry or an exit of ours would sell cover nothing any more. Targets and protective stops are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from ibtui.domain.instrument import Instrument


class Stake(NamedTuple):
    """So much of an instrument, signed."""

    instrument: Instrument
    quantity: Decimal

    @property
    def units(self) -> Decimal:
        """Units of the underlying that it stands for, signed."""
        return self.quantity * self.instrument.multiplier


def uncovered(stakes: Iterable[Stake]) -> Decimal:
    """Units of the underlying, of all stakes in it, that short calls owe and nothing covers.

    For every day on which a short call expires: those that expire then or later must find shares, or calls that expire
    no earlier than that.
    """
    held = list(stakes)
    calls = [stake for stake in held if stake.instrument.right == "C"]
    shares = sum((stake.units for stake in held if not stake.instrument.right), Decimal(0))
    days = {stake.instrument.expiry for stake in calls if stake.quantity < 0}
    left = (sum(s.units for s in calls if s.instrument.expiry >= day) for day in days)
    return max((-units - max(shares, Decimal(0)) for units in left), default=Decimal(0)).max(Decimal(0))


def largest_loss(stakes: Sequence[Stake], paid: float) -> float:
    """What options traded together can lose at expiry, `paid` (negative: received) included; 0 or more.

    With a short call among them that others must cover, up to the highest strike only: `uncovered` judges the rest. A
    long that expires before a short counts for nothing, one that expires with it or later for what exercise brings.
    """
    last = max((s.instrument.expiry for s in stakes if s.instrument.right and s.quantity < 0), default="")
    counted = [s for s in stakes if s.quantity < 0 or not s.instrument.right or s.instrument.expiry >= last]
    prices = {0.0, *(float(stake.instrument.strike) for stake in stakes if stake.instrument.right)}
    return max(paid - min(sum(_worth(stake, price) for stake in counted) for price in prices), 0.0)


def short_expiries(stakes: Iterable[Stake]) -> set[str]:
    """Days on which options that are sold expire."""
    return {stake.instrument.expiry for stake in stakes if stake.instrument.right and stake.quantity < 0}


def _worth(stake: Stake, price: float) -> float:
    """What it brings when its underlying ends at `price`."""
    item, units = stake.instrument, float(stake.units)
    if not item.right:
        return units * price
    strike = float(item.strike)
    return units * max(price - strike if item.right == "C" else strike - price, 0.0)
