"""Calls by the count of bars, by days, weeks and months of sessions, and at times of a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.daytime import DayTime
from ibtui.domain.calendar.hours import CHICAGO, LONDON, NEW_YORK_FUTURES, US_STOCKS, MarketHours
from ibtui.domain.calendar.new_york import NEW_YORK, midnight
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.strategies.author.schedule import ON_TIME, Schedule

OPEN = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
DAY = 86_400
LEAD = timedelta(minutes=1)


def stocks() -> InstrumentSessions:
    return InstrumentSessions(US_STOCKS, regular=True)


def whole() -> InstrumentSessions:
    return InstrumentSessions(US_STOCKS, regular=False)


def run(schedule: Schedule, minutes: list[int]) -> None:
    for minute in minutes:
        time = OPEN + timedelta(minutes=minute)
        schedule.run((Bar("A", time, 1, 1, 1, 1),), time + timedelta(minutes=1))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def play(schedule: Schedule, first: str, last: str, seconds: int = 60) -> None:
    """Bars of regular hours from one local time to another."""
    time, end, sessions = local(first), local(last), stocks()
    while time < end:
        session = sessions.at(time)
        time = max(time, session.begin)
        if time < end:
            schedule.run((Bar("A", time, 1, 1, 1, 1),), time + timedelta(seconds=seconds))
        time += timedelta(seconds=seconds)


def days(schedule: Schedule, first: str, count: int) -> None:
    """Bars of days, which bear New York's midnight and close with their session."""
    session = stocks().at(local(first))
    for _ in range(count):
        schedule.run((Bar("A", midnight(session.day), 1, 1, 1, 1),), session.end)
        session = stocks().after(session.day)


def noted(called: list[str]) -> Callable[[tuple[Bar, ...]], None]:
    return lambda bars: called.append(f"{bars[0].time.astimezone(NEW_YORK):%m-%d %H:%M}")


def test_every_third_close() -> None:
    called: list[datetime] = []
    schedule = Schedule(60)
    schedule.every(3, lambda bars: called.append(bars[0].time))
    run(schedule, list(range(7)))
    assert called == [OPEN + timedelta(minutes=2), OPEN + timedelta(minutes=5)]


def test_at_is_called_once_a_session_by_the_first_bar_that_closes_then_or_later() -> None:
    called: list[datetime] = []
    schedule = Schedule(60)
    schedule.at("9:45", stocks, lambda bars: called.append(bars[0].time))
    run(schedule, [10, 13, 14, 15, 30, 24 * 60 + 3, 24 * 60 + 20, 24 * 60 + 25])
    assert called == [OPEN + timedelta(minutes=14), OPEN + timedelta(minutes=24 * 60 + 20)]


@pytest.mark.parametrize(
    ("words", "calls"),
    [
        ("15:50", ["11-25 15:49", "11-27 12:58", "11-30 15:49"]),
        ("12:30", ["11-25 12:29", "11-27 12:29", "11-30 12:29"]),
        ("close-10m", ["11-25 15:49", "11-27 12:49", "11-30 15:49"]),
        ("close", ["11-25 15:59", "11-27 12:59", "11-30 15:59"]),
        ("open+5m", ["11-25 09:34", "11-27 09:34", "11-30 09:34"]),
    ],
)
def test_a_day_that_ends_early_leaves_a_bar_in_which_an_order_trades(words: str, calls: list[str]) -> None:
    called: list[str] = []
    schedule = Schedule(60)
    schedule.at(words, stocks, noted(called))
    play(schedule, "2026-11-25T09:30", "2026-12-01T09:30")
    assert called == calls


def test_a_time_before_the_close_is_called_at_the_close_of_a_days_bar() -> None:
    called: list[str] = []
    schedule = Schedule(DAY)
    for words in ("15:50", "close-10m"):
        schedule.at(words, stocks, noted(called))
    days(schedule, "2026-11-25T09:30", 3)
    assert called == [text for text in ("11-25 00:00", "11-27 00:00", "11-30 00:00") for _ in range(2)]


