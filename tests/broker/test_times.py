"""Reading IB's times."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ibtui.broker.transport.times import bar_time, exec_time

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "20261123 09:30:05 America/New_York",
        "20261123  09:30:05 US/Eastern",
        "20261123-14:30:05",
        "1795444205",
        "20261123 15:30:05 MET",
        "20261123 09:30:05 EST5",
        "20261123 09:30:05.250 US/Eastern",
    ],
)
def test_formats(text: str) -> None:
    assert exec_time(text, NOW) == datetime(2026, 11, 23, 14, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["20261123 09:30:05", "20261123 09:30:05 Mars/Olympus", "20261123 09:30:05 ../etc"])
def test_no_zone_or_an_unknown_one_is_this_machine(text: str) -> None:
    local = datetime(2026, 11, 23, 9, 30, 5).astimezone()
    assert exec_time(text, NOW) == local


@pytest.mark.parametrize("text", ["", "yesterday", "20261399 09:30:05", "20261123 25:00:00 UTC"])
def test_no_time_at_all_is_now(text: str) -> None:
    assert exec_time(text, NOW) == NOW


@example("9223372036854775808")
@example("100000000000000000")
@example("99999999999999")
@example("00010101 00:00:00 Asia/Tokyo")
@example("9" * 5_000)
@given(st.text())
def test_never_fails_and_is_always_aware(text: str) -> None:
    assert exec_time(text, NOW).tzinfo is UTC


def test_bar_times() -> None:
    assert bar_time("20261123") == datetime(2026, 11, 23, 5, tzinfo=UTC), "midnight in New York"
    assert bar_time("1795444205") == datetime(2026, 11, 23, 14, 30, 5, tzinfo=UTC)
