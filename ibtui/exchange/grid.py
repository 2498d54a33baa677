"""Prices as whole numbers of ticks: exact to compare, exact to turn back."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


class Grid:
    """The price grid of one instrument."""

    __slots__ = ("_denominator", "_numerator", "tick")

    def __init__(self, tick: Decimal) -> None:
        self.tick = tick
        self._numerator, self._denominator = Fraction(tick).as_integer_ratio()

    def price(self, ticks: int) -> float:
        """The float nearest to the decimal price of `ticks`."""
        return ticks * self._numerator / self._denominator

    def ticks(self, price: Decimal) -> int:
        """Whole ticks of a price that lies on the grid."""
        return int(price / self.tick)

    def nearest(self, price: float) -> int:
        """Whole ticks nearest to `price`, at least one."""
        return max(round(price * self._denominator / self._numerator), 1)
