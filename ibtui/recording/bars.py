"""Bars in files: CSV (also gzipped) and Parquet, streamed in order of time with the bars of one moment together.

A CSV has a header with a time (`date`, `datetime`, `time` or `timestamp`), `open`, `high`, `low` and `close` in any
case and order; `volume` and `symbol` (or `ticker`) may be there; other columns are passed over. Without a symbol column
the file's name is the symbol: `AAPL.csv`. Times without a zone are New York's.
"""

from __future__ import annotations

import csv
import gzip
import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from itertools import chain, groupby, islice, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize
from ibtui.recording.playing import recorded_bars
from ibtui.recording.reading import recorded_symbols
from ibtui.recording.times import reader

Group = tuple[Bar, ...]
"""Bars that begin at one time, in the order of the symbols."""
TIMES = ("datetime", "timestamp", "time", "date", "", "__index_level_0__")
"""The last two are what pandas calls an index without a name, in CSV and in Parquet."""
SYMBOLS = ("symbol", "ticker")
PRICES = ("open", "high", "low", "close")
BATCH = 65_536
"""Rows of a Parquet file that are in memory at once."""
_LOOK = 500
"""Groups from which the length of the bars is found."""


def read_bars(
    paths: Sequence[Path],
    *,
    symbol: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
    zone: tzinfo = NEW_YORK,
    seconds: int = 60,
) -> Iterator[Group]:
    """The bars of files together in order of time, from `start` up to, not including, `end` (aware).

    `symbol` names the instrument of a single file without a symbol column. A folder is a recording, whose ticks are
    made into bars of `seconds`. Memory does not grow with the files, unless one holds its symbols one after the other:
    then it is sorted in memory.

    Raises IbtuiError while it is read: `no_file`, `no_extra` for a Parquet file without its library, and `bad_data`
    with file and line for a header or a row that cannot be right: no number, no price, high below low, out of order.
    """
    if len(paths) == 1 and paths[0].is_dir():
        return recorded_bars(paths[0], seconds, start=start, end=end)
    if len(paths) == 1:
        source = _source(paths[0], symbol, zone)
        bars = _between(source.bars, start, end)
        return zip(bars, strict=False) if source.single else _groups(bars)
    streams = [_recorded(path, seconds) if path.is_dir() else _source(path, "", zone).bars for path in paths]
    return _groups(_between(heapq.merge(*streams, key=itemgetter(1)), start, end))


def read_length(groups: Iterator[Group]) -> tuple[int, Iterator[Group]]:
    """Seconds of the bars, the shortest step between two moments (a day for steps of 20 hours and more); 60 for a
    single moment. Returned with the groups, of which some were looked at."""
    first = list(islice(groups, _LOOK))
    steps = [(late[0].time - early[0].time).total_seconds() for early, late in pairwise(first)]
    shortest = min(steps, default=60.0)
    return 86_400 if shortest >= 72_000 else max(int(shortest), 1), chain(first, groups)


def symbols_of(paths: Sequence[Path]) -> tuple[str, ...]:
    """Every symbol in files, in the order in which they first come; reads all of a file with a symbol column.

    Raises as `read_bars` does.
    """
    return tuple(dict.fromkeys(symbol for path in paths for symbol in _symbols(path)))


def _recorded(path: Path, seconds: int) -> Iterator[Bar]:
    return chain.from_iterable(recorded_bars(path, seconds))


def _symbols(path: Path) -> Iterator[str]:
    if path.is_dir():
        yield from recorded_symbols(path)
        return
    if path.suffix.lower() in (".parquet", ".pq"):
        names, rows = _parquet(path)
        place = BarColumns(path, names).symbol
        yield from (name_of(path),) if place is None else (row[place].strip().upper() for row in rows)
        return
    with _opened(path) as file:
        rows = csv.reader(file)
        place = BarColumns(path, next(rows, [])).symbol
        if place is None:
            yield name_of(path)
        else:
            yield from (row[place].strip().upper() for row in rows if len(row) > place)


