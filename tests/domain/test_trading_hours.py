"""Trading hours in the formats that IB writes, and what they say of a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.calendar.trading_hours import TradingHours, read_hours, zone_of

NEW_YORK = ZoneInfo("America/New_York")
STOCK = (
    "20261127:0400-20261127:1700;20261128:CLOSED;20261129:CLOSED;20261130:0400-20261130:2000",
    "20261127:0930-20261127:1300;20261128:CLOSED;20261129:CLOSED;20261130:0930-20261130:1600",
)
"""The Friday after Thanksgiving ends early."""


def read(zone: str, trading: str, liquid: str = "") -> TradingHours:
    hours = read_hours(zone, trading, liquid or trading)
    assert hours is not None
    return hours


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize("zone", ["US/Eastern", "America/New_York", "EST", "EST (Eastern Standard Time)"])
@pytest.mark.parametrize(
    ("moment", "regular", "extended"),
    [
        (at(27, 3, 59), False, False),
        (at(27, 4), False, True),
        (at(27, 9, 30), True, True),
        (at(27, 13), False, True),
        (at(27, 17), False, False),
        (at(28, 12), False, False),
        (at(30, 15, 59), True, True),
        (at(26, 23, 59), None, None),
        (at(1, 0, month=12), None, None),
    ],
)
def test_a_half_day_a_weekend_and_what_is_not_known(
    zone: str, moment: datetime, regular: bool | None, extended: bool | None
) -> None:
    hours = read(zone, *STOCK)
    assert (hours.is_open(moment), hours.is_open(moment, extended=True)) == (regular, extended)


def test_when_it_opens_next() -> None:
    hours = read("US/Eastern", *STOCK)
    assert hours.opens(at(27, 17)) == at(30, 9, 30)
    assert hours.opens(at(27, 17), extended=True) == at(30, 4)
    assert hours.opens(at(30, 10)) is None


def test_a_session_over_midnight_and_its_daily_break() -> None:
    hours = read("US/Central", "20261129:1700-20261130:1600;20261130:1700-20261201:1600")
    chicago = ZoneInfo("America/Chicago")
    assert hours.is_open(at(29, 23, zone=chicago))
    assert hours.is_open(at(30, 16, 30, zone=chicago)) is False
    assert hours.opens(at(30, 16, 30, zone=chicago)) == at(30, 17, zone=chicago)


def test_the_old_form_has_no_second_date() -> None:
    hours = read("EST5EDT", "20261127:0700-1830,1830-2330;20261128:CLOSED")
    assert [(s.begin, s.end) for s in hours.extended] == [(at(27, 7), at(27, 23, 30))]
    over = read("CST (Central Standard Time)", "20261127:1700-1600")
    chicago = ZoneInfo("America/Chicago")
    assert [(s.begin, s.end) for s in over.extended] == [(at(26, 17, zone=chicago), at(27, 16, zone=chicago))]


def test_what_never_closes_is_one_session() -> None:
    hours = read("US/Eastern", "20261127:0000-20261128:0000;20261128:0000-2400")
    assert [(s.begin, s.end) for s in hours.extended] == [(at(27, 0), at(29, 0))]


@pytest.mark.parametrize(
    ("zone", "trading"),
    [("", STOCK[0]), ("Mars/Olympus", STOCK[0]), ("US/Eastern", ""), ("US/Eastern", "20269999:0400-20269999:2000")],
)
def test_what_cannot_be_read_is_not_known(zone: str, trading: str) -> None:
    assert read_hours(zone, trading, trading) is None


def test_old_names_of_zones() -> None:
    assert zone_of("JST") == ZoneInfo("Asia/Tokyo")
    assert zone_of("GB") == ZoneInfo("Europe/London")
    assert zone_of("../etc/passwd") is None


@given(st.text(max_size=80), st.text(max_size=20))
def test_any_text_is_read_or_is_not_known(text: str, zone: str) -> None:
    read_hours("US/Eastern", text, text)
    read_hours(zone, text, text)


@given(st.datetimes(datetime(2026, 11, 27), datetime(2026, 11, 30, 20)).map(lambda d: d.replace(tzinfo=UTC)))  # noqa: DTZ001
def test_regular_hours_lie_within_all_hours(moment: datetime) -> None:
    hours = read("US/Eastern", *STOCK)
    if hours.is_open(moment):
        assert hours.is_open(moment, extended=True)
    opens = hours.opens(moment)
    if opens is not None:
        assert hours.is_open(opens)
        assert not hours.is_open(opens - timedelta(seconds=1))
