"""Bars made from quotes as they come: one-second bars in a ring, longer ones built from those."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from ibtui.domain.bar import Bar
from ibtui.domain.clock import Clock
from ibtui.domain.quote import Quote

KEPT = 600
"""One-second bars kept of each symbol."""
GRACE = 0.03
"""Seconds after a boundary at which its bars are closed: quotes received before it have been taken by then."""

BarsClosed = Callable[[tuple[Bar, ...]], None]


class Bars:
    """Bars of every symbol whose quotes it is fed; intervals are multiples of their length since the epoch in UTC.

    A bar holds what traded: the last price, and the volume added since. Where an instrument has no trades, such as a
    currency, the middle of the market stands for them, with volume 0. An interval without a trade has no bar.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._series: dict[str, _Series] = {}
        self._lengths: dict[int, _Length] = {}
        self._timer: asyncio.TimerHandle | None = None

    def on_quote(self, quote: Quote, moment: datetime | None = None) -> None:
        """Take the newest quote of a symbol, which came at `moment`; by default now."""
        now = (moment or self._clock.now()).timestamp()
        series = self._series.get(quote.symbol)
        if series is None:
            series = self._series[quote.symbol] = _Series(quote.symbol, now)
        closed = series.take(quote, int(now))
        if closed is not None:
            self._add(closed)

    def history(self, symbol: str, seconds: int, count: int) -> tuple[Bar, ...]:
        """At most `count` closed bars of `seconds`, oldest first, as far as the one-second bars that are kept reach."""
        series = self._series.get(symbol)
        if series is None:
            return ()
        now = self._clock.now().timestamp()
        self._close_seconds(series, int(now))
        bars = [bar for bar in _join(series.whole(seconds), seconds) if bar.time.timestamp() + seconds <= now]
        return tuple(bars[-count:])

    def watch(self, seconds: int, callback: BarsClosed) -> Callable[[], None]:
        """Call back with the bars of every interval of `seconds` when it has ended; returns what ends the watch.

        One call for each interval in which anything traded. A bar that began before its symbol was first seen is left
        out. Needs a running event loop.
        """
        length = self._lengths.get(seconds)
        if length is None:
            length = self._lengths[seconds] = self._begin(seconds)
        length.callbacks.append(callback)
        self._arm()

        def unwatch() -> None:
            if callback in length.callbacks:
                length.callbacks.remove(callback)
            if not length.callbacks and self._lengths.get(seconds) is length:
                del self._lengths[seconds]

        return unwatch

    def flush(self) -> None:
        """Close every bar whose interval has ended and call the watchers."""
        now = int(self._clock.now().timestamp())
        for series in self._series.values():
            self._close_seconds(series, now)
        for length in list(self._lengths.values()):
            for bars in length.ended(now):
                for callback in list(length.callbacks):
                    callback(bars)

    def _close_seconds(self, series: _Series, now: int) -> None:
        closed = series.close(now)
        if closed is not None:
            self._add(closed)

    def _add(self, bar: Bar) -> None:
        for length in self._lengths.values():
            length.add(bar)

    def _begin(self, seconds: int) -> _Length:
        """A new length, with what the current interval already holds."""
        length = _Length(seconds, self._series)
        now = int(self._clock.now().timestamp())
        start = now - now % seconds
        for series in self._series.values():
            self._close_seconds(series, now)
            for bar in series.ring:
                if bar.time.timestamp() >= start:
                    length.add(bar)
        return length

    def _arm(self) -> None:
        """Wake up after the next whole second, as long as somebody watches."""
        if self._timer is not None:
            return
        now = self._clock.now().timestamp()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + int(now) + 1 + GRACE - now, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self.flush()
        if self._lengths:
            self._arm()


class _Series:
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


class _Length:
    """The running bars of one length, and who wants them."""

    def __init__(self, seconds: int, series: dict[str, _Series]) -> None:
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
        interval[bar.symbol] = bar._replace(time=opened) if earlier is None else _joined(earlier, bar)

    def ended(self, now: int) -> Iterator[tuple[Bar, ...]]:
        """The bars of each interval that is over, oldest interval first, symbols in the order they were first seen."""
        for start in sorted(start for start in self._intervals if start + self._seconds <= now):
            interval = self._intervals.pop(start)
            yield tuple(interval[symbol] for symbol in self._series if symbol in interval)


def _join(bars: Iterable[Bar], seconds: int) -> Iterator[Bar]:
    """Longer bars of one symbol from its one-second bars, in order."""
    joined: Bar | None = None
    for bar in bars:
        second = int(bar.time.timestamp())
        start = datetime.fromtimestamp(second - second % seconds, UTC)
        if joined is not None and joined.time == start:
            joined = _joined(joined, bar)
            continue
        if joined is not None:
            yield joined
        joined = bar._replace(time=start)
    if joined is not None:
        yield joined


def _joined(first: Bar, then: Bar) -> Bar:
    return first._replace(
        high=max(first.high, then.high),
        low=min(first.low, then.low),
        close=then.close,
        volume=first.volume + then.volume,
    )
