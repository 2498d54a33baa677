"""Past bars and ticks as the path of a market."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from ibtui.domain.past import SECOND, PastBar, PastQuote, Series
from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.listed.grid import PriceGrid
from ibtui.exchange.moments import MINUTE
from ibtui.exchange.paths.events import Event, events, reach
from ibtui.exchange.paths.minutes import Minute
from ibtui.exchange.randomness import stream

LEAST_TRADES, MOST_TRADES = 4, 60
"""In a minute that is made of a bar."""
_DEPTH = 0.05
"""Share of an average minute's volume that is shown at the touch."""


class _PastPath:
    """What bars and ticks share: minutes with data, and nothing between them."""

    _numbers: list[int]

    def following(self, number: int) -> int | None:
        index = bisect_right(self._numbers, number)
        return self._numbers[index] if index < len(self._numbers) else None

    def between(self, first: int, stop: int) -> list[int]:
        return self._numbers[bisect_left(self._numbers, first) : bisect_left(self._numbers, stop)]

    def shut(self, number: int) -> bool:
        return False

    def earliest(self, now: int) -> int:
        return min(now, self._numbers[0])

    def auction(self, number: int) -> int:
        return 0

    def days(self, first: date, stop: date) -> Iterable[tuple[date, Minute]]:
        return ()


class BarPath(_PastPath):
    """Minutes from bars; what happens inside a minute is made up from the seed, within its bar's prices."""

    def __init__(self, name: str, minutes: dict[int, Minute], behaviour: Behaviour, seed: int) -> None:
        self._name, self._minutes, self._behaviour, self._seed = name, minutes, behaviour, seed
        self._numbers = sorted(minutes)

    def minute(self, number: int) -> Minute:
        return self._minutes.get(number) or _still(self._price(number))

    def play(self, number: int) -> Iterator[Event]:
        bar = self._minutes.get(number)
        if bar is None:
            return iter(())
        return events(number * MINUTE, bar, self._behaviour, stream(self._seed, "events", self._name, number))

    def margin(self, number: int) -> int:
        return reach(self._behaviour)

    def _price(self, number: int) -> int:
        """The last close before a minute, or the first open of all."""
        index = bisect_right(self._numbers, number)
        return self._minutes[self._numbers[index - 1]].close if index else self._minutes[self._numbers[0]].open


