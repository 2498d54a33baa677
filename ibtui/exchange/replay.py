"""Past data from files that drive markets instead of the seed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text import sanitize
from ibtui.exchange.calendar import ZONE, micros

SECOND = 1_000_000
DAY = 86_400

_TIMES = ("time", "date", "datetime", "timestamp", "day")
_SYMBOLS = ("symbol", "ticker", "instrument")
_BARS = ("open", "high", "low", "close")
_DATE_FORMATS = ("%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y%m%d")
_OPEN = 9 * 3600 + 1800
"""When a day's bar begins, in seconds of the New York day."""

Row = Mapping[str, str]


class PastBar(NamedTuple):
    """One bar of a file; `seconds` is how long it is in the market, at most the American session."""

    time: int
    """Microseconds since 1970."""
    seconds: int
    open: float
    high: float
    low: float
    close: float
    volume: float | None


class PastQuote(NamedTuple):
    """One trade, one change of the touch, or both; None is what a row does not say."""

    time: int
    price: float | None
    size: float
    bid: float | None
    ask: float | None
    bid_size: float
    ask_size: float


Series = list[PastBar] | list[PastQuote]


class Replay:
    """Bars or ticks by symbol, in the order of time."""

    def __init__(self, series: Mapping[str, Series]) -> None:
        """Raises IbtuiError `replay_empty` for nothing to replay."""
        self.series = {symbol: rows for symbol, rows in series.items() if rows}
        if not self.series:
            raise IbtuiError("replay_empty", "There is nothing to replay; give a file with at least one row.")

    @property
    def start(self) -> datetime:
        """The first moment of all, aware UTC."""
        first = min(rows[0].time for rows in self.series.values())
        return datetime.fromtimestamp(first // SECOND, UTC)

    @classmethod
    def read(cls, *paths: Path) -> Replay:
        """Read CSV or Parquet files with a header; columns may come in any order and case.

        Bars have a time (`time`, `date`, `datetime` or `timestamp`), `open`, `high`, `low`, `close` and may have
        `volume`; ticks a time and `price`, `size`, or `bid`, `ask`, and may have `bid_size`, `ask_size`. A `symbol`
        column holds several instruments in one file; without one the file's name is the symbol. Times are ISO 8601,
        `YYYYMMDD HH:MM:SS`, a date, or seconds, milliseconds, micro- or nanoseconds since 1970; without a zone they are
        New York's. A bar of a day is played from 9:30 to 16:00. Parquet needs the extra `parquet`.

        Raises IbtuiError: `replay_file` for a file that cannot be read or a row that makes no sense, `replay_parquet`
        where the extra is missing, `replay_empty` for no rows.
        """
        found: dict[str, list[Row]] = {}
        for path in paths:
            for number, row in enumerate(_rows(path), start=2):
                symbol = next((row[name] for name in _SYMBOLS if row.get(name)), path.name.partition(".")[0]).upper()
                found.setdefault(sanitize(symbol), []).append({**row, "": f"{path.name}, row {number}"})
        return cls({symbol: _series(rows) for symbol, rows in found.items()})


def _rows(path: Path) -> Iterator[Row]:
    """The rows of a file under lower-case names, missing values empty."""
    if path.suffix.lower() in (".parquet", ".pq"):
        yield from _parquet(path)
        return
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                yield {_name(name): (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise IbtuiError("replay_file", f"{path} cannot be read: {error}. Give a CSV file with a header.") from None


def _parquet(path: Path) -> Iterator[Row]:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError:
        message = f"{path.name} is a Parquet file: install the extra with pip install 'ibtui[parquet]', or use CSV."
        raise IbtuiError("replay_parquet", message) from None
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:
        raise IbtuiError("replay_file", f"{path} cannot be read: {error}. Give a Parquet file.") from None
    for row in table.to_pylist():
        yield {_name(name): "" if value is None else str(value) for name, value in row.items()}


def _name(header: str) -> str:
    return header.strip().lower().replace(" ", "_")


def _series(rows: list[Row]) -> Series:
    if all(name in rows[0] for name in _BARS):
        return _bars(rows)
    if "price" in rows[0] or {"bid", "ask"} <= rows[0].keys():
        return sorted((_quote(row) for row in rows), key=lambda quote: quote.time)
    raise _wrong(rows[0], "no columns open, high, low, close, nor price, nor bid and ask")


def _bars(rows: list[Row]) -> list[PastBar]:
    timed = sorted(((_time(row), row) for row in rows), key=lambda item: item[0])
    gaps = [after - before for (before, _), (after, _) in pairwise(timed) if after > before]
    seconds = min(gaps, default=60 * SECOND) // SECOND
    daily = seconds >= DAY - 3600
    bars = [_bar(time, 390 * 60 if daily else max(seconds, 1), row) for time, row in timed]
    return [bar._replace(time=_opening(bar.time)) for bar in bars] if daily else bars


def _bar(time: int, seconds: int, row: Row) -> PastBar:
    begin, high, low, last = (_number(row, name) for name in _BARS)
    if not 0 < low <= min(begin, last) <= max(begin, last) <= high:
        raise _wrong(row, f"open {begin}, high {high}, low {low}, close {last} are no bar")
    volume = _number(row, "volume", least=0.0) if row.get("volume") else None
    return PastBar(time, seconds, begin, high, low, last, volume)


def _quote(row: Row) -> PastQuote:
    price, bid, ask = (_number(row, name) if row.get(name) else None for name in ("price", "bid", "ask"))
    if price is None and (bid is None or ask is None):
        raise _wrong(row, "neither a price nor a bid and an ask")
    if bid is not None and ask is not None and bid > ask:
        raise _wrong(row, f"the bid {bid} is above the ask {ask}")
    size, bid_size, ask_size = (
        _number(row, name, least=0.0) if row.get(name) else 0.0 for name in ("size", "bid_size", "ask_size")
    )
    return PastQuote(_time(row), price, size, bid, ask, bid_size, ask_size)


def _number(row: Row, name: str, least: float | None = None) -> float:
    try:
        value = float(row[name])
    except ValueError:
        raise _wrong(row, f"{name} {sanitize(row[name])!r} is not a number") from None
    if not isfinite(value) or (value < least if least is not None else value <= 0):
        raise _wrong(row, f"{name} {value} is not possible")
    return value


def _time(row: Row) -> int:
    text = next((row[name] for name in _TIMES if row.get(name)), "")
    number = text.replace(".", "", 1)
    if number.isdecimal() and len(text.partition(".")[0]) > 8:
        digits = len(text.partition(".")[0])
        return int(float(text) * SECOND / 1000 ** ((digits - 8) // 3)) if digits < 18 else int(text) // 1000
    try:
        return micros(_zoned(text))
    except ValueError:
        raise _wrong(row, f"{sanitize(text)!r} is not a time") from None


def _zoned(text: str) -> datetime:
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=ZONE)
        except ValueError:
            continue
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)


def _opening(time: int) -> int:
    """Where the session of a day begins, whatever hour its bar is stamped with."""
    moment = datetime.fromtimestamp(time // SECOND, UTC)
    local = moment.astimezone(ZONE)
    day = moment.date() if moment.hour == 0 and local.hour != 0 else local.date()
    opening = datetime(day.year, day.month, day.day, _OPEN // 3600, _OPEN % 3600 // 60, tzinfo=ZONE)
    return micros(opening)


def _wrong(row: Row, what: str) -> IbtuiError:
    return IbtuiError("replay_file", f"{row['']}: {what}. Correct the row, or remove it.")
