"""Trading hours and holidays of the exchanges, by rule.

The rules are those the exchanges publish for years to come: fixed days with the American move to Friday or Monday,
and days counted from Easter. Days of mourning and the like are not in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEK = 7
MONDAY, THURSDAY, FRIDAY = 0, 3, 4

Holidays = Callable[[int], frozenset[date]]


class Hours(NamedTuple):
    """When one market is open; clock times in minutes of the session's day, below 0 on the day before."""

    zone: str
    regular: tuple[int, int]
    extended: tuple[int, int]
    holidays: Holidays
    early: Holidays
    """Days that end early."""
    early_close: int = 0
    weekdays: frozenset[int] = frozenset(range(5))


class Open(NamedTuple):
    """One session: from `begin` to `end`, aware UTC; `day` is the date it counts for."""

    day: date
    begin: datetime
    end: datetime


def open_on(hours: Hours, day: date, *, regular: bool) -> Open | None:
    """The session of a day, in regular hours or with those before and after; None on a day without."""
    if day.weekday() not in hours.weekdays or day in hours.holidays(day.year):
        return None
    begin, end = hours.regular if regular else hours.extended
    if hours.early_close and day in hours.early(day.year):
        end = min(end, hours.early_close) if regular else min(end, hours.early_close + end - hours.regular[1])
    return Open(day, _at(hours.zone, day, begin), _at(hours.zone, day, end))


def sessions(hours: Hours, first: date, count: int, *, regular: bool) -> Iterator[tuple[date, Open | None]]:
    """Each of `count` days from `first` on with its session."""
    days = (first + number * DAY for number in range(count))
    return ((day, open_on(hours, day, regular=regular)) for day in days)


def is_open(hours: Hours, time: datetime, *, regular: bool) -> bool:
    """Whether a moment falls into a session."""
    today = time.astimezone(ZoneInfo(hours.zone)).date()
    found = (session for _, session in sessions(hours, today, 2, regular=regular))
    return any(session.begin <= time < session.end for session in found if session is not None)


def business_day(hours: Hours, day: date) -> date:
    """The day itself if it has a session, else the last one before that has."""
    while open_on(hours, day, regular=True) is None:
        day -= DAY
    return day


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar; the algorithm that Nature printed in 1876."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    offset = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + offset - 7 * ((a + 11 * h + 22 * offset) // 451) + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def american(year: int) -> frozenset[date]:
    """Full holidays of NYSE and NASDAQ (Rule 7.2)."""
    new_year = date(year, 1, 1)
    days = [
        _nth(year, 1, MONDAY, 3),
        _nth(year, 2, MONDAY, 3),
        easter(year) - 2 * DAY,
        _last(year, 5, MONDAY),
        _moved(date(year, 6, 19)),
        _moved(date(year, 7, 4)),
        _nth(year, 9, MONDAY, 1),
        _nth(year, 11, THURSDAY, 4),
        _moved(date(year, 12, 25)),
    ]
    if new_year.weekday() != 5:
        days.append(_moved(new_year))
    return frozenset(days)


@lru_cache(maxsize=64)
def american_early(year: int) -> frozenset[date]:
    """Days on which American stocks end at 13:00: before Independence Day, after Thanksgiving, Christmas Eve."""
    days = (date(year, 7, 3), _nth(year, 11, THURSDAY, 4) + DAY, date(year, 12, 24))
    return frozenset(day for day in days if day.weekday() < 5) - american(year)


@lru_cache(maxsize=64)
def chicago(year: int) -> frozenset[date]:
    """Days without a session at CME: the other American holidays only end early there."""
    days = (date(year, 1, 1), easter(year) - 2 * DAY, date(year, 12, 25))
    return frozenset(days)


@lru_cache(maxsize=64)
def chicago_early(year: int) -> frozenset[date]:
    """American holidays on which CME trades until noon."""
    return (american(year) | american_early(year)) - chicago(year)


