"""Bars of combinations, made of their legs' bars: what no trade shows, since a combination has no trades of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

from ibtui.exchange.markets.combos import ComboMarket
from ibtui.exchange.markets.history import DAY, bucket, history
from ibtui.exchange.moments import micros, moment
from ibtui.exchange.told.reports import HistoryBar

HOUR, MINUTE = 3600, 60
_FINE = 2 * DAY
"""Seconds that are looked at minute by minute; more are by the hour where bars are as long."""


def combo_history(
    market: ComboMarket, now: int, end: int, seconds: int, bar: int, what: str, since: int | None = None
) -> list[HistoryBar]:
    """Bars as `ibtui.exchange.markets.history.history` gives them.

    Opens and closes are those of the legs together; high and low are the furthest of these at every minute, hour or day
    of a bar. TRADES are the middles, with a volume of 0.
    """
    step = _step(seconds, bar)
    parts = [
        {item.time: item for item in history(leg_market, now, end, seconds, step, _side(what, leg.sign), since)}
        for leg_market, leg in market.legs
    ]
    weights = [leg.sign * market.weight(leg_market, leg) for leg_market, leg in market.legs]
    times = sorted(set.intersection(*(set(part) for part in parts)))
    zone = ZoneInfo(market.listing.time_zone)
    found = []
    for start, group in groupby(times, lambda time: bucket(micros(time), bar, zone)):
        marks = [mark for time in group for mark in _ends([part[time] for part in parts], weights)]
        found.append(_bar(max(start, since or start), marks, traded=what in ("TRADES", "ADJUSTED_LAST")))
    return found


def _step(seconds: int, bar: int) -> int:
    if bar >= DAY:
        return DAY
    if bar % HOUR == 0 and seconds > _FINE:
        return HOUR
    return MINUTE if bar % MINUTE == 0 else bar


def _side(what: str, sign: int) -> str:
    """What a leg shows in the combination's bid, ask or middle: whoever sells it sells what he would buy alone."""
    if what in ("BID", "ASK"):
        return what if sign > 0 else {"BID": "ASK", "ASK": "BID"}[what]
    return "MIDPOINT"


def _ends(bars: list[HistoryBar], weights: list[float]) -> Iterator[float]:
    """What the legs cost together at an interval's beginning and end."""
    for prices in ([bar.open for bar in bars], [bar.close for bar in bars]):
        yield round(sum(weight * price for weight, price in zip(weights, prices, strict=True)), 6)


def _bar(start: int, marks: list[float], *, traded: bool) -> HistoryBar:
    return HistoryBar(
        time=moment(start),
        open=marks[0],
        high=max(marks),
        low=min(marks),
        close=marks[-1],
        volume=0.0 if traded else -1.0,
        average=round(sum(marks) / len(marks), 6) if traded else -1.0,
        count=0 if traded else -1,
    )
