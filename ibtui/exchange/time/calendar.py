"""Dates that the exchange runs on: when sessions begin and which futures are listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from ibtui.domain.calendar import new_york
from ibtui.domain.calendar.new_york import add_months, exchange_day, monthly_expiry

MINUTE = 60_000_000
"""One minute in microseconds."""
MONTH_CODES = "FGHJKMNQUVXZ"

_LastDay = Callable[[date], date]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970; raises ValueError when `moment` has no zone."""
    if moment.tzinfo is None:
        raise ValueError("the exchange's times carry a zone")
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """Aware UTC time of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def session_start(micros: int, days: int = 1) -> int:
    """When the session began that `micros` falls into, in microseconds since 1970.

    With more `days` the first of as many sessions, counted so that seven begin on a Monday.
    """
    day = exchange_day(moment(micros)).toordinal() - 1
    return midnight(date.fromordinal(day - day % days + 1))


def session_end(micros: int) -> int:
    """When the next session begins, in microseconds since 1970."""
    return midnight(exchange_day(moment(micros)) + timedelta(days=1))


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


def midnight(day: date) -> int:
    """When the session of a day begins, in microseconds since 1970."""
    return micros(new_york.midnight(day))


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
