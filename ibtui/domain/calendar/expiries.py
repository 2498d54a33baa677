"""Which futures are listed, and the last day on which each trades."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.new_york import add_months, is_trading_day, monthly_expiry, trading_day

MONTH_CODES = "FGHJKMNQUVXZ"
"""The letters of the months January to December in the names of futures."""

_LastDay = Callable[[date], date]


def quarterly(today: date, count: int) -> list[tuple[date, date]]:
    """The next quarterly contracts: first day of the contract month, and its last day to trade."""
    return _upcoming(today, count, monthly_expiry, step=3)


def monthly_oil(today: date, count: int) -> list[tuple[date, date]]:
    """The next crude oil contracts: first day of the contract month, and the last day to trade."""
    return _upcoming(today, count, oil_expiry, step=1)


def monthly_gas(today: date, count: int) -> list[tuple[date, date]]:
    """The next natural gas contracts: first day of the contract month, and the last day to trade."""
    return _upcoming(today, count, gas_expiry, step=1)


def monthly_gold(today: date, count: int) -> list[tuple[date, date]]:
    """The next even-month gold contracts: first day of the contract month, and the last day to trade."""
    return _upcoming(today, count, gold_expiry, step=2)


def monthly_vix(today: date, count: int) -> list[tuple[date, date]]:
    """The next contracts on the VIX: first day of the contract month, and the day on which they settle."""
    return _upcoming(today, count, vix_expiry, step=1)


def oil_expiry(month: date) -> date:
    """The last day to trade crude oil of a contract month.

    NYMEX rule: three business days before the 25th of the month before; where the 25th is no business day, three before
    the last business day that precedes it.
    """
    return _business_days_before(trading_day(add_months(month, -1).replace(day=25)), 3)


def gas_expiry(month: date) -> date:
    """The last day to trade natural gas of a contract month; NYMEX: three business days before the month begins."""
    return _business_days_before(month.replace(day=1), 3)


def gold_expiry(month: date) -> date:
    """The last day to trade gold of a contract month; COMEX: the third last business day of the month."""
    return _business_days_before(add_months(month, 1), 3)


def vix_expiry(month: date) -> date:
    """The day on which futures and options on the VIX of a month settle.

    Cboe rule: 30 days before the third Friday of the month after, on which the options are that make up the index, or
    before the Thursday where that Friday is a holiday; a day earlier where that Wednesday is a holiday.
    """
    return trading_day(monthly_expiry(add_months(month.replace(day=1), 1)) - 30 * DAY)


def _business_days_before(day: date, count: int) -> date:
    while count:
        day -= DAY
        count -= is_trading_day(day)
    return day


def _upcoming(today: date, count: int, last_day: _LastDay, step: int) -> list[tuple[date, date]]:
    months = (add_months(today.replace(day=1), offset) for offset in range(count * step + 2 * step + 1))
    contracts = ((month, last_day(month)) for month in months if month.month % step == 0)
    return [contract for contract in contracts if contract[1] >= today][:count]
