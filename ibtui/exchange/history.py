"""Bars of the past, made from the same path that was streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from ibtui.exchange.calendar import moment, session_start
from ibtui.exchange.events import MINUTE
from ibtui.exchange.reports import Bar
from ibtui.exchange.venue import Venue

SECOND = 1_000_000
DAY = 86_400
DEPTH = 30 * DAY
"""Seconds before the present that history reaches back."""


class Span(NamedTuple):
    """Trades of one interval: prices in ticks, size in units, `value` their sum of price times size."""

    time: int
    open: int
    high: int
    low: int
    close: int
    size: int
    value: float
    trades: int


def history(venue: Venue, now: int, end: int, seconds: int, bar: int, what: str) -> list[Bar]:
    """Bars of the `seconds` before `end`, oldest first, nothing after `now`; over a day in whole days.

    Bars begin at multiples of their length since 1970, those of days at the session's midnight; the first one is whole,
    an interval without a trade has none. Open, high, low, close, volume and count of TRADES are those of the trades
    that were or would have been streamed; the average price of whole minutes is taken as the mean of high, low and
    close. MIDPOINT, BID and ASK are the trades moved by half the market's usual spread, with volume, average and count
    -1 as IB sends them. Times are in microseconds since 1970. Raises ValueError for another `bar` or `what`.
    """
    if bar < 1 or (bar > DAY and bar % DAY) or what not in ("TRADES", "MIDPOINT", "BID", "ASK"):
        raise ValueError(f"no history of {what} in bars of {bar} seconds")
    begin = _bucket(max(end - seconds * SECOND, now - DEPTH * SECOND), bar)
    spans = _spans(venue, begin, min(end, now + 1), whole=bar % 60 == 0)
    bars = ((start, list(group)) for start, group in groupby(spans, lambda span: _bucket(span.time, bar)))
    if what == "TRADES":
        return [_bar(venue, start, group) for start, group in bars]
    return [_quoted(venue, start, group, what) for start, group in bars]


def _bucket(time: int, bar: int) -> int:
    return session_start(time, bar // DAY) if bar >= DAY else time - time % (bar * SECOND)


def _spans(venue: Venue, begin: int, stop: int, whole: bool) -> Iterator[Span]:
    """What traded from `begin` to before `stop`: by the minute where one may stay whole, else trade by trade."""
    for minute in range(begin // MINUTE, -(-stop // MINUTE)):
        start, end = minute * MINUTE, (minute + 1) * MINUTE
        regime = venue.overlay.plain(start, end) if whole and end <= stop else None
        if regime is None:
            yield from (span for span in _trades(venue, minute) if begin <= span.time < stop)
            continue
        bar = venue.minutes[minute]
        first, high, low, last = (regime.shift(price) for price in bar[:4])
        size = bar.lots * venue.behaviour.lot
        yield Span(start, first, high, low, last, size, size * (high + low + last) / 3, bar.trades)


def _trades(venue: Venue, minute: int) -> Iterable[Span]:
    """Every trade of one minute, the market's own and those of orders, in the order of time."""
    trades = []
    for event in venue.play(minute):
        regime = venue.overlay.regime(event.time)
        if event.size and regime.factor is not None:
            trades.append((event.time, regime.shift(event.price), event.size))
    trades += venue.overlay.prints(minute * MINUTE, (minute + 1) * MINUTE)
    trades.sort(key=lambda trade: trade[0])
    return (Span(time, price, price, price, price, size, size * price, 1) for time, price, size in trades)


def _bar(venue: Venue, start: int, spans: list[Span]) -> Bar:
    size = sum(span.size for span in spans)
    average = sum(span.value for span in spans) / size * venue.grid.price(1)
    return _priced(venue, start, spans, 0, (float(size), average, sum(span.trades for span in spans)))


def _quoted(venue: Venue, start: int, spans: list[Span], what: str) -> Bar:
    spread = venue.behaviour.spread
    bid = -(spread // 2)
    return _priced(venue, start, spans, {"BID": bid, "ASK": bid + spread, "MIDPOINT": 0}[what], (-1.0, -1.0, -1))


def _priced(venue: Venue, start: int, spans: list[Span], by: int, traded: tuple[float, float, int]) -> Bar:
    price = venue.grid.price
    volume, average, count = traded
    return Bar(
        time=moment(start),
        open=price(spans[0].open + by),
        high=price(max(span.high for span in spans) + by),
        low=price(min(span.low for span in spans) + by),
        close=price(spans[-1].close + by),
        volume=volume,
        average=average,
        count=count,
    )
