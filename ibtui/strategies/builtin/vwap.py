"""A large order spread over the day as its volume usually is."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.bar import Bar, bar_seconds
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.strategies.author.indicators import Crossing
from ibtui.strategies.author.parameters import param
from ibtui.strategies.builtin.slicing import Slicing

SESSION = 23_400
"""Seconds of a stock's session."""
MOST_BARS = 2_000
"""Past bars that it asks for to learn volumes from."""


class DayVolume(Crossing):
    """Mean volume of a bar by the time of day at which it begins, New York; `value` is that of the newest bar's."""

    __slots__ = ("_totals", "_whole")

    def __init__(self) -> None:
        super().__init__(1)
        self._totals: dict[int, tuple[float, int]] = {}
        self._whole = 0.0, 0

    def update(self, bar: Bar) -> None:
        second = _second(bar.time)
        total, count = self._totals.get(second, (0.0, 0))
        self._totals[second] = total + bar.volume, count + 1
        self._whole = self._whole[0] + bar.volume, self._whole[1] + 1
        self.previous, self.value = self.value, self.at(second)

    def at(self, second: int) -> float:
        """Mean volume of the bar that begins at this second of the day; where none was seen, that of all bars."""
        total, count = self._totals.get(second) or self._whole
        return total / count if count else 0.0


class Vwap(Slicing):
    """Buys or sells a quantity as the day's volume usually spreads: for its volume-weighted average price.

    From the last `days` it learns how much trades in each bar of the day. After each bar it asks for the part of the
    quantity that corresponds to the part of the expected volume that is over; a bar of the day that it has not seen yet
    counts as a mean one. Slices trade at market, or rest at the last price when `resting` is on. Whatever is missing
    after `minutes` trades at market; where the session closes before, all of it is done one bar before the close.

    It needs bars with volumes. It adds what it trades to your own position. Switched off, its order is cancelled and
    what is missing is forgotten.

    Over past bars: right in its times, and in its prices for quantities that are small beside a bar's volume. The past
    does not answer to an order, so the cost that slicing saves is not seen, and neither is the spread.
    """

    bar: str = param("5min", kind="bar", help="length of a bar, at whose close a slice may go out")
    days: int = param(5, 1, 20, help="days whose volumes it learns from")

    def on_start(self) -> None:
        super().on_start()
        self._seconds = bar_seconds(self.bar)
        length = self.days * SESSION // self._seconds
        self._volumes = self.indicator(("day volume", self.days), DayVolume, min(max(length, 1), MOST_BARS))

    def share(self, begun: datetime, now: datetime, span: timedelta) -> float:
        all_, over = self._expected(begun, span), self._expected(begun, now - begun)
        return over / all_ if all_ else (now - begun) / span

    def _expected(self, begun: datetime, span: timedelta) -> float:
        """The volume of the bars that begin from `begun` on and within `span`."""
        volumes, first = self._volumes[self.symbol], _second(begun) // self._seconds * self._seconds
        count = -(-int(span.total_seconds()) // self._seconds)
        return sum(volumes.at((first + n * self._seconds) % 86_400) for n in range(count))


def _second(time: datetime) -> int:
    local = time.astimezone(NEW_YORK)
    return local.hour * 3600 + local.minute * 60 + local.second
