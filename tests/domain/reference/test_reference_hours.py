"""The hours that a name's contract keeps, where its product differs from its exchange."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from ibtui.domain.calendar.hours import open_on
from ibtui.domain.calendar.markets import hours_of
from ibtui.domain.reference.reference import Reference

DAY = date(2026, 3, 3)
"""A Tuesday before the clocks change: Chicago is six hours behind, Frankfurt one ahead."""


@pytest.mark.parametrize(
    ("symbol", "begins", "ends"),
    [
        ("AAPL", (14, 30), (21, 0)),
        ("SAP.EUR", (8, 0), (16, 30)),
        ("ESH6", (14, 30), (21, 0)),
        ("YMH6", (14, 30), (21, 0)),
        ("ZNH6", (13, 20), (20, 0)),
        ("6EH6", (13, 20), (20, 0)),
        ("ZCH6", (14, 30), (19, 20)),
        ("LEJ6", (14, 30), (19, 5)),
        ("VXH6", (14, 30), (21, 0)),
        ("CLJ6", (14, 0), (19, 30)),
        ("FDAXH6", (8, 0), (16, 30)),
    ],
)
def test_regular_hours(symbol: str, begins: tuple[int, int], ends: tuple[int, int]) -> None:
    session = open_on(hours_of(Reference().of(symbol)), DAY, regular=True)
    assert session is not None
    assert [session.begin, session.end] == [datetime.combine(DAY, time(*at), UTC) for at in (begins, ends)]


@pytest.mark.parametrize(
    ("symbol", "day", "ends"),
    [
        ("ZCH6", date(2026, 1, 19), None),
        ("ESH6", date(2026, 1, 19), (18, 0)),
        ("VXH6", date(2026, 1, 19), (16, 30)),
        ("ZCH7", date(2026, 11, 27), (18, 5)),
        ("VXZ6", date(2026, 11, 27), (18, 15)),
        ("FGBLH6", date(2026, 1, 19), (21, 0)),
        ("FGBLH6", date(2026, 5, 1), None),
    ],
)
def test_american_and_german_holidays(symbol: str, day: date, ends: tuple[int, int] | None) -> None:
    session = open_on(hours_of(Reference().of(symbol)), day, regular=False)
    assert (session and session.end) == (ends and datetime.combine(day, time(*ends), UTC))
