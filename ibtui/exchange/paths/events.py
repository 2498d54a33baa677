"""The inside of one minute of a market: every change of its book and every trade, in order."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.moments import MINUTE
from ibtui.exchange.paths.minutes import Minute

WIDER = 3
"""Ticks by which a spread may exceed its usual width."""

_QUOTES_PER_TRADE = 1.6
_STALE = 0.75


class Event(NamedTuple):
    """The book after one change, prices in ticks and sizes in units; `size` is 0 unless a trade changed it."""

    time: int
    bid: int
    ask: int
    bid_size: int
    ask_size: int
    price: int
    size: int


def reach(behaviour: Behaviour) -> int:
    """How many ticks beyond the trades of a minute its book may lie."""
    return behaviour.spread + WIDER + 1


def events(start: int, bar: Minute, behaviour: Behaviour, random: Random) -> Iterator[Event]:
    """The changes of the minute that begins at `start` (microseconds since 1970), one at a time.

    The first trade is the bar's open, the last its close; one is its high, one its low; volume and count add up. The
    first change is a trade and sets the whole book, so a minute does not depend on how the one before was played.
    """
    total = bar.trades + int(bar.trades * _QUOTES_PER_TRADE)
    stride = MINUTE / total
    play = _Play(bar, behaviour, random, total)
    for index in range(total):
        time = start + int((index + random.random()) * stride)
        trades = not index or random.random() * (total - index) < bar.trades - play.done
        price, size = play.step(trades)
        yield Event(time, play.bid, play.bid + play.spread, play.bid_size, play.ask_size, price, size)


class _Play:
    """The state of the book while a minute is played."""

    __slots__ = (
        "_aim", "_bar", "_behaviour", "_middle", "_noise", "_pace", "_random", "_turn", "_turns",
        "ask_size", "bid", "bid_size", "done", "lots", "spread",
    )  # fmt: skip

    def __init__(self, bar: Minute, behaviour: Behaviour, random: Random, total: int) -> None:
        self._bar, self._behaviour, self._random = bar, behaviour, random
        self._noise = 0.15 + 0.6 * (bar.high - bar.low) / total**0.5
        self._pace = total / bar.trades
        high, low = random.sample(range(1, bar.trades - 1), 2)
        marks = sorted(((high, bar.high), (low, bar.low)))
        self._turns = iter((*marks, (bar.trades - 1, bar.close)))
        self._turn, self._aim = 0, bar.open
        self._middle, self.spread, self.bid = float(bar.open), behaviour.spread, 0
        self.bid_size = self.ask_size = 0
        self.done, self.lots = 0, bar.lots

    def step(self, trades: bool) -> tuple[int, int]:
        """Move the book once; the price and size of the trade, or zeros."""
        bid, ask = self.bid, self.bid + self.spread
        self._drift()
        price, size = self._trade() if trades else (0, 0)
        if self.bid != bid:
            self.bid_size, self.ask_size = self._shown(), self._shown()
        elif size and price == bid:
            self.bid_size = max(self.bid_size - size, self._behaviour.lot)
        elif size and price == ask:
            self.ask_size = max(self.ask_size - size, self._behaviour.lot)
        elif self.bid + self.spread != ask or self._random.random() < 0.5:
            self.ask_size = self._shown()
        else:
            self.bid_size = self._shown()
        return price, size

    def _drift(self) -> None:
        """The middle walks towards the next price that must trade; the spread wanders; the quotes follow."""
        random, bar = self._random, self._bar
        pull = max((self._turn - self.done) * self._pace, 1.0)
        middle = self._middle + (self._aim - self._middle) / pull + random.gauss(0.0, self._noise)
        self._middle = middle = min(max(middle, bar.low), bar.high)
        if random.random() < 0.12:
            self._widen(random.random() < 0.4)
        if abs(middle - self.bid - self.spread / 2) > _STALE:
            self.bid = round(middle - self.spread / 2)

    def _widen(self, wider: bool) -> None:
        usual = self._behaviour.spread
        if wider:
            self.spread = min(self.spread + 1, usual + WIDER)
        else:
            self.spread = max(self.spread - 1, usual - 1, 1)

    def _trade(self) -> tuple[int, int]:
        """One trade at the bid or the ask; the book moves where the price of the trade is prescribed."""
        bar, random = self._bar, self._random
        buys = random.random() < (0.65 if self._aim > self._middle else 0.35)
        price = min(max(self.bid + self.spread if buys else self.bid, bar.low), bar.high)
        if self.done == self._turn:
            self._middle = price = self._aim
            self._turn, self._aim = next(self._turns, (self._turn, self._aim))
        self.bid = price - self.spread if buys else price
        left = bar.trades - self.done
        lots = self.lots
        if left > 1:
            lots = min(1 + int((lots / left - 1) * random.expovariate(1.0)), lots - left + 1)
        self.done, self.lots = self.done + 1, self.lots - lots
        return price, lots * self._behaviour.lot

    def _shown(self) -> int:
        behaviour = self._behaviour
        return behaviour.lot * int(1 + behaviour.depth * (0.2 + 0.8 * self._random.expovariate(1.0)))
