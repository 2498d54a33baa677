"""Longer bars out of shorter ones, without looking ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import day_began

DAY = 86_400
Group = tuple[Bar, ...]


def resample(groups: Iterable[Group], seconds: int) -> Iterator[Group]:
    """Bars of `seconds`, told when the first bar of the next interval comes; a day is New York's.

    Intervals begin at multiples of `seconds` since 1970; one in which a symbol did not trade has no bar of it.
    """
    begin_of = day_began if seconds >= DAY else _interval(seconds)
    begun: datetime | None = None
    made: dict[str, Bar] = {}
    for group in groups:
        begin = begin_of(group[0].time)
        if begin != begun and made:
            yield tuple(made.values())
            made = {}
        begun = begin
        for bar in group:
            known = made.get(bar.symbol)
            made[bar.symbol] = bar._replace(time=begin) if known is None else known.joined(bar)
    if made:
        yield tuple(made.values())


def _interval(seconds: int) -> Callable[[datetime], datetime]:
    return lambda moment: datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)
