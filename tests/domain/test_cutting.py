from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import BarHours
from ibtui.domain.calendar.cutting import (
    Cutting,
    cutting_of,
    day_time,
    last_day_of_month,
    last_day_of_week,
    usual_hours,
)
from ibtui.domain.calendar.hours import (
    CHICAGO,
    COIN_HOURS,
    CURRENCY_HOURS,
    LONDON,
    NEW_YORK_FUTURES,
    US_STOCKS,
    XETRA,
    MarketHours,
)
from ibtui.domain.calendar.new_york import midnight
from ibtui.domain.instrument import Instrument, SecType

HOUR, DAY = 3_600, 86_400
MARKETS = (US_STOCKS, CHICAGO, NEW_YORK_FUTURES, CURRENCY_HOURS, COIN_HOURS, XETRA, LONDON)


def at(text: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


TABLE = (
    # market, hours, seconds, a moment, begin and end of its bar, and the session's date
    (US_STOCKS, "regular", HOUR, "2026-11-23 09:30", "2026-11-23 09:30", "2026-11-23 10:00", "2026-11-23"),
    (US_STOCKS, "regular", HOUR, "2026-11-23 10:00", "2026-11-23 10:00", "2026-11-23 11:00", "2026-11-23"),
    (US_STOCKS, "regular", HOUR, "2026-11-23 15:59:59", "2026-11-23 15:00", "2026-11-23 16:00", "2026-11-23"),
    (US_STOCKS, "regular", HOUR, "2026-11-27 12:30", "2026-11-27 12:00", "2026-11-27 13:00", "2026-11-27"),
    (US_STOCKS, "regular", 2 * HOUR, "2026-11-23 09:45", "2026-11-23 09:30", "2026-11-23 10:00", "2026-11-23"),
    (US_STOCKS, "regular", 4 * HOUR, "2026-11-27 12:59", "2026-11-27 12:00", "2026-11-27 13:00", "2026-11-27"),
    (US_STOCKS, "regular", DAY, "2026-11-23 12:00", "2026-11-23 09:30", "2026-11-23 16:00", "2026-11-23"),
    (US_STOCKS, "regular", DAY, "2026-11-27 09:30", "2026-11-27 09:30", "2026-11-27 13:00", "2026-11-27"),
    (US_STOCKS, "regular", 900, "2026-11-23 09:44", "2026-11-23 09:30", "2026-11-23 09:45", "2026-11-23"),
    (US_STOCKS, "all", HOUR, "2026-11-23 04:10", "2026-11-23 04:00", "2026-11-23 05:00", "2026-11-23"),
    (US_STOCKS, "all", HOUR, "2026-11-23 21:10", "2026-11-23 21:00", "2026-11-23 22:00", "2026-11-24"),
    (US_STOCKS, "all", 8 * HOUR, "2026-11-23 05:00", "2026-11-23 04:00", "2026-11-23 08:00", "2026-11-23"),
    (US_STOCKS, "all", DAY, "2026-11-23 19:59", "2026-11-23 04:00", "2026-11-23 20:00", "2026-11-23"),
    (US_STOCKS, "all", DAY, "2026-11-27 16:59", "2026-11-27 04:00", "2026-11-27 17:00", "2026-11-27"),
    (US_STOCKS, "all", DAY, "2026-11-28 12:00", "2026-11-30 04:00", "2026-11-30 20:00", "2026-11-30"),
    (CHICAGO, "all", DAY, "2026-11-22 18:00", "2026-11-22 18:00", "2026-11-23 17:00", "2026-11-23"),
    (CHICAGO, "all", DAY, "2026-11-23 17:30", "2026-11-23 18:00", "2026-11-24 17:00", "2026-11-24"),
    (CHICAGO, "all", 4 * HOUR, "2026-11-22 19:00", "2026-11-22 18:00", "2026-11-22 21:00", "2026-11-23"),
    (CHICAGO, "regular", DAY, "2026-11-23 09:30", "2026-11-23 09:30", "2026-11-23 16:00", "2026-11-23"),
    (CURRENCY_HOURS, "all", DAY, "2026-11-22 17:15", "2026-11-22 17:15", "2026-11-23 17:00", "2026-11-23"),
    (CURRENCY_HOURS, "all", HOUR, "2026-11-22 17:20", "2026-11-22 17:15", "2026-11-22 18:00", "2026-11-23"),
    (COIN_HOURS, "all", DAY, "2026-11-22 00:00", "2026-11-22 00:00", "2026-11-23 00:00", "2026-11-22"),
    (CURRENCY_HOURS, "all", 1800, "2026-11-23 17:10", "2026-11-23 17:00", "2026-11-23 17:15", "2026-11-24"),
    (CURRENCY_HOURS, "all", 1800, "2026-11-23 17:15", "2026-11-23 17:15", "2026-11-23 17:30", "2026-11-24"),
    (XETRA, "regular", DAY, "2026-11-23 11:29", "2026-11-23 03:00", "2026-11-23 11:30", "2026-11-23"),
    (XETRA, "regular", HOUR, "2026-11-23 11:29", "2026-11-23 11:00", "2026-11-23 11:30", "2026-11-23"),
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0].zone} {row[1]} {row[2]} {row[3]}")
def test_where_a_bar_begins_and_ends_and_which_day_it_is_of(
    row: tuple[MarketHours, BarHours, int, str, str, str, str],
) -> None:
    hours, kept, seconds, moment, begin, end, day = row
    span = Cutting(hours, seconds, kept).of(at(moment))
    assert span is not None
    assert (span.begin, span.end, span.day) == (at(begin), at(end), date.fromisoformat(day))
    assert span.time == (midnight(span.day) if seconds == DAY else span.begin)


