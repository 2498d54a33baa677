"""Bars that are made of other bars: both sides of the book in one, days gathered into months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

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


def months(days: Sequence[HistoryBar]) -> Iterator[HistoryBar]:
    """Daily bars as one for each month, which begins with its first session."""
    for _, group in groupby(days, lambda bar: (bar.time.year, bar.time.month)):
        bars = list(group)
        volume = sum(bar.volume for bar in bars)
        yield HistoryBar(
            time=bars[0].time,
            open=bars[0].open,
            high=max(bar.high for bar in bars),
            low=min(bar.low for bar in bars),
            close=bars[-1].close,
            volume=volume if bars[0].count >= 0 else -1.0,
            average=sum(bar.average * bar.volume for bar in bars) / volume if volume else -1.0,
            count=sum(bar.count for bar in bars) if bars[0].count >= 0 else -1,
        )
