"""The decision log as it is written: lines for a person, JSON lines for a program, rows for a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from typing import BinaryIO

import msgspec

from ibtui.backtest.decisions import DecisionRecord
from ibtui.domain.calendar.clock import shown

COLUMNS = ("time", "order", "symbol", "text", "reason", "became", "end", "ended")
Row = tuple[str, ...]


def line(record: DecisionRecord) -> str:
    """`TIME  ORDER  what was asked | why | what became of it`, or `TIME  log  what was said`; times are UTC."""
    when = shown(record.time, UTC)
    if not record.ref:
        return f"{when}  log  {record.text}"
    became = [f"{shown(one.time, UTC)} {one.text}" for one in record.became]
    if record.end == "working":
        became.append("still working at the end")
    return f"{when}  {record.ref}  {' | '.join((record.text, record.reason or '-', '; '.join(became) or '-'))}"


def row(record: DecisionRecord) -> Row:
    """The record as the cells of `COLUMNS`; an order's last moment is when it ended."""
    ended = record.became[-1].time.isoformat() if record.became and record.end not in ("", "working") else ""
    became = "; ".join(one.text for one in record.became)
    return (
        record.time.isoformat(),
        record.ref,
        record.symbol,
        record.text,
        record.reason,
        became,
        record.end or "log",
        ended,
    )


def rows(log: Iterable[DecisionRecord]) -> Iterator[Row]:
    """All of it as rows of a table."""
    return map(row, log)


def write_lines(log: Iterable[DecisionRecord], out: BinaryIO, *, as_json: bool) -> None:
    """Write the whole log, one record a line; raises OSError as `out` does."""
    encoded: Callable[[DecisionRecord], bytes] = msgspec.json.encode if as_json else _text
    for record in log:
        out.write(encoded(record) + b"\n")


def _text(record: DecisionRecord) -> bytes:
    return line(record).encode()
