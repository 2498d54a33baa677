"""Bars made from quotes as they come: one-second bars in a ring, longer ones built from those."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from ibtui.domain.bar import Bar
from ibtui.domain.bar_builder import BarsClosed, Length, SecondBars, join
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.quote import Quote

GRACE = 0.03
"""Seconds after a boundary at which its bars are closed: quotes received before it have been taken by then."""


class LiveBars:
    """Bars of every symbol whose quotes it is fed; intervals are multiples of their length since the epoch in UTC.

    A bar holds what traded: the last price, and the volume added since. Where an instrument has no trades, such as a
    currency, the middle of the market stands for them, with volume 0. An interval without a trade has no bar.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._series: dict[str, SecondBars] = {}
        self._lengths: dict[int, Length] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = 0
        """The second up to which bars were closed."""

    def on_quote(self, quote: Quote, moment: datetime | None = None) -> None:
        """Take the newest quote of a symbol, which came at `moment`; by default now.

        The first of a second closes what ended before it, so that a quote comes behind the bars of before it for
        everybody, as a recording plays them.
        """
        now = (moment or self._clock.now()).timestamp()
        if self._lengths and now >= self._closed + 1:
            self._close(int(now))
        series = self._series.get(quote.symbol)
        if series is None:
            series = self._series[quote.symbol] = SecondBars(quote.symbol, now)
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
        bars = [bar for bar in join(series.whole(seconds), seconds) if bar.time.timestamp() + seconds <= now]
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
        self._close(int(self._clock.now().timestamp()))

    def _close(self, now: int) -> None:
        self._closed = now
        for series in self._series.values():
            self._close_seconds(series, now)
        for length in list(self._lengths.values()):
            for bars in length.ended(now):
                for callback in list(length.callbacks):
                    callback(bars)

    def _close_seconds(self, series: SecondBars, now: int) -> None:
        closed = series.close(now)
        if closed is not None:
            self._add(closed)

    def _add(self, bar: Bar) -> None:
        for length in self._lengths.values():
            length.add(bar)

    def _begin(self, seconds: int) -> Length:
        """A new length, with what the current interval already holds."""
        length = Length(seconds, self._series)
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
