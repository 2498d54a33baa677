"""How strongly prices move: rate of change, RSI, MACD, stochastic."""

from __future__ import annotations

from collections import deque

from ibtui.domain.bar import Bar
from ibtui.strategies.author.averages import Ema
from ibtui.strategies.author.indicators import Crossing
from ibtui.strategies.author.ranges import Highest, Lowest


class Roc(Crossing):
    """Rate of change in percent: (close / close `length` bars ago - 1) x 100."""

    __slots__ = ("_closes", "_length")

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length
        self._closes: deque[float] = deque()

    def update(self, bar: Bar) -> None:
        self.previous = self.value
        self._closes.append(bar.close)
        if len(self._closes) > self._length:
            self.value = (bar.close / self._closes.popleft() - 1) * 100


class Rsi(Crossing):
    """Relative strength index from 0 to 100, by Wilder: 100 x gains / (gains + losses).

    Gains and losses are the mean of the first `length` changes, then (before x (length - 1) + change) / length. Where
    nothing moved it is 0, as TA-Lib has it.
    """

    __slots__ = ("_changes", "_close", "_gains", "_length", "_losses")

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length
        self._close: float | None = None
        self._changes = 0
        self._gains = 0.0
        self._losses = 0.0

    def update(self, bar: Bar) -> None:
        before, self._close = self._close, bar.close
        if before is None:
            return
        change = bar.close - before
        gain, loss = (change, 0.0) if change > 0 else (0.0, -change)
        self._changes += 1
        if self._changes <= self._length:
            self._gains += gain / self._length
            self._losses += loss / self._length
        else:
            self._gains = (self._gains * (self._length - 1) + gain) / self._length
            self._losses = (self._losses * (self._length - 1) + loss) / self._length
        if self._changes >= self._length:
            self.previous = self.value
            moved = self._gains + self._losses
            self.value = 100 * self._gains / moved if moved else 0.0


class Macd(Crossing):
    """Moving average convergence and divergence: fast less slow exponential average; `signal` is its own average.

    `value` is the line and `histogram` the line less the signal. As in TA-Lib both averages begin with the first bar
    at which the slow one has enough.
    """

    __slots__ = ("_fast", "_signal", "_slow", "histogram", "signal")

    def __init__(self, fast: int = 12, slow: int = 26, signal: int = 9) -> None:
        super().__init__(slow)
        if fast >= slow:
            raise ValueError(f"fast must be less than slow, not {fast} and {slow}")
        self._fast = Ema(fast, skip=slow - fast)
        self._slow = Ema(slow)
        self._signal = Ema(signal)
        self.signal: float | None = None
        self.histogram: float | None = None

    def update(self, bar: Bar) -> None:
        self._fast.update(bar)
        self._slow.update(bar)
        self.previous = self.value
        if self._fast.value is None or self._slow.value is None:
            return
        self.value = self._fast.value - self._slow.value
        self._signal.add(self.value)
        self.signal = self._signal.value
        self.histogram = None if self.signal is None else self.value - self.signal


class Stochastic(Crossing):
    """Where the close lies between the lowest low and the highest high of `length` bars, from 0 to 100.

    `signal` is the plain average of its last `smooth` values. Where high and low are the same it is 0, as in TA-Lib.
    """

    __slots__ = ("_high", "_last", "_low", "_smooth", "signal")

    def __init__(self, length: int = 14, smooth: int = 3) -> None:
        super().__init__(length)
        self._high, self._low = Highest(length), Lowest(length)
        self._smooth = smooth
        self._last: deque[float] = deque(maxlen=smooth)
        self.signal: float | None = None

    def update(self, bar: Bar) -> None:
        self._high.update(bar)
        self._low.update(bar)
        self.previous = self.value
        high, low = self._high.value, self._low.value
        if high is None or low is None:
            return
        self.value = 100 * (bar.close - low) / (high - low) if high > low else 0.0
        self._last.append(self.value)
        if len(self._last) == self._smooth:
            self.signal = sum(self._last) / self._smooth
