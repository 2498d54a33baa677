"""Where the bars of a command line about the past are: files, recordings, or the history that IB gives of symbols."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import merge
from operator import attrgetter
from pathlib import Path

from ibtui.config import cache_folder
from ibtui.domain.bar import BarHours, bar_seconds
from ibtui.domain.failure import IbtuiError
from ibtui.recording.bars import read_bars, read_length
from ibtui.recording.export import write_bars
from ibtui.recording.folders import is_recording
from ibtui.recording.times import reader
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import describe

DAY = 86_400
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,23}")
_SPANS = ((DAY, timedelta(days=3_650)), (3_600, timedelta(days=365)), (0, timedelta(days=10)))
"""How much of the past is asked of IB when nobody says, by the length of the bars."""
_WARMUP = 400
"""Bars before the first day that are asked of IB, for averages to have a past."""


def named_length(bar: str | None, given: Mapping[str, str], strategy: type[Strategy]) -> int | None:
    """Seconds of the bars that were asked for, by `--bar` or by the strategy's parameter; None when by neither."""
    named = next((given[p.name] for p in describe(strategy) if p.kind == "bar" and p.name in given), None)
    text = bar or named
    if text is None:
        return None
    try:
        return bar_seconds(text)
    except ValueError as error:
        raise IbtuiError("bad_bar", f"{str(error)[0].upper()}{str(error)[1:]}.") from None


def read_seconds(paths: Sequence[Path], until: datetime | None, named: int | None) -> int:
    """Length of the bars in the files; recordings are of ticks, which make bars of the length that is wanted."""
    if all(path.is_dir() for path in paths):
        return named or 60
    seconds, _ = read_length(read_bars([path for path in paths if not path.is_dir()], end=until))
    return seconds


def sources(
    data: Sequence[str],
    seconds: int | None,
    begin: datetime | None,
    end: datetime | None,
    profile: str,
    hours: BarHours | None = None,
) -> tuple[Path, ...]:
    """Files as named, or one with the bars that IB gave of symbols; raises IbtuiError `no_data` for neither."""
    words = [word for text in data for word in ([text] if Path(text).exists() else text.split(",")) if word.strip()]
    files = [Path(word.strip()) for word in words if Path(word.strip()).exists()]
    names = [word.strip() for word in words if not Path(word.strip()).exists()]
    for name in names:
        if not _SYMBOL.fullmatch(name):
            raise IbtuiError(
                "no_data", f"{name} is not there; give a CSV or Parquet file, or symbols such as AAPL,MSFT."
            )
    if files and names:
        raise IbtuiError("usage", f"{files[0]} is a file and {names[0]} is none; give files or symbols.")
    if names:
        return (_history(names, seconds or 60, begin, end or datetime.now(UTC), profile, hours),)
    return tuple(_flat(files))


def _flat(files: Iterable[Path]) -> Iterator[Path]:
    """Files, recordings, and the files of another folder by name."""
    for file in files:
        if not file.is_dir() or is_recording(file):
            yield file
            continue
        found = sorted(p for p in file.iterdir() if p.name.endswith((".csv", ".csv.gz", ".parquet", ".pq")))
        if not found:
            raise IbtuiError("no_data", f"The folder {file} holds no CSV or Parquet files.")
        yield from found


def _history(
    names: Sequence[str],
    seconds: int,
    begin: datetime | None,
    end: datetime,
    profile: str,
    hours: BarHours | None,
) -> Path:
    """A file of what IB knows of the symbols, by the engine of the profile, which asks for what it does not have."""
    from ibtui.cli.engines import caller
    from ibtui.cli.history import PATIENCE, fetch, known, say

    span = next(span for least, span in _SPANS if seconds >= least)
    first = end - span if begin is None else begin - timedelta(seconds=_WARMUP * seconds * (2 if seconds >= DAY else 5))
    with caller(profile, PATIENCE) as engine:
        for name in names:
            fetch(engine, name, seconds, first, end, say, hours=hours)
        bars = [known(engine, name, seconds, first, end, hours) for name in names]
        file = cache_folder() / "history" / f"{'-'.join(names[:8])}-{seconds}.csv"
        write_bars(file, merge(*bars, key=attrgetter("time")))
    return file


def day(text: str | None) -> datetime | None:
    """A date or time as typed, aware; New York's when it does not say. Raises IbtuiError `usage`."""
    if text is None:
        return None
    try:
        return reader(text)(text)
    except ValueError:
        raise IbtuiError("usage", f"{text[:30]!r} is no date; write 2026-03-02.") from None
