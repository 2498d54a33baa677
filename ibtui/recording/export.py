"""Writes one instrument of a recording as one file, CSV or Parquet, for whatever reads such files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.recording.playing import recorded_bars
from ibtui.recording.reading import read_recording, recorded_symbols
from ibtui.recording.rows import TABLES, Table, write_line

BATCH = 65_536
"""Rows of a Parquet file that are in memory at once."""
_TEXTS = frozenset({"symbol", "kind"})


def export(source: Path, symbol: str, out: Path, bar_length: int | None = None) -> int:
    """Write the ticks of a symbol, or bars of `bar_length` seconds, to `out`; returns how many rows.

    The file is there when all of it is. Raises IbtuiError `no_file` for what was not recorded or cannot be written,
    `usage` for a name that ends in neither .csv, .csv.gz nor .parquet, and `no_extra` for Parquet without its library.
    """
    if symbol.upper() not in recorded_symbols(source):
        listed = ", ".join(recorded_symbols(source)[:8]) or "nothing"
        raise IbtuiError("no_file", f"{symbol} was not recorded in {source.name}; {listed} was.")
    table = TABLES["ticks" if bar_length is None else "bars"]
    rows = _ticks(source, symbol, table) if bar_length is None else _bars(source, symbol, bar_length, table)
    return _write(out, table, rows)


def write_bars(out: Path, bars: Iterable[Bar]) -> int:
    """Write bars in order of time as a file that `ibtui.recording.bars` reads; returns how many.

    The file is there when all of it is. Raises IbtuiError as `export` does for `out`.
    """
    table = TABLES["bars"]
    return _write(out, table, (table.write(bar.time, bar) for bar in bars))


def _write(out: Path, table: Table, rows: Iterator[list[str]]) -> int:
    write = _writer(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _whole(out) as fresh:
            return write(fresh, table, rows)
    except OSError as error:
        raise IbtuiError("no_file", f"{out} cannot be written: {error.strerror}.") from None


def _ticks(source: Path, symbol: str, table: Table) -> Iterator[list[str]]:
    facts = read_recording(source, symbols=[symbol], kinds=("ticks",))
    return (table.write(time, fact) for time, fact in facts)


def _bars(source: Path, symbol: str, seconds: int, table: Table) -> Iterator[list[str]]:
    groups = recorded_bars(source, seconds, symbols=[symbol])
    return (table.write(bar.time, bar) for group in groups for bar in group)


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    fresh = out.with_name(out.name + ".new")
    try:
        yield fresh
        fresh.replace(out)
    finally:
        fresh.unlink(missing_ok=True)


def _writer(out: Path) -> Callable[[Path, Table, Iterator[list[str]]], int]:
    name = out.name.lower()
    if name.endswith(".parquet"):
        return _parquet
    if name.endswith((".csv", ".csv.gz")):
        return _csv_gz if name.endswith(".gz") else _csv
    raise IbtuiError("usage", f"{out.name} says no format: end it with .csv, .csv.gz or .parquet.")


def _csv(out: Path, table: Table, rows: Iterator[list[str]]) -> int:
    with out.open("w", encoding="utf-8", newline="") as file:
        return _lines(file, table, rows)


def _csv_gz(out: Path, table: Table, rows: Iterator[list[str]]) -> int:
    import gzip

    with gzip.open(out, "wt", encoding="utf-8", newline="") as file:
        return _lines(file, table, rows)


def _lines(file: Any, table: Table, rows: Iterator[list[str]]) -> int:
    count = 0
    file.write(table.header)
    for count, row in enumerate(rows, 1):  # noqa: B007 - counted
        file.write(write_line(row))
    return count


def _parquet(out: Path, table: Table, rows: Iterator[list[str]]) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise IbtuiError("no_extra", "Writing Parquet files needs a library: pip install 'ibtui[parquet]'.") from None
    schema = pyarrow.schema([(name, _kind(pyarrow, name)) for name in table.columns])
    count = 0
    with parquet.ParquetWriter(out, schema) as file:
        while batch := list(islice(rows, BATCH)):
            columns = [
                list(map(_value(name), values))
                for name, values in zip(table.columns, zip(*batch, strict=True), strict=True)
            ]
            file.write_table(pyarrow.table(columns, schema=schema))
            count += len(batch)
    return count


def _kind(pyarrow: Any, name: str) -> Any:
    if name == "time":
        return pyarrow.timestamp("us", tz="UTC")
    return pyarrow.string() if name in _TEXTS else pyarrow.bool_() if name == "halted" else pyarrow.float64()


def _value(name: str) -> Any:
    from datetime import datetime

    if name == "time":
        return datetime.fromisoformat
    if name in _TEXTS:
        return str
    return bool if name == "halted" else (lambda value: float(value) if value else None)
