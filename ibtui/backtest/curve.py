"""Equity over time: every day's end for the statistics, and as many points as a chart can show."""

from __future__ import annotations

from array import array
from datetime import datetime

POINTS = 4_096
"""Most points that are kept for the chart; then every second one goes, and half as many are taken."""


class Curve:
    """What the account was worth, with the deepest fall from a peak over every moment that was told.

    `days` and `day_equity` are seconds since 1970 and equity at the last bar of each day; `times` and `equity` are the
    points of the chart.
    """

    __slots__ = ("_every", "_floor", "_peak", "_skip", "day_equity", "day_held", "days", "drawdown", "equity", "times")

    def __init__(self, cash: float) -> None:
        self._peak = self._floor = cash
        """The floor is the equity below which the fall from the peak is deeper than any before."""
        self.drawdown = 0.0
        """Deepest fall as a negative share of the peak before it."""
        self.days = array("d")
        self.day_equity = array("d")
        self.day_held = array("d")
        self.times = array("d")
        self.equity = array("d")
        self._every = 1
        self._skip = 0

    def add(self, time: datetime, equity: float) -> None:
        """What it is worth at a moment."""
        if equity > self._peak:
            self._peak = equity
            self._floor = equity * (1 + self.drawdown)
        elif equity < self._floor:
            self._floor = equity
            self.drawdown = equity / self._peak - 1
        if self._skip:
            self._skip -= 1
        else:
            self._keep(time, equity)

    def _keep(self, time: datetime, equity: float) -> None:
        self._skip = self._every - 1
        self.times.append(time.timestamp())
        self.equity.append(equity)
        if len(self.times) > POINTS:
            self.times, self.equity = self.times[::2], self.equity[::2]
            self._every *= 2

    def end_day(self, time: datetime, equity: float, held: float) -> None:
        """The last bar of a day began at `time`; `held` is what buying and holding would be worth."""
        self.days.append(time.timestamp())
        self.day_equity.append(equity)
        self.day_held.append(held)
