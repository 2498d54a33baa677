"""Reads files that drive the offline gateway: bars or ticks in CSV or Parquet, and recordings."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import TextIO

from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.failure import IbtuiError
from ibtui.domain.past import SECOND, PastBar, PastQuote, Series
from ibtui.domain.quote import Quote
from ibtui.domain.text.sanitize import sanitize
from ibtui.recording.reading import read_recording
from ibtui.recording.times import MIXED, reader

DAY = 86_400

_TIMES = ("time", "date", "datetime", "timestamp", "day")
_SYMBOLS = ("symbol", "ticker", "instrument")
_BARS = ("open", "high", "low", "close")
_OPEN = 9 * 3600 + 1800
"""When a day's bar begins, in seconds of the New York day."""

Row = Mapping[str, str]
Timed = tuple[int, Row]
"""A row and its time in microseconds since 1970."""


def read_series(*paths: Path) -> dict[str, Series]:
    """The past of every instrument in files: CSV or Parquet with a header, and folders that `ibtui record` wrote.

    Columns may come in any order and case. Bars have a time (`time`, `date`, `datetime` or `timestamp`), `open`,
    `high`, `low`, `close` and may have `volume`; ticks a time and `price`, `size`, or `bid`, `ask`, and may have
    `bid_size`, `ask_size`. A `symbol` column holds several instruments in one file; without one the file's name is the
    symbol. Times are ISO 8601, `YYYYMMDD HH:MM:SS`, a date, or seconds, milliseconds, micro- or nanoseconds since 1970;
    without a zone they are New York's, and within a file all say their zone or none. A bar of a day is played from 9:30
    to 16:00. Parquet needs the extra `parquet`.

    Raises IbtuiError: `replay_file` for a file that cannot be read or a row that makes no sense, `replay_parquet` where
    the extra is missing; for a folder what `read_recording` raises.
    """
    rows: dict[str, list[Timed]] = {}
    found: dict[str, Series] = {}
    for path in paths:
        if path.is_dir():
            found.update(recorded_series(path))
            continue
        for symbol, some in _by_symbol(path).items():
            rows.setdefault(symbol, []).extend(_timed(some))
    return found | {symbol: _series(some) for symbol, some in rows.items()}


def _by_symbol(path: Path) -> dict[str, list[Row]]:
    named = path.name.partition(".")[0]
    rows: dict[str, list[Row]] = {}
    for number, row in enumerate(_rows(path), start=2):
        symbol = next((row[name] for name in _SYMBOLS if row.get(name)), named).upper()
        rows.setdefault(sanitize(symbol), []).append({**row, "": f"{path.name}, row {number}"})
    return rows


def _timed(rows: list[Row]) -> Iterator[Timed]:
    """Rows of one symbol in one file with their times: what one file says of its zone binds no other."""
    read: Callable[[str], datetime] | None = None
    for row in rows:
        text = next((row[name] for name in _TIMES if row.get(name)), "")
        try:
            read = read or reader(text)
            yield _micros(read(text)), row
        except (ValueError, OverflowError) as error:
            raise _wrong(row, MIXED if str(error) == MIXED else f"{sanitize(text)!r} is not a time") from None


def recorded_series(path: Path) -> dict[str, Series]:
    """The ticks of a recording by symbol; raises as `read_recording` does."""
    found: dict[str, list[PastQuote]] = {}
    before: dict[str, Quote] = {}
    for moment, quote in read_recording(path, kinds=("ticks",)):
        assert isinstance(quote, Quote)
        tick = _tick(_micros(moment), quote, before.get(quote.symbol))
        before[quote.symbol] = quote
        if tick is not None:
            found.setdefault(quote.symbol, []).append(tick)
    return dict(found)


def _tick(time: int, quote: Quote, before: Quote | None) -> PastQuote | None:
    """What a quote says that the one before did not: the touch, and a trade; None when a market can show neither."""
    size = _traded(quote, before)
    touch = quote.bid is not None and quote.ask is not None and 0 < quote.bid <= quote.ask
    if not touch and not size:
        return None
    return PastQuote(
        time=time,
        price=quote.last if size else None,
        size=size,
        bid=quote.bid if touch else None,
        ask=quote.ask if touch else None,
        bid_size=quote.bid_size or 0.0,
        ask_size=quote.ask_size or 0.0,
    )


def _traded(quote: Quote, before: Quote | None) -> float:
    """What traded since the quote before: what the volume grew by, or where there is none a price or size that is new.

    The first counts as a trade, so that a last price is known.
    """
    if quote.last is None or quote.last <= 0:
        return 0.0
    if before is None or before.last is None:
        return quote.last_size or 1.0
    if quote.volume is not None and before.volume is not None:
        return max(quote.volume - before.volume, 0.0)
    changed = (quote.last, quote.last_size) != (before.last, before.last_size)
    return (quote.last_size or 1.0) if changed else 0.0


def _rows(path: Path) -> Iterator[Row]:
    """The rows of a file under lower-case names, missing values empty."""
    if path.suffix.lower() in (".parquet", ".pq"):
        yield from _parquet(path)
        return
    try:
        with _opened(path) as file:
            for row in csv.DictReader(file):
                yield {_name(name): (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise IbtuiError("replay_file", f"{path} cannot be read: {error}. Give a CSV file with a header.") from None


def _opened(path: Path) -> TextIO:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", newline="", encoding="utf-8-sig")
    return path.open(newline="", encoding="utf-8-sig")


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


def _series(rows: list[Timed]) -> Series:
    _, first = rows[0]
    if all(name in first for name in _BARS):
        return _bars(rows)
    if "price" in first or {"bid", "ask"} <= first.keys():
        return sorted((_quote(time, row) for time, row in rows), key=lambda quote: quote.time)
    raise _wrong(first, "no columns open, high, low, close, nor price, nor bid and ask")


def _bars(rows: list[Timed]) -> list[PastBar]:
    timed = sorted(rows, key=lambda item: item[0])
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


def _quote(time: int, row: Row) -> PastQuote:
    price, bid, ask = (_number(row, name) if row.get(name) else None for name in ("price", "bid", "ask"))
    if price is None and (bid is None or ask is None):
        raise _wrong(row, "neither a price nor a bid and an ask")
    if bid is not None and ask is not None and bid > ask:
        raise _wrong(row, f"the bid {bid} is above the ask {ask}")
    size, bid_size, ask_size = (
        _number(row, name, least=0.0) if row.get(name) else 0.0 for name in ("size", "bid_size", "ask_size")
    )
    return PastQuote(time, price, size, bid, ask, bid_size, ask_size)


def _number(row: Row, name: str, least: float | None = None) -> float:
    try:
        value = float(row[name])
    except ValueError:
        raise _wrong(row, f"{name} {sanitize(row[name])!r} is not a number") from None
    if not isfinite(value) or (value < least if least is not None else value <= 0):
        raise _wrong(row, f"{name} {value} is not possible")
    return value


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * SECOND)


def _opening(time: int) -> int:
    """Where the session of a day begins, whatever hour its bar is stamped with."""
    moment = datetime.fromtimestamp(time // SECOND, UTC)
    local = moment.astimezone(NEW_YORK)
    day = moment.date() if moment.hour == 0 and local.hour != 0 else local.date()
    opening = datetime(day.year, day.month, day.day, _OPEN // 3600, _OPEN % 3600 // 60, tzinfo=NEW_YORK)
    return _micros(opening)


def _wrong(row: Row, what: str) -> IbtuiError:
    return IbtuiError("replay_file", f"{row['']}: {what}. Correct the row, or remove it.")
