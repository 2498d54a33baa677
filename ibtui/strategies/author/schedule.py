"""What a strategy wants called by the count of bars or by the clock, over bars alone: live and past alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import NEW_YORK

Call = Callable[[tuple[Bar, ...]], None]
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


class Schedule:
    """Calls after every n-th close time, and once a day at a time."""

    __slots__ = ("_at", "_every", "_seen", "due")

    def __init__(self) -> None:
        self.due = False
        """Whether anything is scheduled at all: a backtest asks on every bar."""
        self._seen = 0
        self._every: list[tuple[int, Call]] = []
        self._at: list[_Daily] = []

    def every(self, bars: int, call: Call) -> None:
        """Call at every `bars`-th close time; raises ValueError below 1."""
        if bars < 1:
            raise ValueError(f"every needs 1 bar or more, not {bars}")
        self._every.append((bars, call))
        self.due = True

    def at(self, time: str, call: Call) -> None:
        """Call at the first close at or after `time` of each day; raises ValueError when it is no time of day."""
        match = _TIME.fullmatch(time)
        if match is None:
            raise ValueError(f"at needs a time such as 15:50, not {time!r}")
        self._at.append(_Daily(int(match[1]) * 60 + int(match[2]), call))
        self.due = True

    def run(self, bars: tuple[Bar, ...], closed: datetime) -> None:
        """These bars closed at `closed`."""
        self._seen += 1
        for count, call in self._every:
            if self._seen % count == 0:
                call(bars)
        if self._at:
            local = closed.astimezone(NEW_YORK)
            for daily in self._at:
                daily.run(bars, local)


class _Daily:
    """One call a day, from its minute on."""

    __slots__ = ("_call", "_day", "_minute")

    def __init__(self, minute: int, call: Call) -> None:
        self._minute = minute
        self._call = call
        self._day: date | None = None

    def run(self, bars: tuple[Bar, ...], local: datetime) -> None:
        if local.hour * 60 + local.minute >= self._minute and local.date() != self._day:
            self._day = local.date()
            self._call(bars)
