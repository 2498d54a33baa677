"""Longer bars out of shorter ones, by session and without looking ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import takewhile

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.cutter import BarCutter
from ibtui.domain.calendar.cutting import Cutting

Group = tuple[Bar, ...]
_NEVER = datetime.max.replace(tzinfo=UTC)
"""When nothing runs that could end."""


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
