"""The time that tests trade in: the same morning whatever day it is here, so that no test depends on the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ibtui.domain.calendar.clock import SetClock

MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday, 10:00 in New York."""

CLOCK = SetClock(MORNING)
"""The clock of every engine and session that is given no other: one for all, as a restart comes after a start."""

PATIENCE = 60.0
"""Seconds after which a test gives up what it waits for: it measures no machine, so it is far more than any needs."""


class AheadClock(SetClock):
    """A clock that goes as this machine's does and can be put on: what must be old is, and nothing waits for it."""

    ahead = 0.0
    """Seconds by which it was put on, of the day and of the monotonic time."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move the time of day and the monotonic seconds forward together."""
        self._now = datetime.fromtimestamp(self._now.timestamp() + seconds, UTC)
        self._monotonic += seconds
