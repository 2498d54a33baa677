"""What can be traded: an instrument as IB describes it, under the name that the screen and the commands use."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import Struct

from ibtui.domain.money import known, places, to_tick

SecType = Literal["STK", "FUT", "CASH", "IND", "OPT", "FOP", "CRYPTO", "BOND", "BAG"]

SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,23}( [A-Z]{1,2})?")
"""The names that a person may type for an instrument: AAPL, BRK B, EUR.USD, ESZ6, AAPL261218C00190000, EW3F7C6700."""


_FREE = frozenset({"FUT", "BAG"})
"""What can trade at zero and below: some futures, and combos whose legs pay for each other."""


def traded_price(price: float | None, sec_type: str) -> float | None:
    """The price of a trade as it is told; None where that is none: zero is written for what is not known."""
    number = known(price)
    return number if number is None or number > 0 or trades_at_zero(sec_type) else None


def trades_at_zero(sec_type: str) -> bool:
    """Whether zero and less can be prices of what is of this kind."""
    return sec_type in _FREE


def last_day(expiry: str) -> date | None:
    """The day that an expiry (YYYYMMDD) names; None for what does not expire."""
    try:
        return date.fromisoformat(expiry) if len(expiry) == 8 else None
    except ValueError:
        return None


def expiry_words(expiry: str) -> str:
    """`18 Dec 2026`; empty for what does not expire."""
    day = last_day(expiry)
    return "" if day is None else f"{day.day} {day:%b %Y}"


class Band(NamedTuple):
    """From the price `low` up prices are multiples of `step`."""

    low: Decimal
    step: Decimal


class Instrument(Struct, frozen=True, kw_only=True):
    """One contract, qualified by IB's contract details."""

    symbol: str
    """The one name used on the screen, in commands and in files: AAPL, ESZ6, EUR.USD."""
    con_id: int
    """IB's contract id: the identity."""
    sec_type: SecType
    root: str
    """IB's own `symbol` field: AAPL, ES, EUR."""
    exchange: str
    """Where orders go: SMART, CME, IDEALPRO."""
    currency: str
    primary_exchange: str = ""
    local_symbol: str = ""
    trading_class: str = ""
    expiry: str = ""
    """YYYYMMDD for futures and options, else empty."""
    strike: Decimal = Decimal(0)
    """Of an option, else 0."""
    right: Literal["", "C", "P"] = ""
    """Call or put for options, else empty."""
    multiplier: Decimal = Decimal(1)
    tick: Decimal = Decimal("0.01")
    """The smallest step between two prices, where no rule says otherwise."""
    bands: tuple[Band, ...] = ()
    """Where the step grows with the price, lowest first: IB's market rule. Empty where it is `tick` throughout."""
    lot: Decimal = Decimal(1)
    """The smallest step between two quantities."""
    name: str = ""
    """The long name as IB tells it, sanitized."""

    @property
    def decimals(self) -> int:
        """Digits after the point that prices of this instrument are shown with where no price is known."""
        return self._shown(self.tick)

    def digits(self, price: Decimal | float | None) -> int:
        """Digits after the point that this price is shown with: those of the step at its level, at least cents."""
        return self._shown(self.tick if price is None else self.step(price))

    def _shown(self, step: Decimal) -> int:
        digits = places(step)
        return digits if self.sec_type == "CASH" else max(digits, 2)

    def step(self, price: Decimal | float) -> Decimal:
        """The price step at `price`; below zero as above."""
        level = abs(float(price))
        steps = [band.step for band in self.bands if float(band.low) <= level]
        return steps[-1] if steps else self.tick

    def moved(self, price: Decimal, ticks: int) -> Decimal:
        """The price so many steps up, below 0 down, one by one: over the edges of bands and through zero."""
        sign = 1 if ticks > 0 else -1
        for _ in range(abs(ticks)):
            outward = price * sign >= 0
            step = self.step(price if outward else abs(price) - self._finest)
            price = to_tick(price, step) + sign * step
        return price

    @property
    def _finest(self) -> Decimal:
        return min((band.step for band in self.bands), default=self.tick)

    def value(self, quantity: Decimal | float, price: Decimal | float) -> float:
        """Worth of `quantity` at `price` in the instrument's currency, signed as the quantity."""
        return float(quantity) * float(price) * float(self.multiplier)
