"""Plays a recording back as bars, through the same builder that an engine makes them with while it trades."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ibtui.domain.bar import Bar
from ibtui.domain.bar_builder import Length, SecondBars
from ibtui.domain.quote import Quote
from ibtui.recording.folders import days, read_manifest
from ibtui.recording.reading import read_recording
from ibtui.recording.rows import Gap, Recorded
from ibtui.recording.writer import KILLED, OFF

Group = tuple[Bar, ...]


class PlayedQuote(NamedTuple):
    """A quote of a recording, and when it came."""

    time: datetime
    quote: Quote


Moment = Group | PlayedQuote
"""Bars that have closed together, or a quote."""
BEFORE = timedelta(minutes=10)
"""Ticks before a start that are read as well: what a symbol cost before is known when its first bar begins."""


def recorded_bars(
    path: Path,
    seconds: int,
    *,
    symbols: Collection[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Iterator[Group]:
    """Bars of a recording's ticks, those of one moment together, symbols in the order in which they first came.

    They are the bars that the engine which recorded made for its strategies. A bar during which the recording began is
    left out, as it is live when an engine starts; so is one that was cut off by its end. From those that begin at
    `start` up to, not including, those at `end`. Raises as `read_recording` does.
    """
    for moment in recorded_moments(path, seconds, symbols=symbols, start=start, end=end):
        if not isinstance(moment, PlayedQuote):
            yield moment


def recorded_moments(
    path: Path,
    seconds: int,
    *,
    symbols: Collection[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Iterator[Moment]:
    """Every quote of a recording, and between them the bars that `recorded_bars` has, when they close."""
    first = None if start is None else start - max(BEFORE, timedelta(seconds=seconds))
    last = None if end is None else end + timedelta(seconds=seconds)
    facts = read_recording(path, symbols=symbols, kinds=("ticks", "gaps"), start=first, end=last)
    for moment in moments_of(facts, seconds, until=last or _alive(path)):
        begun = began(moment)
        if end is not None and begun >= end:
            return
        if start is None or begun >= start:
            yield moment


def began(moment: Moment) -> datetime:
    """When bars began, or a quote came."""
    return moment.time if isinstance(moment, PlayedQuote) else moment[0].time


def _alive(path: Path) -> datetime | None:
    found = list(days(path))
    return read_manifest(found[-1]).alive if found else None


def bars_of(facts: Iterable[Recorded], seconds: int, *, until: datetime | None = None) -> Iterator[Group]:
    """Bars of quotes in order of time, of which the last ends at `until` at the latest."""
    moments = moments_of(facts, seconds, until=until)
    return (moment for moment in moments if not isinstance(moment, PlayedQuote))


def moments_of(facts: Iterable[Recorded], seconds: int, *, until: datetime | None = None) -> Iterator[Moment]:
    """Quotes, and between them their bars when these close, of which the last ends at `until` at the latest."""
    series: dict[str, SecondBars] = {}
    length = Length(seconds, series)
    now = 0
    for moment, fact in facts:
        second = int(moment.timestamp())
        if second > now:
            now = second
            yield from _ended(series, length, now)
        if isinstance(fact, Quote):
            one = series.get(fact.symbol)
            if one is None:
                one = series[fact.symbol] = SecondBars(fact.symbol, moment.timestamp())
            closed = one.take(fact, second)
            if closed is not None:
                length.add(closed)
            yield PlayedQuote(moment, fact)
        elif isinstance(fact, Gap) and fact.reason in (KILLED, OFF):
            series.clear()
            length = Length(seconds, series)  # another engine, which knows nothing of the one before
    if until is not None:
        yield from _ended(series, length, int(until.timestamp()))


def _ended(series: dict[str, SecondBars], length: Length, now: int) -> Iterator[Group]:
    for one in series.values():
        closed = one.close(now)
        if closed is not None:
            length.add(closed)
    return length.ended(now)
