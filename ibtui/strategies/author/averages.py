"""Averages of prices: exponential, and weighted by volume."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.strategies.author.indicators import SCALE, Crossing

_NEVER = datetime.min.replace(tzinfo=UTC)


class Ema(Crossing):
    """Exponential moving average of closes: the plain average of the first `length`, then value += (close - value) x k
    with k = 2 / (length + 1). `skip` closes are passed over first.
    """

    __slots__ = ("_count", "_k", "_length", "_skip", "_total")

    def __init__(self, length: int, skip: int = 0) -> None:
        super().__init__(length)
        self._length = length
        self._k = 2 / (length + 1)
        self._skip = skip
        self._count = 0
        self._total = 0

    def update(self, bar: Bar) -> None:
        self.add(bar[5])

    def add(self, number: float) -> None:
        """Take the next number, for an average of something else than closes."""
        self.previous = self.value
        if self.value is not None:
            self.value += (number - self.value) * self._k
        elif self._skip:
            self._skip -= 1
        else:
            self._count += 1
            self._total += round(number * SCALE)
            if self._count == self._length:
                self.value = self._total / (self._length * SCALE)


class SessionVwap(Crossing):
    """Volume-weighted average price since the session began, all its hours: sum(typical x volume) / sum(volume).

    The typical price is (high + low + close) / 3. Without volume it stays what it was. `sessions` tells those of a
    symbol: a future's begin the evening before.
    """

    __slots__ = ("_end", "_money", "_sessions", "_volume")

    def __init__(self, sessions: Callable[[str], InstrumentSessions]) -> None:
        super().__init__(1)
        self._sessions = sessions
        self._end = _NEVER
        self._money = 0.0
        self._volume = 0.0

    def update(self, bar: Bar) -> None:
        if bar.time >= self._end:
            self._begin(bar)
        self.previous = self.value
        self._money += (bar.high + bar.low + bar.close) / 3 * bar.volume
        self._volume += bar.volume
        if self._volume > 0:
            self.value = self._money / self._volume

    def _begin(self, bar: Bar) -> None:
        self._end = self._sessions(bar.symbol).at(bar.time).end
        self._money = self._volume = 0.0
