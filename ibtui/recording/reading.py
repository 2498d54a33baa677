"""Reads recordings back: what was learned, in the order in which it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import dropwhile, takewhile
from operator import itemgetter
from pathlib import Path

from ibtui.domain.failure import IbtuiError
from ibtui.recording.folders import days, parse_name, read_manifest
from ibtui.recording.members import read_lines
from ibtui.recording.rows import Gap, Recorded, read_rows

FACTS = ("ticks", "signals", "orders", "fills", "decisions", "gaps")
"""Kinds that are read unless others are asked for; bars follow from the ticks."""


def read_recording(
    path: Path,
    *,
    symbols: Collection[str] | None = None,
    kinds: Collection[str] = FACTS,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Iterator[Recorded]:
    """The facts of a day's folder, or of every day below a folder, from `start` up to, not including, `end`.

    `symbols` are those whose ticks and bars are wanted; what belongs to none of them (a gap in everything, news of the
    whole market) always comes. Reading a file that is being written, or was cut by a crash, ends with its last whole
    row. Memory does not grow with the recording.

    Raises IbtuiError `no_file` where there is no recording, `bad_data` for one of a later version.
    """
    found = list(days(path))
    if not found:
        raise IbtuiError("no_file", f"{path} holds no recording; give the folder of a day, or the one above.")
    wanted = None if symbols is None else {symbol.upper() for symbol in symbols}
    for day in found:
        facts: Iterable[Recorded] = _day(day, wanted, kinds)
        if start is not None:
            facts = dropwhile(lambda fact: fact.time < start, facts)
        if end is not None:
            facts = takewhile(lambda fact: fact.time < end, facts)
        yield from facts


def _day(day: Path, wanted: Collection[str] | None, kinds: Collection[str]) -> Iterator[Recorded]:
    read_manifest(day)  # refuses what a later version wrote
    streams = []
    for file in sorted(day.iterdir()):
        kind, key = parse_name(file.name) or ("", "")
        if kind in kinds and not (kind == "ticks" and wanted is not None and key not in wanted):
            streams.append(_facts(file, kind, wanted))
    return merge(*streams, key=itemgetter(0))


def _facts(file: Path, kind: str, wanted: Collection[str] | None) -> Iterator[Recorded]:
    rows = read_rows(kind, read_lines(file))
    return rows if wanted is None or kind == "ticks" else (row for row in rows if _about(row, wanted))


def _about(row: Recorded, wanted: Collection[str]) -> bool:
    symbol = getattr(row.what, "symbol", "")
    return not symbol or symbol in wanted


def recorded_symbols(path: Path) -> list[str]:
    """The instruments that have ticks, in the order of their names."""
    names = (parse_name(file.name) for day in days(path) for file in day.iterdir())
    return sorted({key for kind, key in filter(None, names) if kind == "ticks"})


def read_gaps(path: Path) -> list[Gap]:
    """Every span in which something is missing, oldest first; the last may have no end: nobody went on."""
    gaps = [fact.what for fact in read_recording(path, kinds=("gaps",)) if isinstance(fact.what, Gap)]
    last = read_manifest(list(days(path))[-1])
    gaps += last.open_gaps
    if last.ended is None and datetime.now(UTC) - last.alive > _QUIET:
        gaps.append(Gap(begin=last.alive, reason="the recording was never ended"))
    return sorted(gaps, key=lambda gap: gap.begin)


_QUIET = timedelta(seconds=30)
"""A recording that was not touched for so long is not being written."""