def name_of(path: Path) -> str:
    """The symbol that a file's name says: `AAPL.csv.gz`, `aapl-1min.csv` and `AAPL_2026.parquet` are AAPL."""
    stem = path.name.partition(".csv")[0].partition(".parquet")[0].partition(".pq")[0]
    return sanitize(re.split(r"[-_ ]", stem)[0], 20).upper() or "DATA"


def _groups(bars: Iterable[Bar]) -> Iterator[Group]:
    order: dict[str, int] = {}
    for _, same in groupby(bars, key=itemgetter(1)):
        group = tuple(same)
        if len(group) > 1:
            for bar in group:
                order.setdefault(bar.symbol, len(order))
            if len({bar.symbol for bar in group}) < len(group):
                raise _bad(f"Two bars of one symbol begin at {group[0].time:%Y-%m-%d %H:%M:%S} UTC.")
            group = tuple(sorted(group, key=lambda bar: order[bar.symbol]))
        yield group


def _between(bars: Iterable[Bar], start: datetime | None, end: datetime | None) -> Iterable[Bar]:
    if start is None and end is None:
        return bars
    return _cut(bars, start, end)


def _cut(bars: Iterable[Bar], start: datetime | None, end: datetime | None) -> Iterator[Bar]:
    for bar in bars:
        if end is not None and bar.time >= end:
            return
        if start is None or bar.time >= start:
            yield bar


class _Source(NamedTuple):
    """The bars of one file."""

    bars: Iterator[Bar]
    single: bool
    """Whether every row of the file is of one symbol."""


def _source(path: Path, symbol: str, zone: tzinfo) -> _Source:
    named = symbol.upper() or name_of(path)
    if path.suffix.lower() in (".parquet", ".pq"):
        names, rows = _parquet(path)
        columns = BarColumns(path, names)
        return _Source(_read(rows, columns, path, named, zone), columns.symbol is None)
    with _opened(path) as file:
        rows = csv.reader(file)
        columns = BarColumns(path, next(rows, []))
        if columns.symbol is not None and not _by_time(rows, columns, zone):
            return _Source(_by_symbol(path, columns, named, zone), single=False)
    return _Source(_csv(path, columns, named, zone), columns.symbol is None)


# CSV


def _csv(path: Path, columns: BarColumns, named: str, zone: tzinfo) -> Iterator[Bar]:
    with _opened(path) as file:
        rows = csv.reader(file)
        next(rows, None)
        yield from _read(rows, columns, path, named, zone)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """A file of text, while it is read; whatever it cannot give is one sentence."""
    try:
        with _text(path) as file:
            yield file
    except UnicodeDecodeError:
        raise _bad(f"{path.name} is not text in UTF-8; save it as a CSV file in UTF-8.") from None
    except (csv.Error, EOFError, OSError) as error:
        raise _bad(f"{path.name} cannot be read: {error}.") from None


def _text(path: Path) -> TextIO:
    try:
        if path.suffix.lower() == ".gz":
            return gzip.open(path, "rt", newline="", encoding="utf-8-sig")
        return path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        raise IbtuiError("no_file", f"{path} cannot be read: {error.strerror}.") from None


