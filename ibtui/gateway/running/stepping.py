"""How a gateway's time passes: with this machine's clock at some speed, or only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from ibtui.domain.calendar.clock import SystemClock

STEPPED_START = datetime(2026, 6, 15, 14, 0, tzinfo=UTC)
"""Where stepped time begins unless told otherwise: a Monday, 10:00 in New York. Fixed, so that runs are alike."""


class SimulatedTime(Protocol):
    """The relation of simulated time to what drives it."""

    stepped: bool
    """Nothing happens by itself: the same requests between the same steps give the same bytes."""

    def begin(self, now: datetime) -> None:
        """Time starts to pass from here."""

    def present(self) -> datetime:
        """The simulated time that it is now, aware and in UTC."""

    def skip(self, by: timedelta) -> None:
        """Go ahead by this much."""

    def seconds(self) -> float:
        """Seconds since the beginning as clients live through them: the rhythm of updates and of pacing."""


class RunningTime:
    """Passes at `speed` simulated seconds a second of this machine."""

    stepped = False

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._clock = SystemClock()
        self._origin = self._clock.now()
        self._began = self._clock.monotonic()

    def begin(self, now: datetime) -> None:
        self._origin, self._began = now, self._clock.monotonic()

    def present(self) -> datetime:
        return self._origin + timedelta(seconds=self.seconds() * self._speed)

    def skip(self, by: timedelta) -> None:
        self._origin += by

    def seconds(self) -> float:
        return self._clock.monotonic() - self._began


class Stepped:
    """Time that stands still until `skip` moves it on."""

    stepped = True

    def __init__(self) -> None:
        self._began = self._now = STEPPED_START

    def begin(self, now: datetime) -> None:
        self._began = self._now = now

    def present(self) -> datetime:
        return self._now

    def skip(self, by: timedelta) -> None:
        self._now += by

    def seconds(self) -> float:
        return (self._now - self._began).total_seconds()
