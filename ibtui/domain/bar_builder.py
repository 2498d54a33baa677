"""Makes bars from quotes, without a clock: what an engine does live, and what a recording is played back through.

A bar holds what traded: the last price, and the volume added since. Where an instrument has no trades, such as a
currency, the middle of the market stands for them, with volume 0. An interval without a trade has no bar.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from ibtui.domain.bar import Bar
from ibtui.domain.quote import Quote

KEPT = 600
"""One-second bars kept of each symbol."""

BarsClosed = Callable[[tuple[Bar, ...]], None]


class SecondBars:
    """The one-second bars of one symbol, the running one apart."""

    __slots__ = ("_last", "_running", "_second", "_trades", "_volume", "ring", "since", "symbol")

    def __init__(self, symbol: str, since: float) -> None:
        self.symbol = symbol
        self.since = since
        self.ring: deque[Bar] = deque(maxlen=KEPT)
        self._running: list[float] | None = None
        self._second = 0
        self._last: float | None = None
        self._trades = False
        self._volume: float | None = None

    def take(self, quote: Quote, second: int) -> Bar | None:
        """Add what the quote says was traded; returns the bar that this closes."""
        price, before, volume = quote.last, self._last, quote.volume
        if price is None:
            price = None if self._trades else quote.mid
            if price is None:
                return None
        elif not self._trades:
            # The middles that stood for trades until now were no prices of any.
            self._trades, self._running, before = True, None, None
        added = 0.0
        if volume is not None:
            added = volume - self._volume if self._volume is not None and volume > self._volume else 0.0
            self._volume = volume
        self._last = price
        if before is None or (price == before and not added):
            return None
        return self._trade(price, added, second)

    def _trade(self, price: float, volume: float, second: int) -> Bar | None:
        closed = self.close(second)
        running = self._running
        if running is None:
            self._running, self._second = [price, price, price, price, volume], second
            return closed
        if price > running[1]:
            running[1] = price
        elif price < running[2]:
            running[2] = price
        running[3] = price
        running[4] += volume
        return closed

    def close(self, now: int) -> Bar | None:
        """The running bar, if its second is over at `now`; it moves into the ring."""
        running = self._running
        if running is None or self._second >= now:
            return None
        bar = Bar(self.symbol, datetime.fromtimestamp(self._second, UTC), *running)
        self.ring.append(bar)
        self._running = None
        return bar

    def whole(self, seconds: int) -> Iterator[Bar]:
        """Bars of the ring from the first interval of `seconds` that it holds whole."""
        start = self.since if len(self.ring) < KEPT else self.ring[0].time.timestamp()
        first = start if seconds == 1 else -(-start // seconds) * seconds
        return (bar for bar in self.ring if bar.time.timestamp() >= int(first))


class Length:
    """The running bars of one length, and who wants them."""

    def __init__(self, seconds: int, series: dict[str, SecondBars]) -> None:
        self.callbacks: list[BarsClosed] = []
        self._seconds = seconds
        self._series = series
        self._intervals: dict[int, dict[str, Bar]] = {}

    def add(self, bar: Bar) -> None:
        second = int(bar.time.timestamp())
        start = second - second % self._seconds
        if self._seconds > 1 and start < self._series[bar.symbol].since:
            return
        interval = self._intervals.setdefault(start, {})
        earlier = interval.get(bar.symbol)
        opened = datetime.fromtimestamp(start, UTC)
        interval[bar.symbol] = bar._replace(time=opened) if earlier is None else earlier.joined(bar)

    def ended(self, now: int) -> Iterator[tuple[Bar, ...]]:
        """The bars of each interval that is over, oldest interval first, symbols in the order they were first seen."""
        for start in sorted(start for start in self._intervals if start + self._seconds <= now):
            interval = self._intervals.pop(start)
            yield tuple(interval[symbol] for symbol in self._series if symbol in interval)


def join(bars: Iterable[Bar], seconds: int) -> Iterator[Bar]:
    """Longer bars of one symbol from its one-second bars, in order."""
    joined: Bar | None = None
    for bar in bars:
        second = int(bar.time.timestamp())
        start = datetime.fromtimestamp(second - second % seconds, UTC)
        if joined is not None and joined.time == start:
            joined = joined.joined(bar)
            continue
        if joined is not None:
            yield joined
        joined = bar._replace(time=start)
    if joined is not None:
        yield joined
