"""The day of the exchanges: New York's, from midnight to midnight, and the Fridays on which contracts expire."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ibtui.domain.calendar.holidays import DAY, FRIDAY, WEEK, american

NEW_YORK = ZoneInfo("America/New_York")
"""The zone of every time that does not say its own, and of the day that profit, limits and recordings are told by."""


def exchange_day(moment: datetime) -> date:
    """The day in New York at an aware moment."""
    return moment.astimezone(NEW_YORK).date()


def midnight(day: date) -> datetime:
    """The first moment of a day in New York, aware UTC."""
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


def day_began(moment: datetime) -> datetime:
    """The first moment of the day in New York that an aware moment falls into, aware UTC."""
    return midnight(exchange_day(moment))


def day_ends(moment: datetime) -> datetime:
    """The first moment of the day in New York after the one that an aware moment falls into, aware UTC."""
    return midnight(exchange_day(moment) + timedelta(days=1))


def is_trading_day(day: date) -> bool:
    """Whether American stocks and options trade on a day, be it until an early close."""
    return day.weekday() <= FRIDAY and day not in american(day.year)


def trading_day(day: date) -> date:
    """The day itself when American stocks and options trade on it, else the last day before it on which they do."""
    while not is_trading_day(day):
        day -= DAY
    return day


def friday_from(day: date) -> date:
    """The first Friday that is not before a day."""
    return day + timedelta(days=(FRIDAY - day.weekday()) % WEEK)


def third_friday(month: date) -> date:
    """The third Friday of a day's month: what monthly contracts are named by, whether or not anything trades then."""
    return friday_from(month.replace(day=15))


def monthly_expiry(month: date) -> date:
    """The last day to trade of the contracts of a day's month: its third Friday, or the Thursday before a holiday."""
    return trading_day(third_friday(month))


def add_months(first: date, months: int) -> date:
    """The first day of a month so many months after that of `first`."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
