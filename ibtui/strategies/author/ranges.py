"""How far prices reach: highest and lowest, average true range, bands of deviation."""

from __future__ import annotations

import math
from collections import deque

from ibtui.domain.bar import Bar
from ibtui.strategies.author.indicators import SCALE, Crossing


class _Extreme(Crossing):
    """The greatest of the last `length` numbers; what can no longer become it is forgotten at once."""

    __slots__ = ("_candidates", "_count", "_length")

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length
        self._count = 0
        self._candidates: deque[tuple[int, float]] = deque()

    def _take(self, number: float) -> float | None:
        candidates = self._candidates
        while candidates and candidates[-1][1] <= number:
            candidates.pop()
        candidates.append((self._count, number))
        self._count += 1
        if candidates[0][0] <= self._count - 1 - self._length:
            candidates.popleft()
        return candidates[0][1] if self._count >= self._length else None


class Highest(_Extreme):
    """The highest high of the last `length` bars."""

    __slots__ = ()

    def update(self, bar: Bar) -> None:
        self.previous = self.value
        self.value = self._take(bar.high)


class Lowest(_Extreme):
    """The lowest low of the last `length` bars."""

    __slots__ = ()

    def update(self, bar: Bar) -> None:
        self.previous = self.value
        found = self._take(-bar.low)
        self.value = None if found is None else -found


class Atr(Crossing):
    """Average true range, by Wilder: the mean of the first `length` true ranges, then (before x (n - 1) + range) / n.

    The true range is the greatest of high - low, |high - close before| and |low - close before|; the first bar has
    none.
    """

    __slots__ = ("_close", "_count", "_length", "_total")

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length
        self._close: float | None = None
        self._count = 0
        self._total = 0.0

    def update(self, bar: Bar) -> None:
        before, self._close = self._close, bar.close
        if before is None:
            return
        reach = max(bar.high, before) - min(bar.low, before)
        self.previous = self.value
        if self.value is not None:
            self.value = (self.value * (self._length - 1) + reach) / self._length
            return
        self._count += 1
        self._total += reach
        if self._count == self._length:
            self.value = self._total / self._length


class Deviation(Crossing):
    """Mean and standard deviation (population) of the last `length` closes, from exact sums.

    `value` is the z-score (close - mean) / deviation, 0 where nothing deviates; `upper` and `lower` are the bands that
    Bollinger draws at `width` deviations around the `mean`.
    """

    __slots__ = ("_length", "_squares", "_total", "_width", "_window", "deviation", "lower", "mean", "upper")

    def __init__(self, length: int, width: float = 2.0) -> None:
        super().__init__(length)
        self._length = length
        self._width = width
        self._window: deque[int] = deque()
        self._total = 0
        self._squares = 0
        self.mean: float | None = None
        self.deviation: float | None = None
        self.upper: float | None = None
        self.lower: float | None = None

    def update(self, bar: Bar) -> None:
        scaled = round(bar.close * SCALE)
        self._window.append(scaled)
        self._total += scaled
        self._squares += scaled * scaled
        if len(self._window) > self._length:
            gone = self._window.popleft()
            self._total -= gone
            self._squares -= gone * gone
        if len(self._window) == self._length:
            self._measure(scaled)

    def _measure(self, scaled: int) -> None:
        n = self._length
        spread = n * self._squares - self._total * self._total
        self.previous = self.value
        self.mean = self._total / (n * SCALE)
        self.deviation = math.sqrt(spread) / (n * SCALE)
        self.value = (scaled * n - self._total) / math.sqrt(spread) if spread else 0.0
        self.upper = self.mean + self._width * self.deviation
        self.lower = self.mean - self._width * self.deviation
