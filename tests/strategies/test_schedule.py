"""Calls by the count of bars and by the clock in New York."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ibtui.domain.bar import Bar
from ibtui.strategies.author.schedule import Schedule

OPEN = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def run(schedule: Schedule, minutes: list[int]) -> None:
    for minute in minutes:
        time = OPEN + timedelta(minutes=minute)
        schedule.run((Bar("A", time, 1, 1, 1, 1),), time + timedelta(minutes=1))


def test_every_third_close() -> None:
    called: list[datetime] = []
    schedule = Schedule()
    schedule.every(3, lambda bars: called.append(bars[0].time))
    run(schedule, list(range(7)))
    assert called == [OPEN + timedelta(minutes=2), OPEN + timedelta(minutes=5)]


def test_at_is_called_once_a_day_by_the_first_bar_that_closes_then_or_later() -> None:
    called: list[datetime] = []
    schedule = Schedule()
    schedule.at("9:45", lambda bars: called.append(bars[0].time))
    run(schedule, [10, 13, 14, 15, 30, 24 * 60 + 3, 24 * 60 + 20, 24 * 60 + 25])
    assert called == [OPEN + timedelta(minutes=14), OPEN + timedelta(minutes=24 * 60 + 20)]


def test_nothing_is_due_until_something_is_scheduled() -> None:
    schedule = Schedule()
    assert not schedule.due
    schedule.at("15:50", lambda bars: None)
    assert schedule.due


@pytest.mark.parametrize("time", ["25:00", "9", "9:60", "noon", "15:50:00"])
def test_what_is_no_time_is_refused(time: str) -> None:
    with pytest.raises(ValueError, match=r"15:50"):
        Schedule().at(time, lambda bars: None)


def test_every_zero_bars_is_refused() -> None:
    with pytest.raises(ValueError, match="1 bar or more"):
        Schedule().every(0, lambda bars: None)
