"""Where volume traded: a profile by price over the last bars."""

from __future__ import annotations

from collections import deque

from ibtui.domain.bar import Bar
from ibtui.strategies.author.indicators import Crossing

VALUE_AREA = 0.7
"""Share of the volume that lies in the value area."""


class VolumeProfile(Crossing):
    """Volume by price in steps of `step`, of the last `length` bars; each bar's volume counts at its typical price.

    `value` is the price with the most volume (of equals the lowest), the point of control; `area` are the lowest and
    highest price around it that hold 70 % of the volume.
    """

    __slots__ = ("_bars", "_length", "_step", "_volumes")

    def __init__(self, length: int, step: float) -> None:
        super().__init__(length)
        if not step > 0:
            raise ValueError(f"a profile needs a step above 0, not {step}")
        self._length = length
        self._step = step
        self._bars: deque[tuple[int, float]] = deque()
        self._volumes: dict[int, float] = {}

    def update(self, bar: Bar) -> None:
        place = round((bar.high + bar.low + bar.close) / 3 / self._step)
        self._bars.append((place, bar.volume))
        self._volumes[place] = self._volumes.get(place, 0.0) + bar.volume
        if len(self._bars) > self._length:
            self._forget(*self._bars.popleft())
        self.previous = self.value
        if len(self._bars) == self._length and self._volumes:
            self.value = self._control() * self._step

    def _forget(self, place: int, volume: float) -> None:
        left = self._volumes[place] - volume
        if left > 1e-9 or any(at == place for at, _ in self._bars):
            self._volumes[place] = max(left, 0.0)
        else:
            del self._volumes[place]

    def _control(self) -> int:
        return min(self._volumes, key=lambda place: (-self._volumes[place], place))

    def at(self, price: float) -> float:
        """The volume at a price."""
        return self._volumes.get(round(price / self._step), 0.0)

    @property
    def area(self) -> tuple[float, float] | None:
        """The value area; None until there is a value."""
        if self.value is None:
            return None
        low = high = self._control()
        wanted, held = VALUE_AREA * sum(self._volumes.values()), self._volumes[low]
        ends = min(self._volumes), max(self._volumes)
        while held < wanted and (low > ends[0] or high < ends[1]):
            below, above = self._volumes.get(low - 1, 0.0), self._volumes.get(high + 1, 0.0)
            if high < ends[1] and (above >= below or low <= ends[0]):
                high += 1
                held += above
            else:
                low -= 1
                held += below
        return low * self._step, high * self._step
