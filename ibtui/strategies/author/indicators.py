"""Indicators that take one bar at a time, one of each per symbol."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeVar

from ibtui.domain.bar import Bar

SCALE = 100_000_000
"""Prices are added as whole multiples of 1e-8.

Sums of floats drift and break ties at random: on a million two-decimal bars four ways of adding them gave four
different numbers of crossings. Whole numbers are exact, and equal averages become equal floats.
"""


class Indicator(Protocol):
    """Something computed from the bars of one symbol; `value` is None until it has seen enough of them."""

    value: float | None
    previous: float | None
    """The value one bar earlier."""

    def update(self, bar: Bar) -> None:
        """Take the next bar of the symbol into the indicator."""


class Crossing:
    """What every indicator has: its value, the one before, and whether it has just crossed something."""

    __slots__ = ("previous", "value")

    def __init__(self, length: int) -> None:
        if length < 1:
            raise ValueError(f"an indicator needs a length of 1 or more, not {length}")
        self.value: float | None = None
        self.previous: float | None = None

    def update(self, bar: Bar) -> None:
        """Take the next bar of the symbol into the indicator."""
        raise NotImplementedError

    def crossed_above(self, other: Indicator) -> bool:
        """Above `other` now and not above it one bar earlier."""
        before, other_before = self.previous, other.previous
        if before is None or other_before is None:
            return False
        return self.value > other.value and before <= other_before  # type: ignore[operator]

    def crossed_below(self, other: Indicator) -> bool:
        """Below `other` now and not below it one bar earlier."""
        before, other_before = self.previous, other.previous
        if before is None or other_before is None:
            return False
        return self.value < other.value and before >= other_before  # type: ignore[operator]

    def rose_above(self, level: float) -> bool:
        """Above a number now and not above it one bar earlier."""
        return self.value is not None and self.previous is not None and self.value > level >= self.previous

    def fell_below(self, level: float) -> bool:
        """Below a number now and not below it one bar earlier."""
        return self.value is not None and self.previous is not None and self.value < level <= self.previous


class Sma(Crossing):
    """Simple moving average of the last `length` closes."""

    __slots__ = ("_full", "_total", "_window")

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._full = length * SCALE
        self._window: deque[int] = deque(maxlen=length)
        self._total = 0

    def update(self, bar: Bar) -> None:
        scaled = round(bar[5] * SCALE)
        window = self._window
        self.previous = before = self.value
        if before is not None:
            self._total = total = self._total + scaled - window[0]
            self.value = total / self._full
            window.append(scaled)  # the oldest goes by itself
        else:
            window.append(scaled)
            self._total += scaled
            if len(window) == window.maxlen:
                self.value = self._total / self._full


I = TypeVar("I", bound=Indicator)  # noqa: E741


class PerSymbol(dict[str, I]):
    """The same indicator for every symbol: `self.sma(20)["AAPL"]`; made when it is first asked for."""

    def __init__(self, make: Callable[[], I]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, symbol: str) -> I:
        found = self[symbol] = self._make()
        return found
