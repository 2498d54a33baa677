"""Cuts a stream of moments into bars, and asks the calendar as seldom as it can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ibtui.domain.calendar.cutting import HOUR, Cutting
from ibtui.domain.calendar.hours import TradingSession

_PAST = datetime.min.replace(tzinfo=UTC)


class BarCutter:
    """Tells of moments in ascending order which bar each falls into."""

    __slots__ = ("_cutting", "_length", "_session", "_time", "_until", "end")

    def __init__(self, cutting: Cutting) -> None:
        self._cutting = cutting
        self._length = timedelta(seconds=cutting.seconds)
        self._session: TradingSession | None = None
        """The session that the newest bar of less than an hour was of."""
        self._time: datetime | None = None
        self._until = _PAST
        self.end = _PAST
        """When the newest bar ends that a moment fell into."""

    def time(self, moment: datetime) -> datetime | None:
        """What the bar of a moment (aware) bears as its time; None where the moment belongs to none."""
        if moment >= self._until and not self._next_short(moment):
            span = self._cutting.of(moment)
            if span is None:
                self._time, self._until = None, self._cutting.closed_until(moment) or moment
            else:
                self._time, self._until, self.end = span.time, span.end, span.end
                self._session = self._cutting.session(span.day) if self._cutting.seconds < HOUR else None
        return self._time

    def _next_short(self, moment: datetime) -> bool:
        """Whether the moment falls into another whole short bar of the same session, which is then the newest."""
        session = self._session
        if session is None or moment >= session.end:
            return False
        second = int(moment.timestamp())
        begin = datetime.fromtimestamp(second - second % self._cutting.seconds, UTC)
        end = begin + self._length
        if begin < session.begin or end > session.end:
            return False
        self._time, self._until, self.end = begin, end, end
        return True