class BarColumns:
    """Where a header puts what; raises IbtuiError `bad_data` for one that lacks something."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        names = [name.strip().lower() for name in header]
        found = {name: place for place, name in reversed(list(enumerate(names)))}
        missing = [name for name in PRICES if name not in found]
        time = next((found[name] for name in TIMES if name in found), None)
        if time is None:
            missing.insert(0, "date")
        if missing or time is None:
            raise _bad(f"{path.name} has no column {', '.join(missing)}; its first line must name its columns.")
        self.time: int = time
        self.prices = tuple(found[name] for name in PRICES)
        self.volume = found.get("volume")
        self.symbol = next((found[name] for name in SYMBOLS if name in found), None)


def _read(
    rows: Iterator[list[str]], columns: BarColumns, path: Path, named: str, zone: tzinfo, *, by_time: bool = True
) -> Iterator[Bar]:
    """Bars of the rows that follow the header; the inner loop of reading, so it does without calls where it can."""
    at, name, volume = columns.time, columns.symbol, columns.volume
    one, two, three, four = columns.prices
    read: Callable[[str], datetime] | None = None
    before: dict[str, datetime] = {}
    newest = last = _FIRST
    line = 1
    row: list[str] = []
    try:
        for line, row in enumerate(rows, 2):  # noqa: B007 - named in what is raised
            if not row:
                continue
            if read is None:
                read = reader(row[at], zone)
            time = read(row[at])
            if name is not None:
                named = row[name].strip().upper()
                last, before[named] = before.get(named, _FIRST), time
            if (by_time and time <= newest and (time < newest or name is None)) or time <= last:
                raise ValueError(f"{time:%Y-%m-%d %H:%M:%S} UTC is not after the line above it")
            newest = time
            open_, high, low, close = float(row[one]), float(row[two]), float(row[three]), float(row[four])
            if not 0.0 < low <= open_ <= high >= close >= low:
                high, low = _sane(open_, high, low, close)
            traded = 0.0 if volume is None or not row[volume] else float(row[volume])
            yield _new(Bar, (named, time, open_, high, low, close, traded))
    except UnicodeDecodeError:
        raise _bad(f"{path.name} is not text in UTF-8 after line {line}; save it as a CSV file in UTF-8.") from None
    except (ValueError, IndexError, OverflowError) as error:
        shown = sanitize(",".join(row), 60)
        raise _bad(f"{path.name} line {line} is no bar: {error} ({shown}).") from None
    except (csv.Error, EOFError, OSError) as error:
        raise _bad(f"{path.name} cannot be read after line {line}: {error}.") from None


_FIRST = datetime.min.replace(tzinfo=UTC)
_new = tuple.__new__
_ROUNDED = 0.005
"""An open or close may lie this share of the price outside high and low: adjusted prices are rounded one by one."""


def _sane(open_: float, high: float, low: float, close: float) -> tuple[float, float]:
    """High and low widened over a rounding; raises ValueError for what is no rounding."""
    if not (0.0 < low <= high < float("inf") and open_ > 0 and close > 0):
        raise ValueError("prices must be positive numbers, high not below low")
    top, bottom = max(high, open_, close), min(low, open_, close)
    if top > high * (1 + _ROUNDED) or bottom < low * (1 - _ROUNDED):
        raise ValueError("open and close must lie between low and high")
    return top, bottom


def _by_time(rows: Iterator[list[str]], columns: BarColumns, zone: tzinfo) -> bool:
    """Whether the symbols of a file come moment by moment, and not one after the other."""
    read: Callable[[str], datetime] | None = None
    before, last = _FIRST, ""
    try:
        for row in rows:
            name = row[columns.symbol or 0]
            read = read or reader(row[columns.time], zone)
            time = read(row[columns.time])
            if time < before:
                return name == last  # one symbol that goes back is a mistake, which reading will name
            before, last = time, name
    except (ValueError, IndexError, csv.Error):
        return True  # reading names the line
    return True


def _by_symbol(path: Path, columns: BarColumns, named: str, zone: tzinfo) -> Iterator[Bar]:
    """Every bar of a file whose symbols follow each other, in order of time."""
    with _opened(path) as file:
        rows = csv.reader(file)
        next(rows, None)
        yield from sorted(_read(rows, columns, path, named, zone, by_time=False), key=itemgetter(1))


# Parquet


def _parquet(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns, and the rows."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise IbtuiError("no_extra", "Reading Parquet files needs a library: pip install 'ibtui[parquet]'.") from None
    try:
        file = parquet.ParquetFile(path)
    except (OSError, ArrowException) as error:
        raise IbtuiError("no_file", f"{path} cannot be read as Parquet: {sanitize(str(error), 80)}.") from None
    return file.schema_arrow.names, _rows(file)


def _rows(file: Any) -> Iterator[list[str]]:
    """The rows of a Parquet file as text, a batch at a time."""
    for batch in file.iter_batches(batch_size=BATCH):
        lists = [["" if value is None else str(value) for value in column.to_pylist()] for column in batch.columns]
        yield from map(list, zip(*lists, strict=True))


def _bad(sentence: str) -> IbtuiError:
    return IbtuiError("bad_data", sentence)
