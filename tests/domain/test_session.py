"""Which session a moment falls into, the date it counts for, and the next close."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.hours import (
    BOND_HOURS,
    CHICAGO,
    COIN_HOURS,
    CURRENCY_HOURS,
    EURONEXT,
    LONDON,
    NEW_YORK_FUTURES,
    US_STOCKS,
    XETRA,
    MarketHours,
    open_on,
)
from ibtui.domain.calendar.session import InstrumentSessions, Period, begins
from ibtui.domain.calendar.trading_hours import read_hours
from ibtui.domain.instrument import Instrument

MARKETS = (US_STOCKS, CHICAGO, NEW_YORK_FUTURES, XETRA, EURONEXT, LONDON, CURRENCY_HOURS, COIN_HOURS, BOND_HOURS)
MOMENTS = st.datetimes(datetime(2014, 1, 6), datetime(2034, 12, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(moment=MOMENTS, later=MOMENTS, hours=st.sampled_from(MARKETS), regular=st.booleans())
def test_a_moment_falls_into_the_first_session_that_ends_after_it(
    moment: datetime, later: datetime, hours: MarketHours, regular: bool
) -> None:
    sessions = InstrumentSessions(hours, regular=regular)
    days = (moment.date() + DAY * number for number in range(-3, 16))
    first = min(
        (one for one in (open_on(hours, day, regular=regular) for day in days) if one),
        key=lambda one: one.end <= moment,
    )
    assert sessions.at(moment) == first
    assert sessions.at(first.begin) == first
    assert sessions.closing(first.end) == first
    assert sessions.at(first.end).day > first.day
    assert sessions.at(first.end) == sessions.after(first.day)
    assert sessions.before(sessions.after(first.day).day) == first
    sessions.at(later)
    assert sessions.at(moment) == first, "what was asked before changes nothing"


@given(moment=MOMENTS, hours=st.sampled_from(MARKETS), period=st.sampled_from(("day", "week", "month")))
def test_the_last_session_of_a_period_is_followed_by_one_of_the_next(
    moment: datetime, hours: MarketHours, period: Period
) -> None:
    sessions = InstrumentSessions(hours, regular=True)
    day = sessions.at(moment).day
    last = sessions.last(day, period)
    assert begins(last.day, period) == begins(day, period) != begins(sessions.after(last.day).day, period)


@pytest.mark.parametrize(
    ("hours", "moment", "day"),
    [
        (CHICAGO, "2026-11-22T23:00", "2026-11-23"),
        (CHICAGO, "2026-11-20T22:00", "2026-11-23"),
        (NEW_YORK_FUTURES, "2026-11-22T23:30", "2026-11-23"),
        (US_STOCKS, "2026-11-27T18:00", "2026-11-27"),
        (US_STOCKS, "2026-11-27T22:01", "2026-11-30"),
        (US_STOCKS, "2026-11-26T15:00", "2026-11-27"),
        (CURRENCY_HOURS, "2026-11-20T22:00", "2026-11-23"),
        (COIN_HOURS, "2026-11-21T12:00", "2026-11-21"),
    ],
)
def test_a_moment_counts_for_a_sessions_date(hours: MarketHours, moment: str, day: str) -> None:
    assert InstrumentSessions(hours, regular=False).at(at(moment)).day == date.fromisoformat(day)


def test_an_early_close_is_the_next_close() -> None:
    sessions = InstrumentSessions.of(stock())
    assert sessions.at(at("2026-11-27T15:00")).end == at("2026-11-27T18:00")
    assert sessions.at(at("2026-11-27T18:00")).end == at("2026-11-30T21:00")
    assert sessions.last(date(2026, 11, 24), "week").day == date(2026, 11, 27)
    assert sessions.last(date(2027, 3, 22), "week").day == date(2027, 3, 25)
    assert sessions.last(date(2026, 5, 4), "month").day == date(2026, 5, 29)


def stock() -> Instrument:
    return Instrument(symbol="SPY", con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")


def future() -> Instrument:
    return Instrument(symbol="ESZ6", con_id=2, sec_type="FUT", root="ES", exchange="CME", currency="USD")


def test_what_was_told_of_a_day_wins_over_the_table_for_that_day() -> None:
    told = read_hours(
        "US/Eastern",
        "20261123:0400-20261123:2000;20261124:0400-20261124:1700;20261125:CLOSED",
        "20261123:0930-20261123:1600;20261124:0930-20261124:1400;20261125:CLOSED",
    )
    sessions = InstrumentSessions.of(stock(), told=told)
    assert sessions.at(at("2026-11-23T15:00")).end == at("2026-11-23T21:00")
    assert sessions.at(at("2026-11-24T15:00")).end == at("2026-11-24T19:00")
    assert sessions.on(date(2026, 11, 25)) is None
    assert sessions.at(at("2026-11-24T19:00")).day == date(2026, 11, 27), "Thanksgiving is not told, the table knows it"
    assert sessions.on(date(2026, 11, 20)) == open_on(US_STOCKS, date(2026, 11, 20), regular=True)


def test_a_futures_told_session_counts_for_the_day_it_ends_on() -> None:
    told = read_hours(
        "US/Central",
        "20261122:1700-20261123:1600;20261123:1700-20261124:1200;20261125:CLOSED",
        "20261123:0830-20261123:1600;20261124:0830-20261124:1200",
    )
    sessions = InstrumentSessions.of(future(), told=told)
    assert sessions.at(at("2026-11-22T23:30")).day == date(2026, 11, 23)
    assert sessions.at(at("2026-11-23T23:30")).end == at("2026-11-24T18:00")
    assert sessions.on(date(2026, 11, 20)) == open_on(CHICAGO, date(2026, 11, 20), regular=False)


def test_what_is_told_as_one_session_without_end_is_cut_by_the_table() -> None:
    coin = Instrument(symbol="BTC.USD", con_id=3, sec_type="CRYPTO", root="BTC", exchange="PAXOS", currency="USD")
    days = ";".join(f"202611{day}:0000-202611{day + 1}:0000" for day in range(20, 26))
    sessions = InstrumentSessions.of(coin, told=read_hours("US/Eastern", days, days))
    assert sessions.at(at("2026-11-21T12:00")) == open_on(COIN_HOURS, date(2026, 11, 21), regular=False)


@pytest.mark.parametrize(
    ("name", "hours"), [("XNYS", US_STOCKS), ("XETR", XETRA), ("XPAR", EURONEXT), ("XLON", LONDON)]
)
def test_the_next_close_is_the_one_that_is_published(name: str, hours: MarketHours) -> None:
    calendars: Any = pytest.importorskip("exchange_calendars", reason="needs the package exchange_calendars")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, about the pandas that it meets
        closes = [close.to_pydatetime() for close in calendars.get_calendar(name, start="2015-01-02").schedule["close"]]
    sessions = InstrumentSessions(hours, regular=True)
    moment = closes[0] - timedelta(hours=1)
    while moment < min(closes[-1], at("2027-06-30")):
        assert sessions.at(moment).end == closes[bisect_right(closes, moment)], moment
        moment += timedelta(hours=61, minutes=7)
