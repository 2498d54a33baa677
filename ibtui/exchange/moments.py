"""Moments that the exchange runs on, as microseconds since 1970: when its sessions begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ibtui.domain.calendar import new_york
from ibtui.domain.calendar.new_york import exchange_day

MINUTE = 60_000_000
"""One minute in microseconds."""

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


def midnight(day: date) -> int:
    """When the session of a day begins, in microseconds since 1970."""
    return micros(new_york.midnight(day))
