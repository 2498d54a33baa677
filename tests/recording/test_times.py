"""Times of files: local ones over the changes of the clocks, and the forms in which they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.recording.times import reader


def test_local_times_follow_the_clocks_of_new_york() -> None:
    read = reader("2026-03-06 09:30:00")
    assert read("2026-03-06 09:30:00") == datetime(2026, 3, 6, 14, 30, tzinfo=UTC)
    assert read("2026-03-08 09:30:00") == datetime(2026, 3, 8, 13, 30, tzinfo=UTC)
    assert read("2026-03-09 09:30:00") == datetime(2026, 3, 9, 13, 30, tzinfo=UTC)


def test_the_hour_that_autumn_has_twice_is_two_hours() -> None:
    read = reader("2026-11-01 00:30")
    times = [read(f"2026-11-01 {text}") for text in ("00:30", "01:00", "01:30", "01:00", "01:30", "02:00")]
    steps = [late - early for early, late in pairwise(times)]
    assert steps == [timedelta(minutes=30)] * 5


@pytest.mark.parametrize("begin", ["2026-03-07 12:00:00", "2025-10-31 12:00:00"])
def test_minutes_without_a_break_keep_their_order_for_years(begin: str) -> None:
    local = datetime.fromisoformat(begin)
    read = reader(begin)
    before = read(begin)
    for _ in range(3 * 365 * 48):
        local += timedelta(minutes=30)
        now = read(f"{local:%Y-%m-%d %H:%M:%S}")
        assert now > before
        before = now


@pytest.mark.parametrize(
    "text", ["2026-03-02T09:30:00-05:00", "20260302 09:30:00", "1772461800", "1772461800000", "2026-03-02 14:30:00Z"]
)
def test_forms_of_one_moment(text: str) -> None:
    assert reader(text)(text) == datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def test_times_with_and_without_a_zone_are_not_mixed() -> None:
    read = reader("2026-03-02 09:30:00")
    read("2026-03-02 09:30:00")
    with pytest.raises(ValueError, match="some times say their zone"):
        read("2026-03-02 09:30:00Z")


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2029, 12, 31)), min_size=1, max_size=60))  # noqa: DTZ001
def test_what_is_remembered_changes_nothing(moments: list[datetime]) -> None:
    """Of each time alone, by the zone's own rules; those in the hour that spring leaves out aside."""
    real = [m.replace(microsecond=0, fold=0) for m in moments if _exists(m)]
    read = reader("2026-03-02 09:30:00")
    for moment in sorted(real):
        expected = moment.replace(tzinfo=NEW_YORK).astimezone(UTC)
        again = moment.replace(tzinfo=NEW_YORK, fold=1).astimezone(UTC)
        assert read(f"{moment:%Y-%m-%d %H:%M:%S}") in (expected, again)


def _exists(moment: datetime) -> bool:
    aware = moment.replace(tzinfo=NEW_YORK)
    return aware.astimezone(UTC).astimezone(NEW_YORK).replace(tzinfo=None) == moment


@given(moments=st.lists(st.integers(6 * 10**14, 2 * 10**15), max_size=30))
def test_what_is_remembered_changes_no_time(moments: list[int]) -> None:
    """Beside the days on which the clocks change, where a file's own order decides."""
    read = reader("2026-03-02")
    for local in (datetime.fromtimestamp(moment / 1e6, UTC).replace(tzinfo=None) for moment in moments):
        midnight = datetime.combine(local.date(), datetime.min.time(), NEW_YORK)
        if midnight.utcoffset() == (midnight + timedelta(days=1)).utcoffset():
            for form in (local.isoformat(" "), local.isoformat(), f"{local:%Y-%m-%d %H:%M}"):
                wanted = datetime.fromisoformat(form).replace(tzinfo=NEW_YORK)
                assert read(form) == wanted
                assert read(form).tzinfo is UTC
