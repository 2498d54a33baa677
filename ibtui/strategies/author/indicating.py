"""The indicators a strategy asks for by name: one of each per symbol, fed before every hook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.strategies.author.averages import Ema, SessionVwap
from ibtui.strategies.author.indicators import Indicator, PerSymbol, Sma
from ibtui.strategies.author.oscillators import Macd, Roc, Rsi, Stochastic
from ibtui.strategies.author.ranges import Atr, Deviation, Highest, Lowest
from ibtui.strategies.author.volume import VolumeProfile

I = TypeVar("I", bound=Indicator)  # noqa: E741

Update = Callable[[Bar], None]


class Feeds(dict[str, tuple[Update, ...]]):
    """What takes the bars of a symbol; made when its first bar comes, and anew when an indicator is added."""

    def __init__(self, indicators: dict[tuple[Any, ...], PerSymbol[Any]]) -> None:
        super().__init__()
        self._indicators = indicators

    def __missing__(self, symbol: str) -> tuple[Update, ...]:
        found = self[symbol] = tuple(per_symbol[symbol].update for per_symbol in self._indicators.values())
        return found


class Indicating:
    """Owns the indicators of one strategy; the same call gives the same object."""

    _indicators: dict[tuple[Any, ...], PerSymbol[Any]]
    _feeds: Feeds
    _warmup: int

    def _whole_sessions(self, symbol: str) -> InstrumentSessions:
        """The sessions of all hours of a symbol."""
        raise NotImplementedError

    def sma(self, length: int) -> PerSymbol[Sma]:
        """Simple moving average of the last `length` closes."""
        return self.indicator(("sma", length), lambda: Sma(length), length)

    def ema(self, length: int) -> PerSymbol[Ema]:
        """Exponential moving average of closes."""
        return self.indicator(("ema", length), lambda: Ema(length), length)

    def vwap(self) -> PerSymbol[SessionVwap]:
        """Volume-weighted average price of the session, all its hours; a future's begins the evening before."""
        return self.indicator(("vwap",), lambda: SessionVwap(self._whole_sessions), 1)

    def rsi(self, length: int = 14) -> PerSymbol[Rsi]:
        """Relative strength index by Wilder, 0 to 100."""
        return self.indicator(("rsi", length), lambda: Rsi(length), length + 1)

    def roc(self, length: int) -> PerSymbol[Roc]:
        """Rate of change over `length` bars in percent."""
        return self.indicator(("roc", length), lambda: Roc(length), length + 1)

    def macd(self, fast: int = 12, slow: int = 26, signal: int = 9) -> PerSymbol[Macd]:
        """Fast less slow exponential average, with `signal` and `histogram`."""
        return self.indicator(("macd", fast, slow, signal), lambda: Macd(fast, slow, signal), slow + signal - 1)

    def stochastic(self, length: int = 14, smooth: int = 3) -> PerSymbol[Stochastic]:
        """Place of the close within the range of `length` bars, 0 to 100, with `signal`."""
        return self.indicator(("stoch", length, smooth), lambda: Stochastic(length, smooth), length + smooth - 1)

    def atr(self, length: int = 14) -> PerSymbol[Atr]:
        """Average true range by Wilder."""
        return self.indicator(("atr", length), lambda: Atr(length), length + 1)

    def highest(self, length: int) -> PerSymbol[Highest]:
        """Highest high of `length` bars."""
        return self.indicator(("highest", length), lambda: Highest(length), length)

    def lowest(self, length: int) -> PerSymbol[Lowest]:
        """Lowest low of `length` bars."""
        return self.indicator(("lowest", length), lambda: Lowest(length), length)

    def zscore(self, length: int, width: float = 2.0) -> PerSymbol[Deviation]:
        """How many standard deviations the close lies from its mean; has the bands of Bollinger as well."""
        return self.indicator(("deviation", length, width), lambda: Deviation(length, width), length)

    bollinger = zscore
    """The same, under the name of its bands: `mean`, `upper` and `lower`."""

    def volume_profile(self, length: int, step: float) -> PerSymbol[VolumeProfile]:
        """Volume by price in steps of `step` over `length` bars."""
        return self.indicator(("profile", length, step), lambda: VolumeProfile(length, step), length)

    def indicator(self, key: tuple[Any, ...], make: Callable[[], I], length: int) -> PerSymbol[I]:
        """An indicator of your own, one made by `make` for each symbol; it has a value after `length` bars."""
        found = self._indicators.get(key)
        if found is None:
            found = self._indicators[key] = PerSymbol(make)
            self._feeds.clear()
            self._warmup = max(self._warmup, length)
        return found

    @property
    def warmup(self) -> int:
        """How many bars it wants before it decides: as many as its longest indicator."""
        return self._warmup
