"""The time that tests trade in: the same morning whatever day it is here, so that no test depends on the calendar."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday, 10:00 in New York."""


class PacedClock:
    """A clock that began at `start` when it was made and goes as fast as this machine's."""

    def __init__(self, start: datetime = MORNING) -> None:
        self._start = start
        self._made = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._made)

    def monotonic(self) -> float:
        return time.monotonic()


CLOCK = PacedClock()
"""The clock of every engine and session that is given no other: one for all, as a restart comes after a start."""