@lru_cache(maxsize=64)
def frankfurt(year: int) -> frozenset[date]:
    """XETRA."""
    spring = easter(year)
    fixed = (date(year, 1, 1), date(year, 5, 1), *(date(year, 12, day) for day in (24, 25, 26, 31)))
    return frozenset((*fixed, spring - 2 * DAY, spring + DAY))


@lru_cache(maxsize=64)
def paris(year: int) -> frozenset[date]:
    """Euronext, in Paris and Amsterdam."""
    spring = easter(year)
    fixed = (date(year, 1, 1), date(year, 5, 1), date(year, 12, 25), date(year, 12, 26))
    return frozenset((*fixed, spring - 2 * DAY, spring + DAY))


def year_end(year: int) -> frozenset[date]:
    """Christmas Eve and the last day of the year, which end early in Paris and London."""
    return frozenset((date(year, 12, 24), date(year, 12, 31)))


@lru_cache(maxsize=64)
def london(year: int) -> frozenset[date]:
    """LSE: the bank holidays of England; those on a weekend move to the next working day."""
    spring, new_year = easter(year), date(year, 1, 1)
    christmas = date(year, 12, 25)
    second = {4: 28, 5: 28, 6: 27}.get(christmas.weekday(), 26)
    first = {5: 27, 6: 26}.get(christmas.weekday(), 25)
    days = (spring - 2 * DAY, spring + DAY, _nth(year, 5, MONDAY, 1), _last(year, 5, MONDAY), _last(year, 8, MONDAY))
    begin = new_year + DAY * {5: 2, 6: 1}.get(new_year.weekday(), 0)
    return frozenset((*days, begin, date(year, 12, first), date(year, 12, second)))


def never(year: int) -> frozenset[date]:
    """No days."""
    return frozenset()


def clock(hour: int, minute: int = 0) -> int:
    """Minutes of the day."""
    return hour * 60 + minute


US_STOCKS = Hours("US/Eastern", (clock(9, 30), clock(16)), (clock(4), clock(20)), american, american_early, clock(13))
US_OPTIONS = US_STOCKS._replace(extended=US_STOCKS.regular)
CHICAGO = Hours("US/Central", (clock(8, 30), clock(15)), (clock(-7), clock(16)), chicago, chicago_early, clock(12))
NEW_YORK_FUTURES = Hours(
    "US/Eastern", (clock(9), clock(14, 30)), (clock(-6), clock(17)), chicago, chicago_early, clock(13)
)
XETRA = Hours("MET", (clock(9), clock(17, 30)), (clock(9), clock(17, 30)), frankfurt, never)
EURONEXT = Hours("MET", (clock(9), clock(17, 30)), (clock(9), clock(17, 30)), paris, year_end, clock(14, 5))
LONDON = Hours("GB", (clock(8), clock(16, 30)), (clock(8), clock(16, 30)), london, year_end, clock(12, 30))
CURRENCY_HOURS = Hours("US/Eastern", (-clock(6, 45), clock(17)), (-clock(6, 45), clock(17)), chicago, never)
COIN_HOURS = Hours("US/Eastern", (0, clock(24)), (0, clock(24)), never, never, weekdays=frozenset(range(WEEK)))
BOND_HOURS = Hours("US/Eastern", (clock(8), clock(17)), (clock(8), clock(17)), american, american_early, clock(14))


def _at(zone: str, day: date, minutes: int) -> datetime:
    over, minute = divmod(minutes, 24 * 60)
    local = day + over * DAY
    moment = datetime(local.year, local.month, local.day, minute // 60, minute % 60, tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % WEEK + WEEK * (number - 1))


def _last(year: int, month: int, weekday: int) -> date:
    last = date(year + month // 12, month % 12 + 1, 1) - DAY
    return last - DAY * ((last.weekday() - weekday) % WEEK)


def _moved(day: date) -> date:
    """Saturday's holiday is kept on Friday, Sunday's on Monday."""
    return day - DAY if day.weekday() == 5 else day + DAY if day.weekday() == 6 else day
