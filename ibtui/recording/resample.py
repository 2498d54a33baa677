"""Longer bars out of shorter ones, by session and without looking ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import takewhile

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.cutting import Cutting

Group = tuple[Bar, ...]
_NEVER = datetime.max.replace(tzinfo=UTC)


def resample(groups: Iterable[Group], cutting: Callable[[str], Cutting]) -> Iterator[Group]:
    """Bars as each symbol's `cutting` cuts them, in order of the times that they bear, each told when it has ended.

    A bar counts where it begins; one outside the hours that are kept is left out. A span in which a symbol did not
    trade has no bar of it.
    """
    cutters: dict[str, BarCutter] = {}
    made: dict[datetime, dict[str, Bar]] = {}
    ends: dict[datetime, datetime] = {}
    due = _NEVER
    for group in groups:
        now = group[0][1]
        if now >= due:
            for time in _over(ends, now):
                del ends[time]
                yield tuple(made.pop(time).values())
            due = min(ends.values(), default=_NEVER)
        for bar in group:
            cutter = cutters.get(bar[0])
            if cutter is None:
                cutter = cutters[bar[0]] = BarCutter(cutting(bar[0]))
            begun = cutter.time(now)
            if begun is None:
                continue
            bars = made.setdefault(begun, {})
            known = bars.get(bar[0])
            if known is None:
                bars[bar[0]] = bar._replace(time=begun)
                ends[begun] = max(ends.get(begun, cutter.end), cutter.end)
                due = min(due, cutter.end)
            else:
                bars[bar[0]] = known.joined(bar)
    yield from (tuple(made[time].values()) for time in sorted(made))


def _over(ends: dict[datetime, datetime], now: datetime) -> list[datetime]:
    """The times whose bars have all ended, up to the first of which one still runs."""
    return list(takewhile(lambda time: ends[time] <= now, sorted(ends)))


class BarCutter:
    """Tells of ascending moments which bar each falls into, and asks the calendar once a bar."""

    __slots__ = ("_cutting", "_time", "_until", "end")

    def __init__(self, cutting: Cutting) -> None:
        self._cutting = cutting
        self._time: datetime | None = None
        self._until = datetime.min.replace(tzinfo=UTC)
        self.end = _NEVER
        """When the newest bar ends that a moment fell into."""

    def time(self, moment: datetime) -> datetime | None:
        """What the bar of a moment bears as its time; None where the moment belongs to none."""
        if moment >= self._until:
            span = self._cutting.of(moment)
            if span is None:
                self._time, self._until = None, self._cutting.closed_until(moment) or moment
            else:
                self._time, self._until, self.end = span.time, span.end, span.end
        return self._time
