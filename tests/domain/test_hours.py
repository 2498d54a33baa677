"""Trading hours and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ibtui.domain.calendar import holidays, hours
from ibtui.domain.calendar.hours import MarketHours, is_open, open_on


def test_easter() -> None:
    assert [holidays.easter(year) for year in (2024, 2025, 2026, 2027, 2038)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
        date(2038, 4, 25),
    ]


def test_holidays_of_new_york_as_published() -> None:
    """The calendar that NYSE prints for 2026 and, with New Year on a Saturday, for 2022."""
    assert sorted(holidays.american(2026)) == [
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 4, 3), date(2026, 5, 25),
        date(2026, 6, 19), date(2026, 7, 3), date(2026, 9, 7), date(2026, 11, 26), date(2026, 12, 25),
    ]  # fmt: skip
    assert sorted(holidays.american_early(2026)) == [date(2026, 11, 27), date(2026, 12, 24)]
    assert date(2021, 12, 31) not in holidays.american(2021) | holidays.american(2022)
    assert date(2027, 7, 5) in holidays.american(2027)


def test_holidays_of_london_move_to_working_days() -> None:
    assert {date(2027, 12, 27), date(2027, 12, 28)} <= holidays.london(2027)
    assert {date(2026, 12, 25), date(2026, 12, 28), date(2026, 8, 31), date(2026, 5, 4)} <= holidays.london(2026)
    assert date(2028, 1, 3) in holidays.london(2028)


@pytest.mark.parametrize(
    ("market", "moment", "regular", "extended"),
    [
        (hours.US_STOCKS, "2026-11-23T14:29", False, True),
        (hours.US_STOCKS, "2026-11-23T14:30", True, True),
        (hours.US_STOCKS, "2026-11-23T21:00", False, True),
        (hours.US_STOCKS, "2026-11-24T01:00", False, False),
        (hours.US_STOCKS, "2026-11-26T16:00", False, False),
        (hours.US_STOCKS, "2026-11-27T18:30", False, True),
        (hours.US_STOCKS, "2026-11-28T16:00", False, False),
        (hours.CHICAGO, "2026-11-22T22:59", False, False),
        (hours.CHICAGO, "2026-11-22T23:00", False, True),
        (hours.CHICAGO, "2026-11-23T22:30", False, False),
        (hours.XETRA, "2026-11-23T08:00", True, True),
        (hours.CHICAGO, "2026-11-26T17:59", True, True),
        (hours.CHICAGO, "2026-11-26T18:00", False, False),
        (hours.XETRA, "2026-12-24T09:00", False, False),
        (hours.XETRA, "2026-12-30T13:00", False, False),
        (hours.LONDON, "2026-11-23T16:29", True, True),
        (hours.COIN_HOURS, "2026-11-28T03:00", True, True),
        (hours.CURRENCY_HOURS, "2026-11-22T22:20", True, True),
        (hours.CURRENCY_HOURS, "2026-11-21T12:00", False, False),
    ],
)
def test_markets_open_and_close(market: MarketHours, moment: str, regular: bool, extended: bool) -> None:
    time = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert is_open(market, time, regular=regular or not extended) is extended
    assert is_open(market, time, regular=True) is regular


def test_a_session_counts_for_its_day() -> None:
    session = open_on(hours.CHICAGO, date(2026, 11, 23), regular=False)
    assert session is not None
    assert (session.begin, session.end) == (
        datetime(2026, 11, 22, 23, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 22, 0, tzinfo=UTC),
    )
