"""Bars of the past, made from the same path that was streamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain, groupby
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.spans import Span, adjusted
from ibtui.exchange.moments import MINUTE, midnight, moment, session_end, session_start
from ibtui.exchange.told.reports import HistoryBar

What = Literal["TRADES", "BID_ASK", "MIDPOINT"]
SECOND = 1_000_000
DAY = 86_400
KINDS = ("TRADES", "ADJUSTED_LAST", "MIDPOINT", "BID", "ASK")
_ALIKE = 1800
"""Seconds up to which bars begin at the same moments in every zone."""


def history(
    market: Market, now: int, end: int, seconds: int, bar: int, what: str, since: int | None = None
) -> list[HistoryBar]:
    """Bars of the `seconds` before `end`, oldest first, nothing after `now`; over a day in whole days.

    Bars begin at multiples of their length since midnight where the instrument is, those of days at the session's
    midnight; the first one is whole, or begins at `since`; an interval without a trade has none. Open, high, low,
    close, volume and count of TRADES are those of the trades that were or would have been streamed; the average price
    of whole minutes is taken as the mean of high, low and close. MIDPOINT, BID and ASK are the trades moved by half the
    market's usual spread, with volume, average and count -1 as IB sends them. Prices before a split are in new shares,
    and those of ADJUSTED_LAST less the dividends that came later. Before the exchange's first minute there
    are bars of days and more alone. Times are in microseconds since 1970. Raises ValueError for another `bar` or
    `what`.
    """
    if bar < 1 or (bar > DAY and bar % DAY) or what not in KINDS:
        raise ValueError(f"no history of {what} in bars of {bar} seconds")
    asked = max(end - seconds * SECOND, since or 0)
    zone = ZoneInfo(market.listing.time_zone)
    first = earliest(market, now)
    begin = bucket(max(asked, first), bar, zone) if since is None else max(since, first)
    spans: Iterable[Span]
    if bar >= DAY:
        old = _old_days(market, bucket(asked, bar, zone), end) if asked < first else ()
        spans = chain(old, _days(market, begin, min(end, now + 1)))
    else:
        spans = _spans(market, begin, min(end, now + 1), whole=bar % 60 == 0)
    if market.adjustments:
        dividends = what == "ADJUSTED_LAST"
        spans = (adjusted(span, market.adjustments, market.grid, dividends=dividends) for span in spans)
    bars = (
        (max(start, since or start), list(group))
        for start, group in groupby(spans, lambda span: bucket(span.time, bar, zone))
    )
    if what in ("TRADES", "ADJUSTED_LAST"):
        return [_bar(market, start, group) for start, group in bars]
    return [_quoted(market, start, group, what) for start, group in bars]


def bucket(time: int, bar: int, zone: ZoneInfo) -> int:
    """When the bar begins that a moment falls into."""
    if bar >= DAY:
        return session_start(time, bar // DAY)
    if bar <= _ALIKE:
        return time - time % (bar * SECOND)
    offset = (moment(time).astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1)
    return time - (time + offset) % (bar * SECOND)


def _days(market: Market, begin: int, stop: int) -> Iterator[Span]:
    """What traded in each day; that of a day that has ended is kept, as making it again takes long."""
    while begin < stop:
        end = session_end(begin)
        span = market.days.get(begin)
        if span is None:
            spans = list(_spans(market, begin, min(end, stop), whole=True))
            if any(begin < item.time < end for item in market.adjustments):
                yield from spans
                spans = []
            span = _merged(begin, spans) if spans else None
            if span is not None and end < stop:
                market.days[begin] = span
        if span is not None:
            yield span
        begin = end


def _merged(time: int, spans: list[Span]) -> Span:
    return Span(
        time,
        spans[0].open,
        max(span.high for span in spans),
        min(span.low for span in spans),
        spans[-1].close,
        sum(span.size for span in spans),
        sum(span.value for span in spans),
        sum(span.trades for span in spans),
    )


def _old_days(market: Market, begin: int, end: int) -> Iterator[Span]:
    """Whole days before the first minute."""
    first, stop = (exchange_day(moment(time)) for time in (begin, end))
    for day, bar in market.path.days(first, stop):
        size = bar.lots * market.behaviour.lot
        value = size * (bar.high + bar.low + bar.close) / 3
        time = midnight(day)
        if begin <= time < end:
            yield Span(time, bar.open, bar.high, bar.low, bar.close, size, value, bar.trades)


def _spans(market: Market, begin: int, stop: int, whole: bool) -> Iterator[Span]:
    """What traded from `begin` to before `stop`: by the minute where one may stay whole, else trade by trade."""
    for minute in market.minutes(begin // MINUTE, -(-stop // MINUTE)):
        start, end = minute * MINUTE, (minute + 1) * MINUTE
        bar = market.whole(minute) if whole and end <= stop else None
        if bar is None:
            yield from (span for span in _trades(market, minute) if begin <= span.time < stop)
        elif bar.trades:
            size = bar.lots * market.behaviour.lot
            value = size * (bar.high + bar.low + bar.close) / 3
            yield Span(start, bar.open, bar.high, bar.low, bar.close, size, value, bar.trades)


def _trades(market: Market, minute: int) -> Iterable[Span]:
    """Every trade of one minute, the market's own and those of orders, in the order of time."""
    trades = [(event.time, event.price, event.size) for event in market.played(minute) if event.size]
    trades += market.overlay.prints(minute * MINUTE, (minute + 1) * MINUTE)
    trades.sort(key=lambda trade: trade[0])
    return (Span(time, price, price, price, price, size, size * price, 1) for time, price, size in trades)


