"""Reads files that drive the offline gateway: bars or ticks in CSV or Parquet, and recordings."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise, zip_longest
from math import isfinite
from pathlib import Path

from ibtui.domain.calendar.cutting import day_time
from ibtui.domain.calendar.new_york import NEW_YORK, exchange_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.past import SECOND, PastBar, PastQuote, Series
from ibtui.domain.quote import Quote
from ibtui.domain.text.sanitize import sanitize
from ibtui.recording.columnar import is_parquet, read_parquet
from ibtui.recording.names import name_of
from ibtui.recording.reading import read_recording
from ibtui.recording.sheet import is_no_row, read_volume, sheet
from ibtui.recording.times import MIXED, reader

DAY = 86_400

_BARS = ("open", "high", "low", "close")
_OPEN = 9 * 3600 + 1800
"""When a day's bar begins, in seconds of the New York day."""

Row = Mapping[str, str]
Timed = tuple[int, Row]
"""A row and its time in microseconds since 1970."""


def read_series(*paths: Path) -> dict[str, Series]:
    """The past of every instrument in files: CSV or Parquet, and folders that `ibtui record` wrote.

    Bars are read as `ibtui.recording.bars` reads them; ticks have a time and `price`, `size`, or `bid`, `ask`, and may
    have `bid_size`, `ask_size`. Columns come in any order and case; without one of symbols the file's name is the
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
    named = name_of(path)
    rows: dict[str, list[Row]] = {}
    for number, row in _rows(path):
        symbol = (row.get("symbol") or named).upper()
        rows.setdefault(sanitize(symbol), []).append({**row, "": f"{path.name}, row {number}"})
    return rows


def _timed(rows: list[Row]) -> Iterator[Timed]:
    """Rows of one symbol in one file with their times: what one file says of its zone binds no other."""
    read: Callable[[str], datetime] | None = None
    for row in rows:
        text = row.get("time", "")
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


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a file with their lines, by the names of `ibtui.recording.sheet`; missing values are empty."""
    try:
        if is_parquet(path):
            names, rows = read_parquet(path)
            yield from _told(names, rows, above=1)
            return
        form = sheet(path)
        with form.rows() as rows:
            yield from _told(form.names, rows, form.above)
    except IbtuiError as error:
        code = {"no_extra": "replay_parquet", "bad_data": "replay_file", "no_file": "replay_file"}.get(error.code)
        raise IbtuiError(code or error.code, error.message) from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise IbtuiError("replay_file", f"{path} cannot be read: {error}. Give a CSV file with a header.") from None


def _told(names: Sequence[str], rows: Iterator[list[str]], above: int) -> Iterator[tuple[int, Row]]:
    """Rows that say something, by name."""
    keys = [name.replace(" ", "_") for name in names]
    prices = [keys.index(name) for name in _BARS] if set(_BARS) <= set(keys) else ()
    for number, row in enumerate(rows, above + 1):
        if row and not (prices and is_no_row(row, prices, rows)):
            yield number, dict(zip_longest(keys, (cell.strip() for cell in row[: len(keys)]), fillvalue=""))


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
    try:
        volume = read_volume(row.get("volume", ""))
    except ValueError:
        raise _wrong(row, f"volume {sanitize(row['volume'])!r} is not a number") from None
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
    day = exchange_day(day_time(datetime.fromtimestamp(time // SECOND, UTC)))
    opening = datetime(day.year, day.month, day.day, _OPEN // 3600, _OPEN % 3600 // 60, tzinfo=NEW_YORK)
    return _micros(opening)


def _wrong(row: Row, what: str) -> IbtuiError:
    return IbtuiError("replay_file", f"{row['']}: {what}. Correct the row, or remove it.")