@pytest.mark.parametrize("moment", ["2026-11-23 09:29:59", "2026-11-23 16:00", "2026-11-26 12:00", "2026-11-28 12:00"])
@pytest.mark.parametrize("seconds", [60, HOUR, DAY])
def test_outside_regular_hours_there_is_no_bar_of_them(moment: str, seconds: int) -> None:
    assert Cutting(US_STOCKS, seconds, "regular").of(at(moment)) is None


moments = st.integers(0, 4 * 365 * 86_400).map(
    lambda second: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
lengths = st.sampled_from((1, 60, 300, 1800, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 8 * HOUR, DAY))


@given(moment=moments, hours=st.sampled_from(MARKETS), seconds=lengths, kept=st.sampled_from(("regular", "all")))
def test_a_moment_is_in_one_bar_and_all_of_a_bar_is_in_it(
    moment: datetime, hours: MarketHours, seconds: int, kept: BarHours
) -> None:
    cutting = Cutting(hours, seconds, kept)
    span = cutting.of(moment)
    assert kept == "regular" or span is not None
    if span is None:
        return
    assert moment < span.end
    assert span.begin <= moment or seconds == DAY
    assert span.end - span.begin <= timedelta(seconds=seconds + HOUR)  # the hour that a clock is put back by
    assert cutting.of(span.begin) == cutting.of(span.end - timedelta(seconds=1)) == span
    after = cutting.of(span.end)
    assert after is None or (after.begin >= span.end and after.time > span.time)
    assert cutting.at(span.time) == span
    assert moment >= cutting.began(span.day)


@given(moment=moments, hours=st.sampled_from(MARKETS), seconds=lengths, kept=st.sampled_from(("regular", "all")))
def test_a_day_is_made_of_whole_shorter_bars(
    moment: datetime, hours: MarketHours, seconds: int, kept: BarHours
) -> None:
    short, day = Cutting(hours, seconds, kept).of(moment), Cutting(hours, DAY, kept).of(moment)
    assert (short is None) is (day is None)
    if short is not None and day is not None:
        assert short.day == day.day
        assert short.end <= day.end


def test_a_daily_bar_of_a_day_without_a_session_has_the_usual_hours() -> None:
    span = Cutting(US_STOCKS, DAY, "regular").at(midnight(date(2026, 11, 28)))
    assert (span.begin, span.end, span.day) == (at("2026-11-28 09:30"), at("2026-11-28 16:00"), date(2026, 11, 28))


def test_an_hour_that_a_file_begins_at_the_half_ends_an_hour_later_or_with_the_session() -> None:
    cutting = Cutting(US_STOCKS, HOUR, "regular")
    assert cutting.at(at("2026-11-23 10:30")).end == at("2026-11-23 11:30")
    assert cutting.at(at("2026-11-23 15:30")).end == at("2026-11-23 16:00")


def test_weeks_and_months_bear_the_date_of_their_last_session() -> None:
    # As TWS dates them: the Friday, and the Thursday before a Friday without a session.
    assert last_day_of_week(US_STOCKS, date(2026, 6, 15)) == date(2026, 6, 18)
    assert last_day_of_week(US_STOCKS, date(2026, 6, 26)) == date(2026, 6, 26)
    assert last_day_of_week(COIN_HOURS, date(2026, 6, 15)) == date(2026, 6, 21)
    assert last_day_of_month(US_STOCKS, date(2026, 5, 1)) == date(2026, 5, 29)


def test_what_trades_around_the_clock_is_kept_whole() -> None:
    kinds: dict[SecType, str] = {"STK": "regular", "OPT": "regular", "FUT": "all", "CASH": "all", "CRYPTO": "all"}
    for kind, kept in kinds.items():
        instrument = Instrument(
            symbol="X",
            root="X",
            con_id=1,
            sec_type=kind,
            exchange="SMART",
            currency="USD",
        )
        assert usual_hours(instrument) == kept == cutting_of(instrument, DAY).kept


@pytest.mark.parametrize("hour", [0, 5, 14, 21])
def test_a_days_bar_bears_midnight_in_new_york_whatever_its_file_says(hour: int) -> None:
    """Midnight in UTC is how others write a date alone; it is the evening before in New York."""
    assert day_time(datetime(2026, 3, 3, hour, tzinfo=UTC)) == midnight(date(2026, 3, 3))
