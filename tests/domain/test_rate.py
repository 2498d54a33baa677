"""Sliding windows, held against a list that nothing is ever taken from."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.rate import Lately, Rate

TIMES = st.lists(st.floats(0, 30, allow_nan=False), max_size=60).map(sorted)
SECONDS = st.floats(0.05, 20)
LIMITS = st.integers(1, 8)


def counted(times: list[float], now: float, seconds: float) -> int:
    return sum(time + seconds > now for time in times)


@given(TIMES, LIMITS, SECONDS)
def test_it_allows_what_the_window_has_room_for(times: list[float], limit: int, seconds: float) -> None:
    rate, taken = Rate(limit, seconds), list[float]()
    for now in times:
        room = counted(taken, now, seconds) < limit
        assert rate.allows(now) is room
        taken += [now] * room
        assert rate.used(now) == counted(taken, now, seconds) <= limit


@given(TIMES, LIMITS, SECONDS, st.floats(0, 60))
def test_it_says_when_there_is_room(times: list[float], limit: int, seconds: float, later: float) -> None:
    rate, now = Rate(limit, seconds), times[-1] if times else 0.0
    for time in times:
        rate.count(time)
    for most in range(rate.used(now) + 2):
        free = rate.free_at(most)
        assert counted(times, max(free, now), seconds) <= most
        assert free == -math.inf or counted(times, math.nextafter(free, -math.inf), seconds) > most
    wait = rate.wait(now)
    assert (wait == 0.0) is (counted(times, now, seconds) < limit)
    assert rate.used(now + later) == counted(times, now + later, seconds)


@given(TIMES, SECONDS)
def test_several_at_once_count_each(times: list[float], seconds: float) -> None:
    rate, one_by_one = Rate(5, seconds), Rate(5, seconds)
    for now in times:
        rate.count(now, 3)
        for _ in range(3):
            one_by_one.count(now)
        assert rate.used(now) == one_by_one.used(now)
    rate.clear()
    assert rate.used(0.0) == 0
    assert rate.allows(0.0)


@given(TIMES, SECONDS, st.integers(1, 4))
def test_what_happened_lately(times: list[float], seconds: float, wrong: int) -> None:
    lately, known = Lately[int](seconds), list[tuple[float, int]]()
    for number, now in enumerate(times):
        lately.add(now, number)
        known.append((now, number))
        if number % 5 == 4:
            lately.drop(lambda found: found % wrong == 0)
            known = [entry for entry in known if entry[1] % wrong]
        assert list(lately.since(now)) == [entry for entry in known if entry[0] + seconds > now]
