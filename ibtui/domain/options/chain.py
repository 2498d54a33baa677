"""Options as a trader picks them: the chain of one underlying, by expiry, delta or moneyness, and an option's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from msgspec import Struct

from ibtui.domain.calendar.new_york import NEW_YORK, exchange_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.options.pricing import Right

_CLOSE = time(16, tzinfo=NEW_YORK)
_OCC = re.compile(r"([A-Z][A-Z0-9]{0,5}) *(\d{6})([CP])(\d{8})", re.ASCII)
_SAME = 9
"""Decimals to which two distances are compared: further down they are rounding."""


class OptionName(Struct, frozen=True, kw_only=True):
    """What the name of a listed option says."""

    root: str
    """The trading class, most often the underlying's symbol."""
    expiry: date
    right: Right
    strike: Decimal

    @property
    def symbol(self) -> str:
        """`AAPL261218C00190000`: the Options Clearing Corporation's name without its blanks."""
        return f"{self.root}{self.expiry:%y%m%d}{self.right}{int(self.strike * 1000):08d}"

    @property
    def padded(self) -> str:
        """`AAPL  261218C00190000`: the same as the exchanges and IB write it, 21 characters."""
        return f"{self.root:<6}{self.symbol[len(self.root) :]}"


def option_name(text: str) -> OptionName | None:
    """What `AAPL261218C00190000` says, with or without blanks after the root; None for any other text."""
    match = _OCC.fullmatch(text)
    if match is None:
        return None
    root, day, right, strike = match.groups()
    try:
        expiry = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return OptionName(root=root, expiry=expiry, right=right, strike=Decimal(strike) / 1000)  # type: ignore[arg-type]


def expires_at(expiry: date) -> datetime:
    """The moment after which an option is worth what exercise brings: four in the afternoon in New York."""
    return datetime.combine(expiry, _CLOSE)


class ChainOption(Struct, frozen=True, kw_only=True):
    """One option of a chain and its market; prices are per unit of the underlying, None is what is not known."""

    symbol: str
    """The one name it has everywhere, such as AAPL261218C00190000."""
    expiry: date
    strike: float
    right: Right
    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    delta: float | None = None
    """From 0 to 1 for a call, from -1 to 0 for a put."""
    gamma: float | None = None
    vega: float | None = None
    """Change of the price for one point (0.01) of volatility."""
    theta: float | None = None
    """Change of the price in one calendar day."""
    implied_volatility: float | None = None
    """A year's; 0.2 is 20 %."""
    open_interest: float | None = None

    @property
    def mid(self) -> float | None:
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2


class Chain(Struct, frozen=True, kw_only=True):
    """Options of one underlying at one moment, by expiry, strike and right.

    Everything that picks is deterministic: of two equally near options it takes the one with the lower strike, and
    what cannot be found raises IbtuiError `no_option` with a sentence that says what there is.
    """

    underlying: str
    spot: float
    """The underlying's price when the chain was made."""
    time: datetime
    """When the chain looked like this, aware and in UTC."""
    multiplier: float
    """Units of the underlying in one option: 100 shares."""
    options: tuple[ChainOption, ...]

    @property
    def expiries(self) -> tuple[date, ...]:
        """Every day on which an option of it expires, soonest first."""
        return tuple(sorted({option.expiry for option in self.options}))

    def expiry(self, days: float = 0) -> date:
        """The first expiry at least `days` calendar days away."""
        found = first_after(self.expiries, self.time, days)
        if found is None:
            last = f"the last is {self.expiries[-1]}" if self.options else "it is empty"
            raise _nothing(f"The chain of {self.underlying} has no expiry {days:g} days away; {last}.")
        return found

    def calls(self, expiry: date) -> tuple[ChainOption, ...]:
        """The calls of one expiry by strike."""
        return self._row("C", expiry)

    def puts(self, expiry: date) -> tuple[ChainOption, ...]:
        """The puts of one expiry by strike."""
        return self._row("P", expiry)

    def pick(
        self,
        right: Right,
        *,
        delta: float | None = None,
        moneyness: float | None = None,
        strike: float | None = None,
        days: float | None = None,
        expiry: date | None = None,
    ) -> ChainOption:
        """The option nearest to what is wanted, among those of `expiry`, or of the first at least `days` away.

        One of: `delta`, without its sign (0.30 is a put of -0.30; options without a delta are passed over);
        `moneyness`, the strike divided by the underlying's price (1.05 is 5 % above); `strike`. Raises ValueError when
        not exactly one of them is given, or both `days` and `expiry`.
        """
        if sum(request is not None for request in (delta, moneyness, strike)) != 1:
            raise ValueError("say which option in one way: delta=, moneyness= or strike=")
        day = self._day(days, expiry)
        if delta is not None:
            distances = [(abs(abs(o.delta) - abs(delta)), o) for o in self._row(right, day) if o.delta is not None]
        else:
            target = strike if strike is not None else self.spot * (moneyness or 0.0)
            distances = [(abs(o.strike - target), o) for o in self._row(right, day)]
        if not distances:
            without = " whose delta is known" if delta is not None else ""
            raise _nothing(f"The chain of {self.underlying} has no {_NAMES[right]} of {day}{without}.")
        return min(distances, key=lambda pair: (round(pair[0], _SAME), pair[1].strike))[1]

    def at_the_money(self, right: Right, *, days: float | None = None, expiry: date | None = None) -> ChainOption:
        """The option whose strike is nearest to the underlying's price."""
        return self.pick(right, moneyness=1.0, days=days, expiry=expiry)

    def straddle(self, *, days: float | None = None, expiry: date | None = None) -> tuple[ChainOption, ChainOption]:
        """Call and put of the one strike nearest to the underlying's price that has both."""
        day = self._day(days, expiry)
        puts = {put.strike: put for put in self.puts(day)}
        pairs = [(call, puts[call.strike]) for call in self.calls(day) if call.strike in puts]
        if not pairs:
            raise _nothing(f"The chain of {self.underlying} has no call and put of one strike on {day}.")
        return min(pairs, key=lambda pair: (round(abs(pair[0].strike - self.spot), _SAME), pair[0].strike))

    def strangle(
        self, *, delta: float, days: float | None = None, expiry: date | None = None
    ) -> tuple[ChainOption, ChainOption]:
        """Call and put of one expiry nearest to `delta`, each on its own side of the money."""
        day = self._day(days, expiry)
        return self.pick("C", delta=delta, expiry=day), self.pick("P", delta=delta, expiry=day)

    def find(self, symbol: str) -> ChainOption | None:
        """The option of that name."""
        return next((option for option in self.options if option.symbol == symbol), None)

    def _row(self, right: Right, expiry: date) -> tuple[ChainOption, ...]:
        row = (option for option in self.options if option.right == right and option.expiry == expiry)
        return tuple(sorted(row, key=lambda option: option.strike))

    def _day(self, days: float | None, expiry: date | None) -> date:
        if expiry is None:
            return self.expiry(days or 0)
        if days is not None:
            raise ValueError("say when in one way: days= or expiry=")
        return expiry


_NAMES = {"C": "call", "P": "put"}


def first_after(expiries: Iterable[date], now: datetime, days: float) -> date | None:
    """The soonest of `expiries` at least `days` calendar days after the day of `now` in New York; None without one."""
    today = exchange_day(now)
    return min((day for day in expiries if day - today >= timedelta(days=days)), default=None)


def _nothing(sentence: str) -> IbtuiError:
    return IbtuiError("no_option", sentence)
