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
        return _rose(self, other)

    def crossed_below(self, other: Indicator) -> bool:
        """Below `other` now and not below it one bar earlier."""
        return _rose(other, self)

    def rose_above(self, level: float) -> bool:
        """Above a number now and not above it one bar earlier."""
        return self.value is not None and self.previous is not None and self.value > level >= self.previous

    def fell_below(self, level: float) -> bool:
        """Below a number now and not below it one bar earlier."""
        return self.value is not None and self.previous is not None and self.value < level <= self.previous


class Sma(Crossing):
    """Simple moving average of the last `length` closes."""

    __slots__ = ("_append", "_full", "_length", "_oldest", "_total", "_window")

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length
        self._full = length * SCALE
        self._window: deque[int] = deque()
        self._append = self._window.append
        self._oldest = self._window.popleft
        self._total = 0

    def update(self, bar: Bar) -> None:
        scaled = round(bar[5] * SCALE)
        self._append(scaled)
        self.previous = self.value
        if self.value is not None:
            self._total = total = self._total + scaled - self._oldest()
            self.value = total / self._full
        else:
            self._total += scaled
            if len(self._window) == self._length:
                self.value = self._total / self._full


def _rose(one: Indicator, other: Indicator) -> bool:
    before, other_before = one.previous, other.previous
    if before is None or other_before is None:
        return False
    return one.value > other.value and before <= other_before  # type: ignore[operator]


I = TypeVar("I", bound=Indicator)  # noqa: E741


class PerSymbol(dict[str, I]):
    """The same indicator for every symbol: `self.sma(20)["AAPL"]`; made when it is first asked for."""

    def __init__(self, make: Callable[[], I]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, symbol: str) -> I:
        found = self[symbol] = self._make()
        return found
