"""What happened to a market besides its own path: moved by hand, held still, traded by an order."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from ibtui.exchange.listed.grid import PriceGrid


class Print(NamedTuple):
    """A trade that is not part of the market's own path."""

    time: int
    price: int
    size: int


class Regime(NamedTuple):
    """How prices relate to the path after `time`: times `factor`; None where the market is held still."""

    time: int
    factor: float | None
    grid: PriceGrid

    def shift(self, price: int) -> int:
        """A price of the path as this regime shows it; keeps the order of prices, so highs stay highs."""
        if self.factor is None or self.factor == 1.0:
            return price
        return self.grid.times(price, self.factor)


class Overlay:
    """The regimes of one market and the prints of orders, in the order of time."""

    def __init__(self, grid: PriceGrid) -> None:
        self._grid = grid
        self._regimes = [Regime(-(2**62), 1.0, grid)]
        self._prints: list[Print] = []

    @property
    def current(self) -> Regime:
        return self._regimes[-1]

    def change(self, time: int, factor: float | None) -> Regime:
        """From now on prices follow the path times `factor`, or stand still."""
        self._regimes.append(Regime(time, factor, self._grid))
        return self._regimes[-1]

    def regimes(self) -> list[Regime]:
        """Every change so far, oldest first."""
        return self._regimes[1:]

    def record(self, trade: Print) -> None:
        self._prints.append(trade)

    def regime(self, time: int) -> Regime:
        """The regime that a change of the path at `time` came under."""
        return self._regimes[bisect_left(self._regimes, time, key=_time) - 1]

    def prints(self, begin: int, end: int) -> list[Print]:
        """Prints from `begin` to before `end`."""
        return self._prints[bisect_left(self._prints, begin, key=_time) : bisect_left(self._prints, end, key=_time)]

    def plain(self, begin: int, end: int) -> Regime | None:
        """The one regime of an interval in which nothing but the path traded; None where there is more to it."""
        return self.regime(begin) if self.steady(begin, end) and not self.prints(begin, end) else None

    def steady(self, begin: int, end: int) -> bool:
        """Whether prices follow the path in one way all through an interval."""
        regime = self.regime(begin)
        return regime.factor is not None and regime is self.regime(end)


def _time(item: Print | Regime) -> int:
    return item.time
