"""The least profit of the day, kept over a restart: what a limit of the daily loss is judged by."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.new_york import day_began
from ibtui.engine.journal.latches import Latches

DEEPER = 1.01
"""A loss is written again when it has grown by a hundredth."""
DAILY_LOW = "daily_low"


class Lows(msgspec.Struct):
    """The least profit of a day by owner, the account's under ""; only of those that reached a limit."""

    day: datetime
    by_owner: dict[str, float] = {}


class DayLows:
    """What is kept is the loss, not the verdict: with another limit in the configuration it is judged anew."""

    def __init__(self, latches: Latches, clock: Clock) -> None:
        self._latches = latches
        self._clock = clock
        text = latches.latch(DAILY_LOW)
        self._lows = msgspec.json.decode(text, type=Lows) if text else Lows(day=self._today())
        self._kept = dict(self._lows.by_owner)

    def of(self, owner: str) -> float | None:
        """The least profit of today, as far as it was kept."""
        return self._lows.by_owner.get(owner) if self._lows.day >= self._today() else None  # a clock that went back

    def turn(self) -> bool:
        """Begin anew when another day has begun in New York; whether it has."""
        today = self._today()
        if self._lows.day >= today:
            return False
        self._lows, self._kept = Lows(day=today), {}
        return True

    def keep(self, owner: str, profit: float) -> None:
        """Take a profit that is less than any before, on the disk when it is less by enough."""
        if profit < self._lows.by_owner.get(owner, 0.0):
            self._lows.by_owner[owner] = profit
            if profit < self._kept.get(owner, 0.0) * DEEPER:
                self._kept[owner] = profit
                self._latches.set_latch(DAILY_LOW, msgspec.json.encode(self._lows).decode())

    def _today(self) -> datetime:
        return day_began(self._clock.now())