def _bar(market: Market, start: int, spans: list[Span]) -> HistoryBar:
    size = sum(span.size for span in spans)
    average = sum(span.value for span in spans) / size * market.grid.price(1)
    return _priced(market, start, spans, 0, (market.size(size), average, sum(span.trades for span in spans)))


def _quoted(market: Market, start: int, spans: list[Span], what: str) -> HistoryBar:
    spread = market.spread(spans[-1].close)
    bid = -(spread // 2)
    return _priced(market, start, spans, {"BID": bid, "ASK": bid + spread, "MIDPOINT": 0}[what], (-1.0, -1.0, -1))


def _priced(market: Market, start: int, spans: list[Span], by: int, traded: tuple[float, float, int]) -> HistoryBar:
    price = market.grid.price
    volume, average, count = traded
    return HistoryBar(
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
    """The exchange that a trade is reported from."""


def ticks(market: Market, now: int, start: int | None, end: int | None, count: int, what: What) -> list[PastTick]:
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
    begin = max(start if start is not None else 0, earliest(market, now))
    minutes = market.minutes(begin // MINUTE, -(-latest // MINUTE))
    if start is not None:
        return _first(market, minutes, begin, latest, count, what)
    return _last(market, reversed(minutes), latest, count, what)


def histogram(market: Market, now: int, seconds: int) -> list[tuple[float, float]]:
    """Price and traded size of the `seconds` before `now`, cheapest first.

    Whole minutes count half their size at the close and the rest at open, high and low.
    """
    sizes: Counter[int] = Counter()
    begin = max(now - seconds * SECOND, earliest(market, now))
    for span in _spans(market, begin - begin % MINUTE, now + 1, whole=True):
        part = span.size // 6
        for price in (span.open, span.high, span.low):
            sizes[price] += part
        sizes[span.close] += span.size - 3 * part
    return [(market.grid.price(price), market.size(size)) for price, size in sorted(sizes.items()) if size]


def head_time(market: Market, now: int) -> datetime:
    """The first moment that history reaches back to."""
    first = next(iter(market.path.days(date.min, date.max)), None)
    return moment(session_start(earliest(market, now)) if first is None else midnight(first[0]))


def earliest(market: Market, now: int) -> int:
    """How far back history reaches minute by minute, in microseconds since 1970."""
    return market.path.earliest(now // MINUTE) * MINUTE


def _first(market: Market, minutes: Iterable[int], start: int, stop: int, count: int, what: What) -> list[PastTick]:
    found: list[PastTick] = []
    for minute in minutes:
        for time, tick in _minute_ticks(market, minute, what):
            if len(found) >= count and tick.time != found[-1].time:
                return found
            if start <= time < stop:
                found.append(tick)
    return found


def _last(market: Market, minutes: Iterable[int], stop: int, count: int, what: What) -> list[PastTick]:
    found: list[PastTick] = []
    for minute in minutes:
        found[:0] = [tick for time, tick in _minute_ticks(market, minute, what) if time < stop]
        if len(found) > count:
            break
    first = found[-count].time if len(found) > count else None
    return found if first is None else [tick for tick in found if tick.time >= first]


def _minute_ticks(market: Market, minute: int, what: What) -> Iterator[tuple[int, PastTick]]:
    price = market.grid.price
    if what == "TRADES":
        exchange = market.listing.instrument.primary_exchange or market.listing.instrument.exchange
        for span in _trades(market, minute):
            yield (
                span.time,
                PastTick(_second(span.time), price(span.close), market.size(span.size), 0, 0, 0, 0, exchange),
            )
        return
    before = None
    for event in market.played(minute):
        if event[1:5] == before or not event.ask_size:
            continue
        before = event[1:5]
        bid, ask = price(event.bid), price(event.ask)
        sizes = market.size(event.bid_size), market.size(event.ask_size)
        yield event.time, PastTick(_second(event.time), (bid + ask) / 2, 0.0, bid, ask, *sizes, "")


def _second(time: int) -> datetime:
    return moment(time - time % SECOND)
