"""Which futures are listed, and the last day on which each trades."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from ibtui.domain.calendar.new_york import add_months, monthly_expiry

MONTH_CODES = "FGHJKMNQUVXZ"
"""The letters of the months January to December in the names of futures."""

_LastDay = Callable[[date], date]


def quarterly(today: date, count: int) -> list[tuple[date, date]]:
    """The next quarterly contracts: first day of the contract month, and its last day to trade."""
    return _upcoming(today, count, monthly_expiry, step=3)


def monthly_oil(today: date, count: int) -> list[tuple[date, date]]:
    """The next crude oil contracts: first day of the contract month, and the last day to trade.

    NYMEX rule: three business days before the 25th of the month before the contract month, one more when the 25th is
    no business day. Holidays are left out of account.
    """
    return _upcoming(today, count, _oil_last_day, step=1)


def monthly_gold(today: date, count: int) -> list[tuple[date, date]]:
    """The next even-month gold contracts: first day of the contract month, and its third last business day."""
    return _upcoming(today, count, _gold_last_day, step=2)


def _upcoming(today: date, count: int, last_day: _LastDay, step: int) -> list[tuple[date, date]]:
    months = (add_months(today.replace(day=1), offset) for offset in range(count * step + 2 * step + 1))
    contracts = ((month, last_day(month)) for month in months if month.month % step == 0)
    return [contract for contract in contracts if contract[1] >= today][:count]


def _gold_last_day(month: date) -> date:
    """COMEX rule; holidays are left out of account."""
    day = add_months(month, 1)
    left = 3
    while left:
        day -= timedelta(days=1)
        left -= day.weekday() < 5
    return day


def _oil_last_day(month: date) -> date:
    day = add_months(month, -1).replace(day=25)
    left = 3 if day.weekday() < 5 else 4
    while left:
        day -= timedelta(days=1)
        left -= day.weekday() < 5
    return day
