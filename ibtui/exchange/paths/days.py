"""The years before the minutes begin: one bar a session, from the same shared factors, back from where they begin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from math import exp, hypot, log, sqrt

from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.hours import MarketHours, open_on
from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.listed.grid import PriceGrid
from ibtui.exchange.paths.minutes import Minute
from ibtui.exchange.randomness import stream

YEARS = 10
"""How far daily bars reach back."""
_MINUTES = 1440
_MONTH = 21
"""Sessions over which volatility changes."""
_GAP = 0.4
"""Part of a day's return that happens before its open."""


class Days:
    """Daily bars of one market before `first`, the day on which its minutes begin, at `price` in ticks.

    Sessions only, whether or not the exchange that it belongs to ever closes.
    """

    def __init__(
        self, name: str, behaviour: Behaviour, grid: PriceGrid, hours: MarketHours, seed: int, first: date, price: int
    ) -> None:
        self._name, self._behaviour, self._grid, self._hours, self._seed = name, behaviour, grid, hours, seed
        self._end, self._price = first, price
        self._made: dict[date, Minute] = {}

    @property
    def begin(self) -> date:
        """The first day there may be a bar of."""
        return self._end - YEARS * 365 * DAY

    def between(self, first: date, stop: date) -> Iterator[tuple[date, Minute]]:
        """The bars from one day to before another, oldest first; `lots` and `trades` are those of the whole day."""
        if not self._made:
            self._made = dict(reversed(list(self._backwards())))
        return ((day, bar) for day, bar in self._made.items() if first <= day < stop)

    def _backwards(self) -> Iterator[tuple[date, Minute]]:
        level, day = log(self._grid.price(self._price)), self._end
        while day > self.begin:
            day -= DAY
            if open_on(self._hours, day, regular=True) is not None:
                bar, level = self._bar(day, level)
                yield day, bar

    def _bar(self, day: date, close: float) -> tuple[Minute, float]:
        """The bar of a day that ends at a log price, and where the day before ended."""
        number = day.toordinal()
        random = stream(self._seed, "days", self._name, number)
        moves = [(load, *_factor(self._seed, name, number)) for name, load in self._behaviour.loads]
        before = close - sum(load * move for load, move, _ in moves)
        begin = before + (close - before) * _GAP * random.random()
        heat = hypot(*(load * hot for load, _, hot in moves)) / hypot(*(load for load, _, _ in moves))
        spread = 2 * (hypot(*(load for load, _, _ in moves)) * heat) ** 2 * (1 - _GAP)
        reach = [sqrt((close - begin) ** 2 - spread * log(1 - random.random())) for _ in range(2)]
        nearest = self._grid.nearest
        bar = Minute(
            nearest(exp(begin)),
            nearest(exp((begin + close + reach[0]) / 2)),
            nearest(exp((begin + close - reach[1]) / 2)),
            nearest(exp(close)),
            int(self._behaviour.lots * _MINUTES * heat * exp(random.gauss(0.0, 0.25))),
            int(self._behaviour.trades * _MINUTES * sqrt(heat)),
        )
        return bar, before


@lru_cache(maxsize=20_000)
def _factor(seed: int, name: str, day: int) -> tuple[float, float]:
    """A factor's return on one day, in its daily volatilities, and how hot the day was."""
    month, part = divmod(day, _MONTH)
    ends = [stream(seed, "slow", f"{name} days", number).gauss(0.0, 1.0) for number in (month, month + 1)]
    heat = exp(0.35 * (ends[0] + (ends[1] - ends[0]) * part / _MONTH) - 0.06)
    return stream(seed, "days", name, day).gauss(0.0, 1.0) * heat, heat