@given(
    hours=st.sampled_from((US_STOCKS, CHICAGO, NEW_YORK_FUTURES, LONDON)),
    moment=st.datetimes(datetime(2014, 1, 6), datetime(2034, 12, 1)),  # noqa: DTZ001
    minute=st.integers(0, 1439),
)
def test_a_clock_time_has_one_moment_in_each_session(hours: MarketHours, moment: datetime, minute: int) -> None:
    sessions = InstrumentSessions(hours, regular=hours in (US_STOCKS, LONDON))
    time = DayTime("clock", minute * 60)
    session = sessions.at(moment.replace(tzinfo=UTC))
    due = time.of(sessions, session, LEAD)
    then = due.astimezone(NEW_YORK)
    moved = due == session.end - LEAD < session.end < sessions.usual_end(session.day)
    passed_over = (due - timedelta(hours=3)).astimezone(NEW_YORK).utcoffset() != then.utcoffset()
    assert moved or passed_over or then.hour * 60 + then.minute == minute
    assert time.next(sessions, due, LEAD) == due
    assert time.next(sessions, due + timedelta(microseconds=1), LEAD) > due


def test_a_futures_evening_is_of_the_next_days_session() -> None:
    es = InstrumentSessions(CHICAGO, regular=False)
    monday = es.at(local("2026-11-22T19:00"))
    assert DayTime.read("19:00").of(es, monday, LEAD) == local("2026-11-22T19:00")
    assert DayTime.read("15:50").of(es, monday, LEAD) == local("2026-11-23T15:50")


@pytest.mark.parametrize(
    ("period", "calls"),
    [
        ("day", ["11-25 00:00", "11-27 00:00", "11-30 00:00", "12-01 00:00"]),
        ("week", ["11-30 00:00"]),
        ("month", ["12-01 00:00"]),
    ],
)
def test_a_new_day_week_or_month_is_one_of_sessions(period: Any, calls: list[str]) -> None:
    called: list[str] = []
    schedule = Schedule(DAY)
    schedule.each(period, stocks, whole, noted(called))
    days(schedule, "2026-11-25T09:30", 4)
    assert called == calls


def test_the_first_bar_of_all_is_one_of_a_new_month_only_where_the_month_begins_with_it() -> None:
    for first, count in (("2026-12-01T09:30", 1), ("2026-12-01T09:31", 0), ("2026-12-02T09:30", 0)):
        called: list[str] = []
        schedule = Schedule(60)
        schedule.each("month", stocks, whole, noted(called))
        play(schedule, first, "2026-12-04T12:00")
        assert len(called) == count, first


def test_the_clock_calls_where_no_bar_closes() -> None:
    called: list[tuple[Bar, ...]] = []
    schedule = Schedule(DAY)
    schedule.at("15:50", stocks, called.append)
    schedule.begin(local("2026-11-23T15:00"))
    assert not schedule.tick(local("2026-11-23T15:49:59"))
    assert schedule.tick(local("2026-11-23T15:50"))
    assert not schedule.tick(local("2026-11-23T15:50:01"))
    assert not schedule.tick(local("2026-11-24T15:49"))
    assert schedule.tick(local("2026-11-24T15:50:10"))
    assert called == [(), ()]


def test_the_clock_waits_for_a_bar_that_is_about_to_close() -> None:
    called: list[tuple[Bar, ...]] = []
    schedule = Schedule(60)
    schedule.at("15:50", stocks, called.append)
    schedule.begin(local("2026-11-23T15:00"))
    assert not schedule.tick(local("2026-11-23T15:50:02"))
    bars = (Bar("A", local("2026-11-23T15:49"), 1, 1, 1, 1),)
    schedule.run(bars, local("2026-11-23T15:50"))
    assert not schedule.tick(local("2026-11-23T15:50:05"))
    assert called == [bars]
    assert schedule.tick(local("2026-11-24T15:50:03")), "no bar came"
    assert called == [bars, bars], "the bars that closed last"


