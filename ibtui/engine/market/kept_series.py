"""The bars of one instrument and length as IB keeps them up to date, merged by time, and which of them have closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.cutting import Cutting

SETTLED = timedelta(seconds=10)
"""From the end of a bar until it has settled: updates come every 5 seconds."""
MOST = 5_000
"""Bars that are kept."""


class BarEnd(NamedTuple):
    """When a bar ends, whether its session ends with it, and from when on its price is settled."""

    end: datetime
    with_session: bool
    due: datetime


class KeptSeries:
    """A bar has closed once it is settled and IB was heard of since; one that ends a session is asked for anew."""

    def __init__(self, cutting: Cutting, late: timedelta) -> None:
        """`late` is how long after the close of a session its last bar is settled: the auction's price comes late."""
        self.cutting = cutting
        self._late = late
        self._bars: dict[datetime, Bar] = {}
        self._ends: dict[datetime, BarEnd] = {}
        self._sure: set[datetime] = set()
        """Bars that IB told whole after they had settled."""
        self._heard = datetime.min.replace(tzinfo=UTC)
        self._told: datetime | None = None
        """The time of the newest bar that was handed on."""

    def update(self, bars: Iterable[Bar], now: datetime) -> None:
        """Bars as they stand now; one that was handed on stays as it was."""
        self._heard = now
        for bar in bars:
            if self._told is None or bar.time > self._told or bar.time not in self._bars:
                self._bars[bar.time] = bar
        for time in sorted(self._bars)[:-MOST]:
            del self._bars[time]

    def answer(self, bars: Iterable[Bar], now: datetime) -> None:
        """All of the last bars, as IB has them now: those that have settled are as they will stay."""
        self.update(bars, now)
        self._sure.update(time for time in self._bars if self._end(time).due <= now)

    def newest(self, count: int) -> tuple[Bar, ...]:
        """The last bars, oldest first, the running one last."""
        return tuple(self._bars[time] for time in sorted(self._bars)[-count:])

    def closed(self, now: datetime) -> list[Bar]:
        """Every bar that has closed, oldest first."""
        return [self._bars[time] for time in sorted(self._bars) if self._is_closed(time, now)]

    def begin(self, now: datetime) -> None:
        """What has closed until now is the past, and is not handed on."""
        if self._told is None:
            self._told = max((bar.time for bar in self.closed(now)), default=None)

    def fresh(self, now: datetime) -> list[Bar]:
        """Closed bars that were not handed on yet, in order; one that has not closed holds back the later ones."""
        found: list[Bar] = []
        for time in sorted(time for time in self._bars if self._told is None or time > self._told):
            if not self._is_closed(time, now):
                break
            found.append(self._bars[time])
            self._told = time
        return found

    def asks(self, now: datetime) -> bool:
        """Whether IB is to be asked anew: a bar has settled, and nothing it told since shows how it closed."""
        return any(
            self._end(time).due <= now and not self._is_closed(time, now)
            for time in self._bars
            if self._told is None or time > self._told
        )

    def due(self, time: datetime) -> datetime:
        """When the bar of a time has settled."""
        return self._end(time).due

    def _is_closed(self, time: datetime, now: datetime) -> bool:
        end, with_session, due = self._end(time)
        return due <= now and (time in self._sure or (not with_session and self._heard >= end))

    def _end(self, time: datetime) -> BarEnd:
        found = self._ends.get(time)
        if found is None:
            span = self.cutting.at(time)
            session = self.cutting.session(span.day)
            last = session is None or span.end >= session.end
            found = self._ends[time] = BarEnd(span.end, last, span.end + (self._late if last else SETTLED))
        return found
