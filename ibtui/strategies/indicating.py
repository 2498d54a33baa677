"""The indicators a strategy asks for by name: one of each per symbol, fed before every hook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ibtui.domain.bar import Bar
from ibtui.strategies.indicators import Indicator, PerSymbol, Sma

I = TypeVar("I", bound=Indicator)  # noqa: E741


class Indicating:
    """Owns the indicators of one strategy; the same call gives the same object."""

    _indicators: dict[tuple[Any, ...], PerSymbol[Any]]
    _feeds: dict[str, tuple[Callable[[Bar], None], ...]]
    """What takes the bars of a symbol; made when its first bar comes, and anew when an indicator is added."""
    _warmup: int

    def sma(self, length: int) -> PerSymbol[Sma]:
        """Simple moving average of the last `length` closes."""
        return self.indicator(("sma", length), lambda: Sma(length), length)

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

    def _feed(self, bars: tuple[Bar, ...]) -> None:
        for bar in bars:
            feeds = self._feeds.get(bar[0])
            if feeds is None:
                feeds = tuple(per_symbol[bar.symbol].update for per_symbol in self._indicators.values())
                self._feeds[bar.symbol] = feeds
            for update in feeds:
                update(bar)
