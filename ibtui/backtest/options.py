"""Options over the past: listed in a model's chains, priced by the model on the bars of their underlying.

There were no quotes of them: one volatility prices every strike and expiry, and a spread around the model's price
stands for the market. Without a volatility of its own a run takes the one that the underlying's last 20 days realised,
25 % before there are ten of them. An option ends at the close of its last day and brings what exercise would, in cash.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime
from itertools import pairwise
from statistics import stdev

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.chain import Chain, OptionName, expires_at, option_name
from ibtui.domain.options.model import HALF_SPREAD, model_chain, model_value, option_instrument

FIRST_VOLATILITY = 0.25
"""A year's, before there is a past to measure."""
DAYS = 20
"""Days that the realised volatility is of."""
_FEWEST = 10
_YEAR = 252


class ShownOption:
    """One option that a strategy was shown."""

    __slots__ = ("ends", "instrument", "name", "underlying")

    def __init__(self, underlying: str, name: OptionName, instrument: Instrument) -> None:
        self.underlying = underlying
        self.name = name
        self.instrument = instrument
        self.ends = expires_at(name.expiry)


class BacktestOptions:
    """The options of one run. `volatility` is a year's (0.25 is 25 %), None for the realised one."""

    def __init__(self, volatility: float | None = None) -> None:
        self._volatility = volatility
        self.listed: dict[str, ShownOption] = {}
        """By symbol, in the order in which they were first shown."""
        self._closes: dict[str, deque[float]] = {}

    def end_day(self, symbol: str, close: float) -> None:
        """The last close of a day."""
        self._closes.setdefault(symbol, deque(maxlen=DAYS + 1)).append(close)

    def volatility(self, symbol: str) -> float:
        """A year's, as far as it is known now."""
        if self._volatility is not None:
            return self._volatility
        closes = list(self._closes.get(symbol, ()))
        steps = [math.log(late / early) for early, late in pairwise(closes)]
        realised = stdev(steps) * math.sqrt(_YEAR) if len(steps) >= _FEWEST else FIRST_VOLATILITY
        return max(realised, 0.01)

    def chain(self, symbol: str, spot: float | None, now: datetime, days: float | None) -> Chain:
        """What a strategy asks for; its options are listed from then on. Raises IbtuiError `no_option`, `no_quote`."""
        if spot is None:
            raise IbtuiError("no_quote", f"There is no price of {symbol} yet to look for options around.")
        chain = model_chain(symbol, spot, now, self.volatility(symbol), days=days)
        for option in chain.options:
            name = option_name(option.symbol)
            if name is not None and option.symbol not in self.listed:
                self.listed[option.symbol] = ShownOption(symbol, name, option_instrument(chain, option))
        return chain

    def value(self, symbol: str, spot: float, now: datetime) -> float:
        """The middle of its market."""
        listed = self.listed[symbol]
        return model_value(listed.name, spot, now, self.volatility(listed.underlying))

    def bar(self, symbol: str, of: Bar, closed: datetime, sign: int) -> Bar:
        """What a bar of the underlying means for who buys (`sign` 1) or sells (-1) the option: asks, or bids."""
        mids = [self.value(symbol, price, when) for price, when in zip(of[2:6], (of.time, *[closed] * 3), strict=True)]
        open_, one, other, close = (crossed(mid, sign) for mid in mids)
        high, low = max(open_, one, other, close), min(open_, one, other, close)
        return Bar(symbol, of.time, open_, high, low, close)


def crossed(mid: float, sign: int) -> float:
    """The ask above (`sign` 1) or the bid below (-1) the model's price: a hundredth away, and a cent at least."""
    return max(mid + sign * max(mid * HALF_SPREAD, 0.01), 0.0)


def no_options() -> IbtuiError:
    """What a chain is answered where nobody said that a model may price it."""
    return IbtuiError(
        "no_option", "Options have no prices over the past; say --options model to price them by Black-Scholes."
    )