class TickPath(_PastPath):
    """Trades and quotes as they were."""

    def __init__(self, changes: list[Event]) -> None:
        self._changes = {number: list(group) for number, group in groupby(changes, lambda event: event.time // MINUTE)}
        self._numbers = sorted(self._changes)

    def minute(self, number: int) -> Minute:
        changes = self._changes.get(number)
        if changes is None:
            return _still(self._price(number))
        trades = [event for event in changes if event.size]
        prices = [event.price for event in trades] or [event.bid for event in changes]
        size = sum(event.size for event in trades)
        return Minute(prices[0], max(prices), min(prices), prices[-1], size, len(trades))

    def play(self, number: int) -> Iterator[Event]:
        return iter(self._changes.get(number, ()))

    def margin(self, number: int) -> int:
        """How far the book lies from the minute's trades at most."""
        bar, changes = self.minute(number), self._changes.get(number, ())
        return max((max(bar.low - event.bid, event.ask - bar.high, 0) for event in changes), default=0) + 1

    def _price(self, number: int) -> int:
        index = bisect_right(self._numbers, number)
        event = self._changes[self._numbers[index - 1]][-1] if index else self._changes[self._numbers[0]][0]
        return event.price or event.bid


def path(name: str, rows: Series, grid: PriceGrid, seed: int) -> tuple[BarPath | TickPath, Behaviour]:
    """The path of one series and the behaviour of its market; sizes are single units."""
    bars = [row for row in rows if isinstance(row, PastBar)]
    if bars and bars[0].seconds >= 60:
        return _bar_path(name, bars, grid, seed)
    ticks = [row for row in rows if isinstance(row, PastQuote)] or [tick for bar in bars for tick in _inside(bar)]
    changes = _changes(ticks, grid)
    traded = [event.size for event in changes if event.size] or [100]
    level = grid.price(changes[0].price or changes[0].bid)
    minutes = max((changes[-1].time - changes[0].time) // MINUTE, 1)
    lots = sum(traded) / minutes
    return TickPath(changes), Behaviour(level, (), 1, max(int(lots * _DEPTH), 1), 1, LEAST_TRADES, lots)


def _bar_path(name: str, bars: list[PastBar], grid: PriceGrid, seed: int) -> tuple[BarPath, Behaviour]:
    minutes = {number: minute for bar in bars for number, minute in _split(bar, grid)}
    lots = sum(minute.lots for minute in minutes.values()) / len(minutes)
    behaviour = Behaviour(bars[0].open, (), 1, max(int(lots * _DEPTH), 1), 1, LEAST_TRADES, lots)
    return BarPath(name, minutes, behaviour, seed), behaviour


def _split(bar: PastBar, grid: PriceGrid) -> Iterator[tuple[int, Minute]]:
    """The minutes of a bar: straight from its open over its low and high to its close, whichever is nearer first."""
    count = max(bar.seconds // 60, 1)
    marks = [bar.open, bar.low, bar.high, bar.close]
    if bar.high - bar.open < bar.open - bar.low:
        marks[1], marks[2] = bar.high, bar.low
    walk = [grid.nearest(price) for price in _stretched(marks, count)]
    extremes = grid.nearest(bar.high), grid.nearest(bar.low)
    volume = 100.0 * count if bar.volume is None else bar.volume
    for index in range(count):
        begin, end = walk[index], walk[index + 1]
        high, low = extremes if count == 1 else (max(begin, end), min(begin, end))
        if 1 < count < 4:
            high, low = (extremes[0] if not index else high), (extremes[1] if index == 1 else low)
        size = int(volume * (index + 1) / count) - int(volume * index / count)
        trades = min(max(size, LEAST_TRADES), MOST_TRADES)
        yield bar.time // MINUTE + index, Minute(begin, high, low, end, max(size, trades), trades)


def _stretched(marks: list[float], count: int) -> list[float]:
    """`count` + 1 points along straight lines through four marks, which are among them when there are enough."""
    if count < 4:
        return [marks[0], *[marks[0] + (marks[3] - marks[0]) * step / count for step in range(1, count)], marks[3]]
    turns = [0, count // 3, count * 2 // 3, count]
    points = []
    for step in range(count + 1):
        leg = 2 if step >= turns[2] else 1 if step >= turns[1] else 0
        share = (step - turns[leg]) / (turns[leg + 1] - turns[leg])
        points.append(marks[leg] + (marks[leg + 1] - marks[leg]) * share)
    return points


def _inside(bar: PastBar) -> Iterator[PastQuote]:
    """A bar shorter than a minute as four trades."""
    step, size = bar.seconds * SECOND // 4, (100.0 if bar.volume is None else bar.volume) / 4
    for index, price in enumerate((bar.open, bar.high, bar.low, bar.close)):
        yield PastQuote(bar.time + index * step, price, size, None, None, 0.0, 0.0)


def _changes(ticks: list[PastQuote], grid: PriceGrid) -> list[Event]:
    """Each tick with the whole book: what it does not say is as before, moved where it would not fit a trade."""
    changes: list[Event] = []
    bid = ask = 0
    bid_size = ask_size = 100
    for tick in ticks:
        price = grid.nearest(tick.price) if tick.price is not None else 0
        if tick.bid is not None and tick.ask is not None:
            bid, ask = grid.nearest(tick.bid), grid.nearest(tick.ask)
            bid_size, ask_size = int(tick.bid_size) or bid_size, int(tick.ask_size) or ask_size
        elif not bid <= price <= ask or not bid:
            bid, ask = (price, price + 1) if price > ask else (max(price - 1, 1), max(price, 2))
        ask = max(ask, bid + 1)
        size = max(int(tick.size), 1) if price else 0
        changes.append(Event(tick.time, bid, ask, bid_size, ask_size, price, size))
    return changes


def _still(price: int) -> Minute:
    return Minute(price, price, price, price, 0, 0)
