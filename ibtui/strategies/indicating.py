"""The indicators a strategy asks for by name: one of each per symbol, fed before every hook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ibtui.domain.bar import Bar
from ibtui.strategies.indicators import Indicator, PerSymbol, Sma

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
