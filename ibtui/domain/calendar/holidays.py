"""Holidays and early closes of the exchanges, by rule.

The rules are those that the exchanges publish for years to come, and the exceptions of the last ten years: days of
mourning, jubilees. The test suite compares them day by day with the package exchange_calendars, which is not used at
run time: importing it takes longer than the gateway takes to start.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
WEEK = 7
MONDAY, THURSDAY, FRIDAY = 0, 3, 4

_JUNETEENTH_SINCE = 2022
_MOURNING = frozenset((date(2018, 12, 5), date(2025, 1, 9)))
"""Two presidents of the United States."""
_ENGLISH_EXTRA = frozenset((date(2020, 5, 8), date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)))
"""Victory in Europe, a jubilee, a funeral and a coronation."""
_ENGLISH_MOVED = frozenset((date(2020, 5, 4), date(2022, 5, 30)))
"""Bank holidays that were kept on two of those."""
_REFORMATION = date(2017, 10, 31)


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
        _moved(date(year, 7, 4)),
        _nth(year, 9, MONDAY, 1),
        _nth(year, 11, THURSDAY, 4),
        _moved(date(year, 12, 25)),
    ]
    if year >= _JUNETEENTH_SINCE:
        days.append(_moved(date(year, 6, 19)))
    if new_year.weekday() != 5:
        days.append(_moved(new_year))
    return frozenset(days) | {day for day in _MOURNING if day.year == year}


@lru_cache(maxsize=64)
def american_early(year: int) -> frozenset[date]:
    """Days on which American markets end early: before Independence Day, after Thanksgiving, Christmas Eve."""
    days = (date(year, 7, 3), _nth(year, 11, THURSDAY, 4) + DAY, date(year, 12, 24))
    return frozenset(day for day in days if day.weekday() < 5) - american(year)


@lru_cache(maxsize=64)
def chicago(year: int) -> frozenset[date]:
    """Days without a session at CME, NYMEX and COMEX: the other American holidays only end early there."""
    return year_begins(year) | {easter(year) - 2 * DAY, _moved(date(year, 12, 25))}


@lru_cache(maxsize=64)
def year_begins(year: int) -> frozenset[date]:
    """New Year and Christmas, the only days without currencies; on a Sunday they are kept on Monday."""
    days = (date(year, 1, 1), date(year, 12, 25))
    return frozenset(_moved(day) if day.weekday() == 6 else day for day in days)


@lru_cache(maxsize=64)
def chicago_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, Chicago: stock index futures stop at noon on holidays, at 12:15 on the days around them."""
    return _early_futures(year, 12 * 60, 12 * 60 + 15)


@lru_cache(maxsize=64)
def new_york_futures_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, New York: oil and gold stop at 14:30 on holidays, at 13:45 on the days around them."""
    return _early_futures(year, 14 * 60 + 30, 13 * 60 + 45)


@lru_cache(maxsize=64)
def stocks_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, New York: stocks and their options end at 13:00."""
    return dict.fromkeys(american_early(year), 13 * 60)


