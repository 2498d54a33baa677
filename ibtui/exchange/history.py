"""Bars of the past, made from the same path that was streamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Literal, NamedTuple

from ibtui.exchange.calendar import MINUTE, moment, session_start
from ibtui.exchange.reports import Bar
from ibtui.exchange.venue import Venue

What = Literal["TRADES", "BID_ASK", "MIDPOINT"]
SECOND = 1_000_000
DAY = 86_400


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
    begin = _bucket(max(end - seconds * SECOND, earliest(venue, now)), bar)
    spans = _spans(venue, begin, min(end, now + 1), whole=bar % 60 == 0)
    bars = ((start, list(group)) for start, group in groupby(spans, lambda span: _bucket(span.time, bar)))
    if what == "TRADES":
        return [_bar(venue, start, group) for start, group in bars]
    return [_quoted(venue, start, group, what) for start, group in bars]


def _bucket(time: int, bar: int) -> int:
    return session_start(time, bar // DAY) if bar >= DAY else time - time % (bar * SECOND)


def _spans(venue: Venue, begin: int, stop: int, whole: bool) -> Iterator[Span]:
    """What traded from `begin` to before `stop`: by the minute where one may stay whole, else trade by trade."""
    for minute in venue.minutes(begin // MINUTE, -(-stop // MINUTE)):
        start, end = minute * MINUTE, (minute + 1) * MINUTE
        bar = venue.whole(minute) if whole and end <= stop else None
        if bar is None:
            yield from (span for span in _trades(venue, minute) if begin <= span.time < stop)
        elif bar.trades:
            size = bar.lots * venue.behaviour.lot
            value = size * (bar.high + bar.low + bar.close) / 3
            yield Span(start, bar.open, bar.high, bar.low, bar.close, size, value, bar.trades)


def _trades(venue: Venue, minute: int) -> Iterable[Span]:
    """Every trade of one minute, the market's own and those of orders, in the order of time."""
    trades = [(event.time, event.price, event.size) for event in venue.played(minute) if event.size]
    trades += venue.overlay.prints(minute * MINUTE, (minute + 1) * MINUTE)
    trades.sort(key=lambda trade: trade[0])
    return (Span(time, price, price, price, price, size, size * price, 1) for time, price, size in trades)


def _bar(venue: Venue, start: int, spans: list[Span]) -> Bar:
    size = sum(span.size for span in spans)
    average = sum(span.value for span in spans) / size * venue.grid.price(1)
    return _priced(venue, start, spans, 0, (float(size), average, sum(span.trades for span in spans)))


def _quoted(venue: Venue, start: int, spans: list[Span], what: str) -> Bar:
    spread = venue.spread(spans[-1].close)
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


class PastTick(NamedTuple):
    """One trade or one change of the touch in the past; what a kind of tick does not have is 0."""

    time: datetime
    """Aware UTC, whole seconds as IB gives them."""
    price: float
    """Of the trade, or half-way between bid and ask."""
    size: float
    bid: float
    ask: float
    bid_size: float
    ask_size: float
    exchange: str
    """Where a trade happened."""


def ticks(venue: Venue, now: int, start: int | None, end: int | None, count: int, what: What) -> list[PastTick]:
    """The first `count` ticks from `start` on, or the last ones before `end` when no start is given; oldest first.

    Those of the last second asked for all come, so there may be more. TRADES are the trades that were or would have
    been streamed, those of orders too; BID_ASK and MIDPOINT the changes of the market's own book, without what orders
    took from it. Raises ValueError for neither a start nor an end, or another `what`.
    """
    if what not in ("TRADES", "BID_ASK", "MIDPOINT") or count < 1:
        raise ValueError(f"no {count} ticks of {what}")
    if start is None and end is None:
        raise ValueError("a start or an end is needed")
    latest = min(now + 1, end if end is not None else now + 1)
    begin = max(start if start is not None else 0, earliest(venue, now))
    minutes = venue.minutes(begin // MINUTE, -(-latest // MINUTE))
    if start is not None:
        return _first(venue, minutes, begin, latest, count, what)
    return _last(venue, reversed(minutes), latest, count, what)


def histogram(venue: Venue, now: int, seconds: int) -> list[tuple[float, int]]:
    """Price and traded size of the `seconds` before `now`, cheapest first.

    Whole minutes count half their size at the close and the rest at open, high and low.
    """
    sizes: Counter[int] = Counter()
    begin = max(now - seconds * SECOND, earliest(venue, now))
    for span in _spans(venue, begin - begin % MINUTE, now + 1, whole=True):
        part = span.size // 6
        for price in (span.open, span.high, span.low):
            sizes[price] += part
        sizes[span.close] += span.size - 3 * part
    return [(venue.grid.price(price), size) for price, size in sorted(sizes.items()) if size]


def head_time(venue: Venue, now: int) -> datetime:
    """The first moment that history reaches back to."""
    return moment(session_start(earliest(venue, now)))


def earliest(venue: Venue, now: int) -> int:
    """How far back history reaches, in microseconds since 1970."""
    return venue.path.earliest(now // MINUTE) * MINUTE


def _first(venue: Venue, minutes: Iterable[int], start: int, stop: int, count: int, what: What) -> list[PastTick]:
    found: list[PastTick] = []
    for minute in minutes:
        for time, tick in _minute_ticks(venue, minute, what):
            if len(found) >= count and tick.time != found[-1].time:
                return found
            if start <= time < stop:
                found.append(tick)
    return found


def _last(venue: Venue, minutes: Iterable[int], stop: int, count: int, what: What) -> list[PastTick]:
    found: list[PastTick] = []
    for minute in minutes:
        found[:0] = [tick for time, tick in _minute_ticks(venue, minute, what) if time < stop]
        if len(found) > count:
            break
    first = found[-count].time if len(found) > count else None
    return found if first is None else [tick for tick in found if tick.time >= first]


def _minute_ticks(venue: Venue, minute: int, what: What) -> Iterator[tuple[int, PastTick]]:
    price = venue.grid.price
    if what == "TRADES":
        exchange = venue.listing.instrument.primary_exchange or venue.listing.instrument.exchange
        for span in _trades(venue, minute):
            yield span.time, PastTick(_second(span.time), price(span.close), float(span.size), 0, 0, 0, 0, exchange)
        return
    before = None
    for event in venue.played(minute):
        if event[1:5] == before or not event.ask_size:
            continue
        before = event[1:5]
        bid, ask = price(event.bid), price(event.ask)
        sizes = float(event.bid_size), float(event.ask_size)
        yield event.time, PastTick(_second(event.time), (bid + ask) / 2, 0.0, bid, ask, *sizes, "")


def _second(time: int) -> datetime:
    return moment(time - time % SECOND)
