"""Trading sessions that a stretch of the past consists of, for requests that leave out what lies between them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.hours import MarketHours, TradingSession, open_on

FURTHEST = 3700
"""Days that a search for sessions goes back."""


class TimeSpan(NamedTuple):
    """From `begin` to before `end`, aware UTC."""

    begin: datetime
    end: datetime


def last_sessions(hours: MarketHours, end: datetime, count: int, *, regular: bool) -> list[TradingSession]:
    """The last sessions that began before `end`, oldest first."""
    found: list[TradingSession] = []
    for session in _backwards(hours, end, regular=regular):
        if len(found) == count:
            break
        found.append(session)
    return found[::-1]


def sessions_since(hours: MarketHours, begin: datetime, end: datetime, *, regular: bool) -> list[TradingSession]:
    """Every session with a part between two moments, oldest first."""
    found: list[TradingSession] = []
    for session in _backwards(hours, end, regular=regular):
        if session.end <= begin:
            break
        found.append(session)
    return found[::-1]


def last_seconds(hours: MarketHours, end: datetime, seconds: int, *, regular: bool) -> list[TimeSpan]:
    """The last `seconds` of trading before `end`, oldest first."""
    found: list[TimeSpan] = []
    left = timedelta(seconds=seconds)
    for session in _backwards(hours, end, regular=regular):
        stop = min(session.end, end)
        begin = max(session.begin, stop - left)
        found.append(TimeSpan(begin, stop))
        left -= stop - begin
        if not left:
            break
    return found[::-1]


def _backwards(hours: MarketHours, end: datetime, *, regular: bool) -> Iterator[TradingSession]:
    """Sessions that began before `end`, newest first."""
    day = end.astimezone(ZoneInfo(hours.zone)).date() + DAY
    for number in range(FURTHEST):
        session = open_on(hours, day - number * DAY, regular=regular)
        if session is not None and session.begin < end:
            yield session
