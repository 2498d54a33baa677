"""Trading hours of the exchanges; their holidays and early closes are in `ibtui.domain.calendar.holidays`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ibtui.domain.calendar import holidays
from ibtui.domain.calendar.holidays import DAY, WEEK

Holidays = Callable[[int], frozenset[date]]
EarlyCloses = Callable[[int], Mapping[date, int]]


class MarketHours(NamedTuple):
    """When one market is open; clock times in minutes of the session's day, below 0 on the day before."""

    zone: str
    regular: tuple[int, int]
    extended: tuple[int, int]
    holidays: Holidays
    early: EarlyCloses
    """Days of a year whose regular hours end early, and when."""
    weekdays: frozenset[int] = frozenset(range(5))
    whole: bool = False
    """One session without a pause: an early close ends the hours after the regular ones too."""


class TradingSession(NamedTuple):
    """One session: from `begin` to `end`, aware UTC; `day` is the date it counts for."""

    day: date
    begin: datetime
    end: datetime


def open_on(hours: MarketHours, day: date, *, regular: bool) -> TradingSession | None:
    """The session of a day, in regular hours or with those before and after; None on a day without."""
    if day.weekday() not in hours.weekdays or day in hours.holidays(day.year):
        return None
    begin, end = hours.regular if regular else hours.extended
    early = hours.early(day.year).get(day)
    if early is not None:
        end = early if regular or hours.whole else early + end - hours.regular[1]
    return TradingSession(day, _at(hours.zone, day, begin), _at(hours.zone, day, end))


def sessions(
    hours: MarketHours, first: date, count: int, *, regular: bool
) -> Iterator[tuple[date, TradingSession | None]]:
    """Each of `count` days from `first` on with its session."""
    days = (first + number * DAY for number in range(count))
    return ((day, open_on(hours, day, regular=regular)) for day in days)


def is_open(hours: MarketHours, time: datetime, *, regular: bool) -> bool:
    """Whether a moment falls into a session."""
    today = time.astimezone(ZoneInfo(hours.zone)).date()
    found = (session for _, session in sessions(hours, today, 2, regular=regular))
    return any(session.begin <= time < session.end for session in found if session is not None)


def clock(hour: int, minute: int = 0) -> int:
    """A clock time as minutes of the day."""
    return hour * 60 + minute


US_STOCKS = MarketHours(
    "US/Eastern", (clock(9, 30), clock(16)), (clock(4), clock(20)), holidays.american, holidays.stocks_early
)
US_OPTIONS = US_STOCKS._replace(extended=US_STOCKS.regular)
CHICAGO = MarketHours(
    "US/Central",
    (clock(8, 30), clock(15)),
    (clock(-7), clock(16)),
    holidays.chicago,
    holidays.chicago_early,
    whole=True,
)
CHICAGO_RATES = CHICAGO._replace(regular=(clock(7, 20), clock(14)))
"""Futures on bonds, interest and currencies: their regular hours are those in which they settle."""
GRAIN = MarketHours(
    "US/Central", (clock(8, 30), clock(13, 20)), (clock(-5), clock(13, 20)), holidays.pits, holidays.pits_early
)
MEAT = GRAIN._replace(regular=(clock(8, 30), clock(13, 5)), extended=(clock(8, 30), clock(13, 5)))
VOLATILITY = CHICAGO._replace(early=holidays.volatility_early)
EUREX = MarketHours(
    "MET", (clock(9), clock(17, 30)), (clock(1, 10), clock(22)), holidays.eurex, holidays.never_early, whole=True
)
"""Regular are the hours of the cash market."""
NEW_YORK_FUTURES = MarketHours(
    "US/Eastern",
    (clock(9), clock(14, 30)),
    (clock(-6), clock(17)),
    holidays.chicago,
    holidays.new_york_futures_early,
    whole=True,
)
XETRA = MarketHours(
    "MET", (clock(9), clock(17, 30)), (clock(9), clock(17, 30)), holidays.frankfurt, holidays.frankfurt_early
)
EURONEXT = MarketHours(
    "MET", (clock(9), clock(17, 30)), (clock(9), clock(17, 30)), holidays.paris, holidays.paris_early
)
LONDON = MarketHours("GB", (clock(8), clock(16, 30)), (clock(8), clock(16, 30)), holidays.london, holidays.london_early)
CURRENCY_HOURS = MarketHours(
    "US/Eastern", (-clock(6, 45), clock(17)), (-clock(6, 45), clock(17)), holidays.year_begins, holidays.never_early
)
COIN_HOURS = MarketHours(
    "US/Eastern",
    (0, clock(24)),
    (0, clock(24)),
    holidays.never,
    holidays.never_early,
    weekdays=frozenset(range(WEEK)),
)
BOND_HOURS = MarketHours(
    "US/Eastern", (clock(8), clock(17)), (clock(8), clock(17)), holidays.american, holidays.bonds_early
)


def _at(zone: str, day: date, minutes: int) -> datetime:
    over, minute = divmod(minutes, 24 * 60)
    local = day + over * DAY
    moment = datetime(local.year, local.month, local.day, minute // 60, minute % 60, tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)
