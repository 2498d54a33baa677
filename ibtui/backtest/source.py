"""Where the bars of a run come from: something small that can be sent to another process and read there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from pathlib import Path

from msgspec import Struct

from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.cutting import HOUR, SECONDS_OF_DAY, Cutting, cutting_of, day_time
from ibtui.domain.calendar.hours import US_STOCKS
from ibtui.domain.instrument import Instrument
from ibtui.domain.reference.reference import shipped
from ibtui.domain.signal import Signal
from ibtui.recording.actions import DividendOrSplit, after_splits
from ibtui.recording.bars import read_bars
from ibtui.recording.playing import Moment, PlayedQuote, recorded_moments
from ibtui.recording.resample import resample

Group = tuple[Bar, ...]
KEPT = 500_000
"""Most moments that are kept in memory between runs; more are read again from their files."""


class BarSource(Struct, frozen=True, kw_only=True):
    """Bars of files, made longer where asked for; reading them again gives the same."""

    paths: tuple[Path, ...]
    seconds: int
    """Length of the bars that a run sees."""
    read_seconds: int
    """Length of the bars in the files."""
    splits: tuple[DividendOrSplit, ...] = ()
    """Bars of before a split are told in new shares."""
    end: datetime | None = None
    """Bars from this time on are left out, aware."""
    symbols: tuple[str, ...] = ()
    """The symbols that the files have bars of."""
    instruments: tuple[Instrument, ...] = ()
    """What the symbols are, where their names alone do not say."""
    hours: BarHours | None = None
    """Which hours bars of an hour and more are made of; None for what is usual for each instrument."""

    def of(self, traded: Sequence[str], *, again: bool = False) -> Iterable[Moment]:
        """The bars of what a run trades, of everything when it names nothing; `again` says that more runs follow.

        Those of currency pairs come along: they tell what money is worth. So do the quotes of a recording.
        """
        pairs = (one.symbol for one in self.instruments if one.sec_type == "CASH")
        moments = (again and kept(self)) or self.moments()
        return (
            moments if not traded or set(self.symbols) <= set(traded) else _only(moments, frozenset((*traded, *pairs)))
        )

    def moments(self) -> Iterator[Moment]:
        """The bars in order of time, of a recording that is run over as it is with its quotes; raises as `bars`."""
        ticks = len(self.paths) == 1 and self.paths[0].is_dir() and self.seconds == self.read_seconds
        if not ticks or self.splits:
            return self.bars()
        return recorded_moments(self.paths[0], self.seconds, end=self.end)

    def bars(self) -> Iterator[Group]:
        """The bars in order of time; raises as `ibtui.recording.bars.read_bars` does."""
        groups: Iterator[Group] = read_bars(self.paths, end=self.end, seconds=self.read_seconds)
        if self.read_seconds >= SECONDS_OF_DAY:
            groups = _dated(groups, self.end)
        if self.splits:
            groups = after_splits(groups, self.splits)
        return groups if self.seconds == self.read_seconds else resample(groups, self._cutting)

    def hours_words(self) -> str:
        """Of which hours the bars are, for a report; empty for what was read as it is, or is shorter than an hour."""
        if self.seconds == self.read_seconds or self.seconds < HOUR:
            return ""
        kept = {self._cutting(symbol).kept for symbol in self.symbols}
        return f"{kept.pop()} hours" if len(kept) == 1 else "each market's usual hours"

    def _cutting(self, symbol: str) -> Cutting:
        told = next((one for one in self.instruments if one.symbol == symbol), None) or shipped(symbol)
        if told is None:  # nobody trades it, or the run would not have begun
            return Cutting(US_STOCKS, self.seconds, (self.hours or "regular") if self.seconds >= HOUR else "all")
        return cutting_of(told, self.seconds, self.hours)


def _dated(groups: Iterable[Group], end: datetime | None) -> Iterator[Group]:
    """Bars of a day, each with the time that a day's bar bears, whichever its file gave it; up to `end`."""
    for group in groups:
        dated = tuple(bar._replace(time=day_time(bar.time)) for bar in group)
        if end is None or dated[0].time < end:
            yield dated


def _only(moments: Iterable[Moment], symbols: frozenset[str]) -> Iterator[Moment]:
    for moment in moments:
        if isinstance(moment, PlayedQuote):
            if moment.quote.symbol in symbols:
                yield moment
            continue
        kept = tuple(bar for bar in moment if bar[0] in symbols)
        if kept:
            yield kept


@lru_cache(maxsize=2)
def kept(source: BarSource) -> tuple[Moment, ...]:
    """All moments of a source, once for the process; empty when they are too many to keep."""
    moments = source.moments()
    found = tuple(islice(moments, KEPT))
    return () if next(moments, None) else found


def read_signals(events: Path | None) -> tuple[Signal, ...]:
    """The signals of a file, oldest first, once for the process; raises IbtuiError for what is none."""
    return _read_signals(events)[0]


def left_out(events: Path | None) -> tuple[str, ...]:
    """Sentences about the rows and entries of that file that are no signals."""
    return _read_signals(events)[1]


@lru_cache(maxsize=2)
def _read_signals(events: Path | None) -> tuple[tuple[Signal, ...], tuple[str, ...]]:
    if events is None:
        return (), ()
    from ibtui.recording.signals import Refusals
    from ibtui.recording.signals import read_signals as read

    refusals = Refusals()
    found = tuple(sorted(read(events, refusals), key=attrgetter("time")))
    return found, tuple(refusals.sentences)
