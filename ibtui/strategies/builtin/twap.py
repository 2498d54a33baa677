"""A large order in equal slices over time."""

from __future__ import annotations

import random
from bisect import bisect_right
from datetime import datetime, timedelta

from ibtui.strategies.author.parameters import param
from ibtui.strategies.builtin.slicing import Slicing


class Twap(Slicing):
    """Buys or sells a quantity in equal slices over time: for its time-weighted average price.

    The first slice is due at once, the last when `minutes` are over, each of the others at its time plus or minus
    `vary` percent of the distance between two, so that nobody can read the rhythm. The times follow from the
    parameters: the same run decides the same. Slices trade at market, or rest at the last price when `resting` is on;
    what has not traded by the next slice is then asked for with it. Whatever is missing at the end trades at market.
    Where the session closes before that, all of it is done one bar before the close.

    It needs bars, short ones. It adds what it trades to your own position. Switched off, its order is cancelled and
    what is missing is forgotten.

    Over past bars: right in its times, and in its prices for quantities that are small beside a bar's volume. The past
    does not answer to an order, so the cost that slicing saves is not seen, and neither is the spread.
    """

    bar: str = param("5s", kind="bar", help="length of a bar, at whose close a slice may go out")
    slices: int = param(10, 1, 1_000, help="how many orders")
    vary: int = param(50, 0, 100, help="percent of the distance between two slices by which their times vary")

    def on_start(self) -> None:
        super().on_start()
        self._times = self.plan()

    def plan(self) -> list[float]:
        """Seconds from the begin at which each slice is due, ascending."""
        distance = self.minutes * 60 / max(self.slices - 1, 1)
        dice = random.Random(f"{self.symbol} {self.side} {self.quantity} {self.minutes} {self.slices}")
        spread = distance * self.vary / 200
        inner = (n * distance + dice.uniform(-spread, spread) for n in range(1, self.slices - 1))
        last = [self.minutes * 60] if self.slices > 1 else []
        return sorted([0.0, *inner, *last])

    def share(self, begun: datetime, now: datetime, span: timedelta) -> float:
        shortened = self.minutes * 60 / span.total_seconds()
        return bisect_right(self._times, (now - begun).total_seconds() * shortened) / self.slices
