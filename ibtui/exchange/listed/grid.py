"""Prices as whole numbers of ticks: exact to compare, exact to turn back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import NamedTuple


class GridBand(NamedTuple):
    """From the price `low_edge` up prices are multiples of `increment`."""

    low_edge: Decimal
    increment: Decimal


class PriceGrid:
    """The price grid of one instrument: the valid prices above zero, numbered from 1 up.

    Where the increment is the same for every price, a number times the increment is the price; where it grows with the
    price, neighbours are still one apart. With `floor` None prices may be zero and below, on one increment only.
    """

    __slots__ = ("_edges", "_floor", "_starts", "_steps", "_unit", "tick")

    def __init__(self, tick: Decimal, bands: Sequence[GridBand] = (), *, floor: int | None = 1) -> None:
        """`tick` is the smallest increment; every band's edge is a multiple of the increments on either side."""
        bands = bands or (GridBand(Decimal(0), tick),)
        self.tick = tick
        self._floor = floor
        sizes = [Fraction(band.increment) for band in bands]
        self._unit = lcm(*(size.denominator for size in sizes))
        self._steps = [int(size * self._unit) for size in sizes]
        self._edges = [int(Fraction(band.low_edge) * self._unit) for band in bands]
        self._starts = [0]
        for low, high, step in zip(self._edges, self._edges[1:], self._steps, strict=False):
            self._starts.append(self._starts[-1] + (high - low) // step)

    @property
    def least(self) -> int:
        """The lowest price there is, in ticks."""
        return -(2**62) if self._floor is None else self._floor

    def price(self, ticks: int) -> float:
        """The float nearest to the decimal price of `ticks`."""
        if len(self._starts) == 1:
            return ticks * self._steps[0] / self._unit
        band = max(bisect_right(self._starts, ticks) - 1, 0)
        return (self._edges[band] + (ticks - self._starts[band]) * self._steps[band]) / self._unit

    def ticks(self, price: Decimal) -> int:
        """Whole ticks of a price that lies on the grid; what lies between two is cut to the lower."""
        units = int(price * self._unit)
        band = self._band(units)
        return self._starts[band] + int((price * self._unit - self._edges[band]) / self._steps[band])

    def nearest(self, price: float) -> int:
        """Whole ticks nearest to `price`, at least one where prices stay above zero."""
        units = price * self._unit
        band = self._band(units)
        ticks = self._starts[band] + round((units - self._edges[band]) / self._steps[band])
        return ticks if self._floor is None else max(ticks, self._floor)

    def fits(self, price: Decimal) -> bool:
        """Whether a price lies on the grid."""
        units = price * self._unit
        return (units - self._edges[self._band(units)]) % self._steps[self._band(units)] == 0

    def increment(self, ticks: int) -> float:
        """The step from `ticks` to the next price up."""
        return self._steps[max(bisect_right(self._starts, ticks) - 1, 0)] / self._unit

    def scale(self, ticks: int) -> float:
        """The price in increments of its own size: what a relative change is multiplied by to give ticks."""
        return ticks if len(self._starts) == 1 else self.price(ticks) / self.increment(ticks)

    def times(self, ticks: int, factor: float) -> int:
        """The price that is `factor` times as high, in ticks; keeps the order of prices."""
        if len(self._starts) == 1:
            return max(int(ticks * factor + 0.5), 1)
        return self.nearest(self.price(ticks) * factor)

    def _band(self, units: float | Decimal) -> int:
        return max(bisect_right(self._edges, units) - 1, 0) if len(self._edges) > 1 else 0
