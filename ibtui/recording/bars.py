"""Bars in files: CSV (also gzipped) and Parquet, streamed in order of time with the bars of one moment together.

A file has columns of time, `open`, `high`, `low` and `close`, as `ibtui.recording.sheet` knows them; `volume` and
`symbol` may be there. Without a column of symbols the file's name is the symbol. Times without a zone are New York's. A
file whose newest row comes first is turned round; a row without any price is passed over.
"""

from __future__ import annotations

import csv
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from itertools import chain, groupby, islice, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Literal, NamedTuple

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize
from ibtui.recording.columnar import is_parquet, read_parquet
from ibtui.recording.names import name_of
from ibtui.recording.playing import recorded_bars
from ibtui.recording.reading import recorded_symbols
from ibtui.recording.sheet import DataSheet, is_no_row, read_volume, sheet
from ibtui.recording.times import reader

Group = tuple[Bar, ...]
"""Bars that begin at one time, in the order of the symbols."""
PRICES = ("open", "high", "low", "close")
_Order = Literal["as it comes", "by symbol", "newest first"]
_FEW = 3
"""Rows from which a file is known to begin with the newest."""
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


def without_volume(groups: Iterable[Group]) -> tuple[str, ...]:
    """The symbols of which none of the first bars has a volume."""
    first = [bar for group in islice(groups, _LOOK) for bar in group]
    traded = {bar.symbol for bar in first if bar.volume > 0}
    return tuple(dict.fromkeys(bar.symbol for bar in first if bar.symbol not in traded))


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
    if is_parquet(path):
        names, rows = read_parquet(path)
        yield from _named(path, BarColumns(path, names).symbol, rows)
        return
    form = sheet(path)
    with _opened(form) as rows:
        yield from _named(path, BarColumns(path, form.names).symbol, rows)


def _named(path: Path, place: int | None, rows: Iterator[list[str]]) -> Iterator[str]:
    """What a column of symbols says, or the name of its file."""
    if place is None:
        yield name_of(path)
    else:
        yield from (row[place].strip().upper() for row in rows if len(row) > place)


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
    if is_parquet(path):
        names, rows = read_parquet(path)
        columns = BarColumns(path, names)
        return _Source(_read(rows, columns, path, named, zone), columns.symbol is None)
    form = sheet(path)
    columns = BarColumns(path, form.names)
    with _opened(form) as rows:
        order = _order(rows, columns, zone)
    if order == "as it comes":
        return _Source(_csv(form, columns, named, zone), columns.symbol is None)
    if order == "by symbol":
        return _Source(_by_symbol(form, columns, named, zone), single=False)
    return _Source(_turned(form, columns, named, zone), columns.symbol is None)


# CSV


def _csv(form: DataSheet, columns: BarColumns, named: str, zone: tzinfo) -> Iterator[Bar]:
    with _opened(form) as rows:
        yield from _read(rows, columns, form.path, named, zone, above=form.above)


@contextmanager
def _opened(form: DataSheet) -> Iterator[Iterator[list[str]]]:
    """The rows of a file of text, while it is read; whatever it cannot give is one sentence."""
    try:
        with form.rows() as rows:
            yield rows
    except UnicodeDecodeError:
        raise _bad(f"{form.path.name} is not text in UTF-8; save it as a CSV file in UTF-8.") from None
    except (csv.Error, EOFError, OSError) as error:
        raise _bad(f"{form.path.name} cannot be read: {error}.") from None


class BarColumns:
    """Where the columns of a file put what; raises IbtuiError `bad_data` for one that lacks something."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        """`names` are those of `ibtui.recording.sheet`."""
        found = {name: place for place, name in reversed(list(enumerate(names)))}
        missing = [name for name in PRICES if name not in found]
        if "time" not in found:
            missing.insert(0, "date")
        if missing:
            raise _bad(
                f"{path.name} has no column {', '.join(missing)}; its first line must name its columns: "
                "`date,open,high,low,close,volume`."
            )
        self.time: int = found["time"]
        self.prices = tuple(found[name] for name in PRICES)
        self.volume = found.get("volume")
        self.symbol = found.get("symbol")


def _read(
    rows: Iterator[list[str]],
    columns: BarColumns,
    path: Path,
    named: str,
    zone: tzinfo,
    *,
    by_time: bool = True,
    above: int = 1,
) -> Iterator[Bar]:
    """Bars of the rows that follow the header; the inner loop of reading, so it does without calls where it can.

    `above` are the lines above the first row.
    """
    at, name, volume = columns.time, columns.symbol, columns.volume
    one, two, three, four = columns.prices
    read: Callable[[str], datetime] | None = None
    before: dict[str, datetime] = {}
    newest = last = _FIRST
    line = above
    row: list[str] = []
    try:
        for line, row in enumerate(rows, above + 1):  # noqa: B007 - named in what is raised
            if not row:
                continue
            try:
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
            except (ValueError, IndexError):
                if is_no_row(row, columns.prices, rows):
                    continue
                raise
            traded = 0.0
            if volume is not None and (text := row[volume]):
                try:
                    traded = float(text)
                except ValueError:
                    traded = read_volume(text) or 0.0
                if not traded >= 0.0:
                    traded = 0.0
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


def _order(rows: Iterator[list[str]], columns: BarColumns, zone: tzinfo) -> _Order:
    """How the rows of a file follow each other; what cannot be read is left to reading, which names the line."""
    read: Callable[[str], datetime] | None = None
    before, last, count, falling = _FIRST, "", 0, True
    try:
        for row in filter(None, rows):
            name = "" if columns.symbol is None else row[columns.symbol]
            read = read or reader(row[columns.time], zone)
            time = read(row[columns.time])
            if count and time < before and name != last:
                return "by symbol"
            falling = falling and (not count or (time < before and name == last))
            before, last, count = time, name, count + 1
            if columns.symbol is None and (not falling or count == _FEW):
                break
    except (ValueError, IndexError, csv.Error):
        pass
    return "newest first" if falling and count >= _FEW else "as it comes"


def _turned(form: DataSheet, columns: BarColumns, named: str, zone: tzinfo) -> Iterator[Bar]:
    """Every bar of a file whose newest row comes first, in order of time."""
    with _opened(form) as rows:
        bars = list(_read(rows, columns, form.path, named, zone, by_time=False, above=form.above))
    bars.sort(key=itemgetter(1))
    for early, late in pairwise(bars):
        if early.time == late.time:
            raise _bad(f"{form.path.name} has two bars that begin at {late.time:%Y-%m-%d %H:%M:%S} UTC.")
    yield from bars


def _by_symbol(form: DataSheet, columns: BarColumns, named: str, zone: tzinfo) -> Iterator[Bar]:
    """Every bar of a file whose symbols follow each other, in order of time."""
    with _opened(form) as rows:
        bars = _read(rows, columns, form.path, named, zone, by_time=False, above=form.above)
        yield from sorted(bars, key=itemgetter(1))


def _bad(sentence: str) -> IbtuiError:
    return IbtuiError("bad_data", sentence)
