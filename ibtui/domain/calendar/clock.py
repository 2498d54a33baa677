"""Time as the program sees it: aware UTC for what is written down, monotonic seconds for what is measured."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol


class Clock(Protocol):
    """A source of time, so that tests and simulations can own it."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back, for ages and time-outs."""


def shown(moment: datetime, zone: tzinfo) -> str:
    """`2026-11-30 09:30:00 EST`: a moment for a person to read, in that person's zone."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


_BOOT = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's monotonic clock that goes on while the machine sleeps; macOS's own one does."""


class SystemClock:
    """The clock of this machine; its monotonic reading counts the time that the machine slept, too."""

    def __init__(self) -> None:
        self._slept = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        awake = time.monotonic() if _BOOT is not None else time.clock_gettime(time.CLOCK_MONOTONIC)
        if _BOOT is not None:
            self._slept = max(self._slept, time.clock_gettime(_BOOT) - awake)
        return awake + self._slept


class SetClock(SystemClock):
    """The clock of this machine, set to show `start` when it is made."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._ahead: timedelta = start - super().now()

    def now(self) -> datetime:
        return super().now() + self._ahead