def test_what_was_due_before_it_is_live_is_not_made_up_for() -> None:
    called: list[tuple[Bar, ...]] = []
    schedule = Schedule(DAY)
    schedule.at("15:50", stocks, called.append)
    schedule.begin(local("2026-11-25T15:51"))
    for text in ("2026-11-25T15:52", "2026-11-26T15:55", "2026-11-27T12:58"):
        assert not schedule.tick(local(text)), "it had passed; a holiday; before an early close"
    assert schedule.tick(local("2026-11-27T12:59"))


def test_nothing_is_due_until_something_is_scheduled() -> None:
    schedule = Schedule(60)
    assert not schedule.due
    schedule.at("15:50", stocks, lambda bars: None)
    assert schedule.due


@pytest.mark.parametrize("time", ["25:00", "9", "9:60", "noon", "15:50:00", "close-", "close-10", "open+5x", "-5m"])
def test_what_is_no_time_is_refused(time: str) -> None:
    with pytest.raises(ValueError, match=r"15:50"):
        Schedule(60).at(time, stocks, lambda bars: None)


def test_every_zero_bars_or_decades_is_refused() -> None:
    with pytest.raises(ValueError, match="1 bar or more"):
        Schedule(60).every(0, lambda bars: None)
    decade: Any = "decade"
    with pytest.raises(ValueError, match="month"):
        Schedule(60).each(decade, stocks, whole, lambda bars: None)


def test_what_the_clock_finds_too_late_is_said_once_and_not_called() -> None:
    """The machine slept: the bars that closed meanwhile come as it wakes, before the clock's next beat or after it."""
    for bars_first in (True, False):
        called: list[tuple[Bar, ...]] = []
        said: list[str] = []
        schedule = Schedule(3_600, said.append)
        schedule.at("close-10m", stocks, called.append)
        schedule.at("12:00", stocks, called.append)
        schedule.begin(local("2026-11-23T11:00"))
        woken = local("2026-11-23T16:20")
        if not bars_first:
            assert not schedule.tick(woken)
        for hour in (12, 13, 14, 15, 16):
            closed = local(f"2026-11-23T{hour}:00")
            schedule.miss(woken)
            schedule.run((Bar("A", closed - timedelta(hours=1), 1, 1, 1, 1),), closed)
        assert not schedule.tick(woken)
        assert called == []
        assert said == [
            "the call at 2026-11-23 15:50:00 (close-10m) was missed: it is 16:20:00 already, so it is not made up for",
            "the call at 2026-11-23 12:00:00 (12:00) was missed: it is 16:20:00 already, so it is not made up for",
        ]
        assert schedule.tick(local("2026-11-24T12:00")), "the next day's is called"
        assert len(called) == 1


def test_what_is_a_little_late_is_called() -> None:
    called: list[tuple[Bar, ...]] = []
    said: list[str] = []
    schedule = Schedule(DAY, said.append)
    schedule.at("15:50", stocks, called.append)
    schedule.begin(local("2026-11-23T15:00"))
    assert schedule.tick(local("2026-11-23T15:50") + ON_TIME)
    assert not schedule.tick(local("2026-11-24T15:50") + ON_TIME + timedelta(seconds=1))
    assert len(called) == len(said) == 1


@pytest.mark.parametrize(
    ("began", "said"),
    [
        ("2026-11-23T09:34", []),
        ("2026-11-23T09:35", ["2026-11-23 09:35:00 (open+5m)"]),
        ("2026-11-23T15:59", ["2026-11-23 09:35:00 (open+5m)"]),
        ("2026-11-23T20:00", ["2026-11-23 09:35:00 (open+5m)"]),
        ("2026-11-24T09:00", []),
        ("2026-11-26T12:00", []),
        ("2026-11-28T12:00", []),
    ],
)
def test_what_was_due_today_before_it_was_on_is_said(began: str, said: list[str]) -> None:
    told: list[str] = []
    schedule = Schedule(60, told.append)
    schedule.at("open+5m", stocks, lambda bars: None)
    schedule.begin(local(began))
    assert told == [f"the call at {text} was due before it was on: it is not made up for" for text in said]
    assert not schedule.tick(local(began))
