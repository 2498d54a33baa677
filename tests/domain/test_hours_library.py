"""Sessions of every exchange, day by day for more than ten years, against the package exchange_calendars."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.hours import (
    CHICAGO,
    EUREX,
    EURONEXT,
    LONDON,
    NEW_YORK_FUTURES,
    US_STOCKS,
    XETRA,
    MarketHours,
    open_on,
)

calendars: Any = pytest.importorskip("exchange_calendars", reason="needs the package exchange_calendars")

FIRST, LAST = date(2014, 1, 2), date(2027, 6, 30)
MOURNING = {date(2018, 12, 5), date(2025, 1, 9)}
"""Futures traded for an hour or two on those days; the package has none of it, and here they trade as on any day."""


def days() -> Iterator[date]:
    return (FIRST + number * DAY for number in range((LAST - FIRST).days))


def published(name: str) -> dict[date, tuple[datetime, datetime]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, about the pandas that it meets
        schedule = calendars.get_calendar(name, start=str(FIRST), end=str(LAST)).schedule
    return {
        day.date(): (begin.to_pydatetime(), end.to_pydatetime())
        for day, begin, end in zip(schedule.index, schedule["open"], schedule["close"], strict=True)
    }


@pytest.mark.parametrize(
    ("name", "hours"),
    [("XNYS", US_STOCKS), ("XETR", XETRA), ("XPAR", EURONEXT), ("XAMS", EURONEXT), ("XLON", LONDON)],
)
def test_stock_exchanges_open_and_close_as_published(name: str, hours: MarketHours) -> None:
    expected = published(name)
    for day in days():
        session = open_on(hours, day, regular=True)
        assert (session and (session.begin, session.end)) == expected.get(day), day


@pytest.mark.parametrize(("name", "hours"), [("CMES", CHICAGO), ("us_futures", NEW_YORK_FUTURES), ("XEUR", EUREX)])
def test_futures_have_sessions_on_the_days_published(name: str, hours: MarketHours) -> None:
    """The package leaves out the daily pause, and most early closes of NYMEX and COMEX."""
    expected = published(name)
    for day in days():
        session = open_on(hours, day, regular=False)
        assert day in MOURNING or (session is None) == (day not in expected), day
