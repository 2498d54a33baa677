"""A time within a session in words: `15:50` by New York's clock, or by the session itself: `open+5m`, `close-10m`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.hours import TradingSession
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.calendar.session import InstrumentSessions

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_EDGE = re.compile(r"(open|close)(?:([+-])(\d{1,4})([smh]))?", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600}
_BY_SIZE = (("h", 3600), ("m", 60), ("s", 1))
FITS = "a time such as 15:50, open+5m or close-10m"


class DayTime(NamedTuple):
    """A clock time in New York, or so many seconds after a session's open or close."""

    by: Literal["clock", "open", "close"]
    seconds: int

    @classmethod
    def read(cls, words: str) -> DayTime:
        """Raises ValueError when the words are no time."""
        text = words.strip().lower()
        if clock := _CLOCK.fullmatch(text):
            return cls("clock", int(clock[1]) * 3600 + int(clock[2]) * 60)
        edge = _EDGE.fullmatch(text)
        if edge is None:
            raise ValueError(f"{words!r} is not {FITS}")
        after = int(edge[3]) * _UNITS[edge[4]] * (1 if edge[2] == "+" else -1) if edge[2] else 0
        return cls("open" if edge[1] == "open" else "close", after)

    @property
    def words(self) -> str:
        """As it is written: a clock time with two digits for the hour."""
        if self.by == "clock":
            return f"{self.seconds // 3600:02}:{self.seconds % 3600 // 60:02}"
        count, unit = next((abs(self.seconds) // size, unit) for unit, size in _BY_SIZE if not self.seconds % size)
        return f"{self.by}{'-' if self.seconds < 0 else '+'}{count}{unit}" if self.seconds else self.by

    def of(self, sessions: InstrumentSessions, session: TradingSession, lead: timedelta) -> datetime:
        """The moment in one session, aware UTC.

        A clock time is one of the session's date, or of the evening before where the session has begun then. On a day
        that ends early, a clock time between the early close and the usual one is `lead` before the early close.
        """
        if self.by != "clock":
            return (session.begin if self.by == "open" else session.end) + timedelta(seconds=self.seconds)
        moment, evening = (_clock(day, self.seconds) for day in (session.day, session.day - DAY))
        if moment > session.end and session.begin < evening <= session.end:
            return evening
        if session.end < moment <= sessions.usual_end(session.day):
            return session.end - lead
        return moment

    def next(self, sessions: InstrumentSessions, after: datetime, lead: timedelta) -> datetime:
        """The first such moment that is not before `after`: one in each session."""
        session = sessions.at(after - DAY)
        while (moment := self.of(sessions, session, lead)) < after:
            session = sessions.after(session.day)
        return moment


def _clock(day: date, seconds: int) -> datetime:
    """A clock time of a day in New York; wherever the clock is changed, the hour that is passed over counts, too."""
    local = datetime.combine(day, time(seconds // 3600, seconds % 3600 // 60), NEW_YORK)
    return local.astimezone(UTC)
