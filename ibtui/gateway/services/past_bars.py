"""Bars that are made of other bars: both sides of the book in one, days gathered into weeks and months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

from ibtui.domain.calendar.cutting import last_day_of_month, last_day_of_week
from ibtui.domain.calendar.hours import MarketHours
from ibtui.domain.calendar.new_york import exchange_day, midnight
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.told.reports import HistoryBar


def both_sides(
    exchange: Exchange, con_id: int, end: datetime, seconds: int, bar: int, since: datetime | None = None
) -> list[HistoryBar]:
    """Bid and ask in one bar as IB gives them: average bid, highest ask, lowest bid, average ask.

    An average is taken as half-way between the first and the last.
    """
    sides = (
        exchange.history(con_id, end=end, seconds=seconds, bar=bar, what=what, since=since) for what in ("BID", "ASK")
    )
    return [
        HistoryBar(
            time=bid.time,
            open=(bid.open + bid.close) / 2,
            high=ask.high,
            low=bid.low,
            close=(ask.open + ask.close) / 2,
            volume=-1.0,
            average=-1.0,
            count=-1,
        )
        for bid, ask in zip(*sides, strict=True)
    ]


def gathered(days: Sequence[HistoryBar], hours: MarketHours, period: Literal["week", "month"]) -> Iterator[HistoryBar]:
    """Daily bars as one for each week or month, which bears the date of its last session, as TWS dates it.

    The running one bears the date of its newest bar; that TWS does so too is not verified.
    """
    last = last_day_of_week if period == "week" else last_day_of_month
    newest = exchange_day(days[-1].time) if days else None
    for day, group in groupby(days, lambda bar: last(hours, exchange_day(bar.time))):
        yield joined(list(group), midnight(min(day, newest or day)))


def joined(bars: Sequence[HistoryBar], time: datetime) -> HistoryBar:
    """Bars that follow each other as one, which bears a time."""
    volume = sum(bar.volume for bar in bars)
    traded = bars[0].count >= 0
    return HistoryBar(
        time=time,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=volume if traded else -1.0,
        average=sum(bar.average * bar.volume for bar in bars) / volume if traded and volume else -1.0,
        count=sum(bar.count for bar in bars) if traded else -1,
    )