@lru_cache(maxsize=64)
def bonds_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, New York: SIFMA recommends 14:00."""
    return dict.fromkeys(american_early(year), 14 * 60)


@lru_cache(maxsize=64)
def pits(year: int) -> frozenset[date]:
    """Grain and meat in Chicago: every American holiday, days of mourning apart (CME Group's holiday calendars)."""
    return american(year) - _MOURNING


@lru_cache(maxsize=64)
def pits_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, Chicago: grain and meat end at 12:05."""
    return dict.fromkeys(american_early(year), 12 * 60 + 5)


@lru_cache(maxsize=64)
def volatility_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, Chicago: volatility futures stop at 10:30 on holidays, at 12:15 on the days around them."""
    return _early_futures(year, 10 * 60 + 30, 12 * 60 + 15)


@lru_cache(maxsize=64)
def eurex(year: int) -> frozenset[date]:
    """Eurex: open on the holidays of Germany, but for New Year, Easter, May Day and Christmas."""
    spring = easter(year)
    days = (date(year, 1, 1), date(year, 5, 1), *(date(year, 12, day) for day in (24, 25, 26, 31)))
    return frozenset((*days, spring - 2 * DAY, spring + DAY))


@lru_cache(maxsize=64)
def frankfurt(year: int) -> frozenset[date]:
    """XETRA; until 2021 also Whit Monday, until 2020 German Unity Day."""
    spring = easter(year)
    days = [date(year, 1, 1), date(year, 5, 1), *(date(year, 12, day) for day in (24, 25, 26, 31))]
    days += [spring - 2 * DAY, spring + DAY]
    if 2015 <= year <= 2021:
        days.append(spring + 50 * DAY)
    if 2014 <= year <= 2020:
        days.append(date(year, 10, 3))
    return frozenset(days) | {day for day in (_REFORMATION,) if day.year == year}


@lru_cache(maxsize=64)
def frankfurt_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, Frankfurt: the last session of the year ends at 14:00."""
    return {_weekday_before(date(year, 12, 31)): 14 * 60}


@lru_cache(maxsize=64)
def paris(year: int) -> frozenset[date]:
    """Euronext, in Paris and Amsterdam."""
    spring = easter(year)
    fixed = (date(year, 1, 1), date(year, 5, 1), date(year, 12, 25), date(year, 12, 26))
    return frozenset((*fixed, spring - 2 * DAY, spring + DAY))


@lru_cache(maxsize=64)
def paris_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, Paris: Christmas Eve and New Year's Eve end at 14:05."""
    return dict.fromkeys((date(year, 12, 24), date(year, 12, 31)), 14 * 60 + 5)


@lru_cache(maxsize=64)
def london(year: int) -> frozenset[date]:
    """LSE: the bank holidays of England; those on a weekend move to the next working day."""
    spring, new_year = easter(year), date(year, 1, 1)
    christmas = date(year, 12, 25)
    second = {4: 28, 5: 28, 6: 27}.get(christmas.weekday(), 26)
    first = {5: 27, 6: 26}.get(christmas.weekday(), 25)
    days = (spring - 2 * DAY, spring + DAY, _nth(year, 5, MONDAY, 1), _last(year, 5, MONDAY), _last(year, 8, MONDAY))
    begin = new_year + DAY * {5: 2, 6: 1}.get(new_year.weekday(), 0)
    usual = frozenset((*days, begin, date(year, 12, first), date(year, 12, second)))
    return usual - _ENGLISH_MOVED | {day for day in _ENGLISH_EXTRA if day.year == year}


@lru_cache(maxsize=64)
def london_early(year: int) -> Mapping[date, int]:
    """Minutes of the day, London: the last sessions before Christmas and before the new year end at 12:30."""
    days = (_weekday_before(date(year, 12, 25)), _weekday_before(date(year + 1, 1, 1)))
    return dict.fromkeys(days, 12 * 60 + 30)


def never(year: int) -> frozenset[date]:
    """The holidays of what never closes: none."""
    return frozenset()


def never_early(year: int) -> Mapping[date, int]:
    """The early closes of what never closes: none."""
    return {}


def _early_futures(year: int, holiday: int, around: int) -> Mapping[date, int]:
    days = dict.fromkeys(american(year) - _MOURNING, holiday) | dict.fromkeys(american_early(year), around)
    return {day: end for day, end in days.items() if day not in chicago(year)}


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % WEEK + WEEK * (number - 1))


def _last(year: int, month: int, weekday: int) -> date:
    last = date(year + month // 12, month % 12 + 1, 1) - DAY
    return last - DAY * ((last.weekday() - weekday) % WEEK)


def _moved(day: date) -> date:
    """Saturday's holiday is kept on Friday, Sunday's on Monday."""
    return day - DAY if day.weekday() == 5 else day + DAY if day.weekday() == 6 else day


def _weekday_before(day: date) -> date:
    day -= DAY
    return day - DAY * max(day.weekday() - 4, 0)
