"""What a recording holds, as rows of text: one line for each fact, columns that any program reads.

Times are ISO 8601 in UTC with microseconds, prices plain numbers, what is unknown is empty. In a notebook:

    ticks = pandas.read_csv("2026-11-27/ticks-AAPL.csv.gz", parse_dates=["time"])
    gaps = pandas.read_csv("2026-11-27/gaps.csv.gz", parse_dates=["begin", "end"])
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import HasTerms, Terms, nested


class Gap(Struct, frozen=True, kw_only=True):
    """A span in which data is missing or not what it should be."""

    begin: datetime
    end: datetime | None = None
    """None when nobody knows: the recording was never gone on with."""
    symbol: str = ""
    """The instrument that it is about; empty where it is about all."""
    reason: str = ""


class Decision(Struct, frozen=True, kw_only=True):
    """What a strategy decided and why, in its own words."""

    strategy: str
    text: str
    bar: datetime | None = None
    """When the bar that it decided on ended."""


Fact = Quote | Bar | Signal | Order | Fill | Decision | Gap


class Recorded(NamedTuple):
    """A fact and when this program learned of it, aware UTC; for a bar, when the bar began.

    No two of one recording have the same time, but for bars.
    """

    time: datetime
    what: Fact


def write_line(values: list[str]) -> str:
    """One line of CSV with its end; a line break inside a value becomes a blank."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    line = out.getvalue()
    return line if line.count("\n") == 1 and "\r" not in line else _flat(values)


def _flat(values: list[str]) -> str:
    return write_line([value.replace("\r", " ").replace("\n", " ") for value in values])


def stamp(time: datetime) -> str:
    """`2026-11-27T14:30:00.250000Z`; always as long, so that text sorts as time."""
    moment = time if time.tzinfo is UTC else time.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def text(value: object) -> str:
    """One value of a row; empty for None and for an empty list, of which others are JSON."""
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return msgspec.json.encode(value).decode()
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, bool):
        return "1" if value else ""
    return repr(value) if isinstance(value, float) else str(value)


class Table(NamedTuple):
    """One kind of row: its columns, how a fact becomes one, and how one becomes a fact."""

    columns: tuple[str, ...]
    write: Callable[[datetime, Any], list[str]]
    read: Callable[[list[str]], Recorded]

    @property
    def header(self) -> str:
        return write_line(list(self.columns))


# quotes

TICK_COLUMNS = (
    *("time", "symbol", "bid", "ask", "last", "bid_size", "ask_size", "last_size", "volume", "kind", "halted"),
    *("day_open", "day_high", "day_low", "previous_close"),
)


def _tick(time: datetime, quote: Quote) -> list[str]:
    numbers = (quote.bid, quote.ask, quote.last, quote.bid_size, quote.ask_size, quote.last_size, quote.volume)
    day = (quote.open, quote.high, quote.low, quote.close)
    return [
        stamp(time),
        quote.symbol,
        *("" if number is None else repr(number) for number in numbers),
        quote.kind,
        "1" if quote.halted else "",
        *("" if number is None else repr(number) for number in day),
    ]


def _quote(row: list[str]) -> Recorded:
    time, symbol, bid, ask, last, bid_size, ask_size, last_size, volume, kind, halted, *day = row
    open_, high, low, close = day
    return Recorded(
        datetime.fromisoformat(time),
        Quote(
            symbol=symbol,
            bid=float(bid) if bid else None,
            ask=float(ask) if ask else None,
            last=float(last) if last else None,
            bid_size=float(bid_size) if bid_size else None,
            ask_size=float(ask_size) if ask_size else None,
            last_size=float(last_size) if last_size else None,
            volume=float(volume) if volume else None,
            open=float(open_) if open_ else None,
            high=float(high) if high else None,
            low=float(low) if low else None,
            close=float(close) if close else None,
            kind=kind,  # type: ignore[arg-type]  # as it was written
            halted=bool(halted),
        ),
    )


# bars: the time is when the bar begins, as in every file of bars

BAR_COLUMNS = ("time", "symbol", "open", "high", "low", "close", "volume")


def _bar_row(_: datetime, bar: Bar) -> list[str]:
    return [stamp(bar.time), bar.symbol, *map(repr, bar[2:])]


def _bar(row: list[str]) -> Recorded:
    begin, symbol, open_, high, low, close, volume = row
    time = datetime.fromisoformat(begin)
    return Recorded(time, Bar(symbol, time, float(open_), float(high), float(low), float(close), float(volume)))


# all else: the columns of a struct behind the time at which it came


def _table(kind: type[Signal | Order | Fill | Decision | Gap], first: str = "recorded") -> Table:
    """Rows of a struct; its own fields keep their names, and an order's terms stand among them in the flat form."""
    held = issubclass(kind, HasTerms)
    known = {field.name: field for field in (*fields(kind), *(fields(Terms) if held else ()))}
    names = _ORDER if held else tuple(known)
    needed = frozenset(name for name in names if known[name].required)
    lists = frozenset(name for name in names if known[name].default == ())

    def write(time: datetime, fact: Any) -> list[str]:
        return [stamp(time), *(text(getattr(fact, name)) for name in names)]

    def read(row: list[str]) -> Recorded:
        given = {
            name: msgspec.json.decode(value) if name in lists else value
            for name, value in zip(names, row[1:], strict=True)
            if value or name in needed
        }
        return Recorded(
            datetime.fromisoformat(row[0]), msgspec.convert(nested(given) if held else given, kind, strict=False)
        )

    return Table((first, *names), write, read)


_ORDER = (
    *("ref", "perm_id", "symbol", "side", "quantity", "type", "limit_price", "stop_price", "status", "filled"),
    *("average_price", "owner", "parent", "role", "tif", "oca_group", "combo", "outside_hours", "reason", "created"),
    *("changed", "over_by", "number", "client_id"),
)
"""The columns of an order, which every recording has in this order."""


TABLES: Mapping[str, Table] = {
    "ticks": Table(TICK_COLUMNS, _tick, _quote),
    "bars": Table(BAR_COLUMNS, _bar_row, _bar),
    "signals": _table(Signal),
    "orders": _table(Order),
    "fills": _table(Fill),
    "decisions": _table(Decision, "time"),
    "gaps": _table(Gap),
}
"""The first word of a file's name -> what its rows are."""
KIND_OF: Mapping[type, str] = {
    Quote: "ticks",
    Bar: "bars",
    Signal: "signals",
    Order: "orders",
    Fill: "fills",
    Decision: "decisions",
    Gap: "gaps",
}


def read_rows(kind: str, lines: Iterator[str]) -> Iterator[Recorded]:
    """The facts of a file's lines, the first of which is its header.

    Columns that a newer version added behind are passed over; a row that does not fit ends the file.
    """
    table = TABLES[kind]
    width = len(table.columns)
    rows = csv.reader(lines)
    try:
        if tuple(next(rows, ()))[:width] == table.columns:
            for row in rows:
                yield table.read(row[:width])
    except (ValueError, LookupError, csv.Error, msgspec.MsgspecError):
        return
