"""The price path of one instrument by the minute, forwards and backwards from the exchange's start."""

from __future__ import annotations

from itertools import accumulate
from math import exp, hypot, log, sqrt
from typing import NamedTuple

from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.listed.grid import PriceGrid
from ibtui.exchange.paths.factors import BLOCK, NANO, PER_MINUTE, Factors
from ibtui.exchange.paths.rhythm import Rhythm
from ibtui.exchange.randomness import stream

_KEPT = 100


class Minute(NamedTuple):
    """What trades in one minute: prices in ticks, volume in lots; every trade of the minute adds up to exactly this."""

    open: int
    high: int
    low: int
    close: int
    lots: int
    trades: int

    @property
    def still(self) -> bool:
        """Whether the price stays where it is for the whole minute."""
        return not self.trades and self.low == self.high


class Minutes:
    """Minute bars of one market, numbered by minutes since 1970.

    A minute opens where the one before closed. Its high and low are drawn from the law of a Brownian bridge's extremes,
    so they do not depend on how finely the minute is later played.
    """

    def __init__(
        self,
        name: str,
        behaviour: Behaviour,
        grid: PriceGrid,
        factors: Factors,
        seed: int,
        anchor: int,
        rhythm: Rhythm | None = None,
    ) -> None:
        """`anchor` is the minute that opens at the behaviour's level; without a rhythm all minutes are alike."""
        self._rhythm = rhythm
        self._name, self._behaviour, self._grid, self._factors, self._seed = name, behaviour, grid, factors, seed
        self._usual = hypot(*(load for _, load in behaviour.loads))
        self._blocks: dict[int, list[Minute]] = {}
        first, offset = divmod(anchor, BLOCK)
        before = sum(self._returns(first)[:offset])
        self._starts = {first: round(log(behaviour.level) * NANO) - before}
        self._first = self._last = first

    def __getitem__(self, minute: int) -> Minute:
        number, offset = divmod(minute, BLOCK)
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= _KEPT:
                self._blocks.clear()
            block = self._blocks[number] = self._make(number)
        return block[offset]

    def _returns(self, number: int) -> list[int]:
        """Change of the log price in each minute of an hour."""
        loads, block = self._behaviour.loads, self._factors.block
        parts = [[load * value for value in block(name, number).returns] for name, load in loads]
        sums = [sum(minute) for minute in zip(*parts, strict=True)]
        if self._rhythm is not None:
            sums = [value * pace for value, pace in zip(sums, self._rhythm.pace(number).volatility, strict=True)]
        return [round(NANO * value) for value in sums]

    def _heat(self, number: int) -> list[float]:
        """Volatility of each minute relative to its average."""
        loads, block, usual = self._behaviour.loads, self._factors.block, self._usual
        parts = [[(load / usual * value) ** 2 for value in block(name, number).heat] for name, load in loads]
        heat = [sqrt(sum(minute)) for minute in zip(*parts, strict=True)]
        if self._rhythm is not None:
            heat = [value * pace for value, pace in zip(heat, self._rhythm.pace(number).volatility, strict=True)]
        return heat

    def _volumes(self, number: int) -> list[float]:
        """Volume of each minute for its volatility, in units of a market that never closes."""
        if self._rhythm is None:
            return [1.0] * BLOCK
        pace = self._rhythm.pace(number)
        return [volume / volatility for volume, volatility in zip(pace.volume, pace.volatility, strict=True)]

    def _start(self, number: int) -> int:
        """Log price at the beginning of an hour."""
        while self._last < number:
            self._starts[self._last + 1] = self._starts[self._last] + sum(self._returns(self._last))
            self._last += 1
        while self._first > number:
            self._first -= 1
            self._starts[self._first] = self._starts[self._first + 1] - sum(self._returns(self._first))
        return self._starts[number]

    def _make(self, number: int) -> list[Minute]:
        behaviour, nearest, scale = self._behaviour, self._grid.nearest, self._grid.scale
        random = stream(self._seed, "minutes", self._name, number)
        path = accumulate(self._returns(number), initial=self._start(number))
        ticks = [nearest(exp(level / NANO)) for level in path]
        volumes = self._volumes(number)
        bars = []
        for index, heat in enumerate(self._heat(number)):
            begin, end = ticks[index], ticks[index + 1]
            move, doubled = begin - end, 2 * (scale(begin) * self._usual * PER_MINUTE * heat) ** 2
            bounce = behaviour.spread * random.random()
            high = (begin + end + sqrt(move * move - doubled * log(1 - random.random()))) / 2 + bounce
            low = (begin + end - sqrt(move * move - doubled * log(1 - random.random()))) / 2 - bounce
            count = max(int(behaviour.trades * min(sqrt(heat), 1.6) * (0.7 + 0.6 * random.random())), 4)
            lots = max(int(behaviour.lots * heat * volumes[index] * exp(random.gauss(0.0, 0.4))), count)
            bars.append(Minute(begin, int(high), max(int(low), 1), end, lots, count))
        return bars
