"""The engine's time: this machine's clock, but for its jumps, which are noticed, told, and left to IB to confirm."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.calendar.clock import Clock

EVERY = 1.0
"""Seconds between two looks at the machine's clock."""
LATE = 5.0
"""Seconds that a look may come late before something stood still."""
STEP = 2.0
"""Seconds that wall clock and monotonic clock may drift apart between two looks; more is a jump."""
AGREED = 5.0
"""Seconds that IB's time, which comes in whole ones, may differ from a clock that is right."""


class SteadyClock:
    """Passes as the monotonic clock does: a wall clock that is set does not move it until IB's time says the same.

    So neither a day's limits nor a schedule go back, or ahead, with a clock that somebody set wrong.
    """

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self._anchor = machine.now(), machine.monotonic()
        self._looked = machine.monotonic()
        self._told = 0.0
        """The jump that was told and is not over, in seconds."""

    def now(self) -> datetime:
        wall, steady = self._machine.now(), self._steady()
        return wall if abs(_seconds(wall - steady)) < STEP else steady

    def monotonic(self) -> float:
        return self._machine.monotonic()

    def look(self) -> list[str]:
        """What happened to time since the last look, a sentence each."""
        monotonic = self._machine.monotonic()
        late, self._looked = monotonic - self._looked - EVERY, monotonic
        noticed = []
        if late > LATE:
            noticed.append(f"the engine stood still for {late:.0f} s: this machine slept, or the process was stopped")
        jump = _seconds(self._machine.now() - self._steady())
        if abs(jump) < STEP:
            self._follow()
        if abs(jump - self._told) >= STEP:
            noticed.append(_jumped(jump))
            self._told = jump if abs(jump) >= STEP else 0.0
        return noticed

    def confirm(self, time: datetime) -> bool:
        """IB says what time it is: whether that ends a jump, since this machine's clock is right after it."""
        if not self._told or abs(_seconds(time - self._machine.now())) > AGREED:
            return False
        self._follow()
        self._told = 0.0
        return True

    def _follow(self) -> None:
        self._anchor = self._machine.now(), self._machine.monotonic()

    def _steady(self) -> datetime:
        wall, monotonic = self._anchor
        return wall + timedelta(seconds=self._machine.monotonic() - monotonic)


def _jumped(seconds: float) -> str:
    if abs(seconds) < STEP:
        return "the clock of this machine is back where it was"
    way = "forward" if seconds > 0 else "back"
    return f"the clock of this machine went {way} by {abs(seconds):.0f} s; the engine keeps its time until IB's agrees"


def _seconds(span: timedelta) -> float:
    return span.total_seconds()
