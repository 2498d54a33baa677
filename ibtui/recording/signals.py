"""Signals in files: JSON lines, CSV tables and calendars (ICS), read into signals in order of time.

| format | a row is |
|---|---|
| `.jsonl` | `{"time": "2026-03-02T13:30:00Z", "kind": "prediction", "symbol": "AAPL", "value": 0.7}` |
| `.csv` | a header in any order: time, kind, symbol, value, expected, text, source; common other names are known too |
| `.ics` | an event: its summary is the text, its start the time (extra `ics`) |

Without a kind a row is `economic`; a time without a zone is New York's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ibtui.domain.failure import IbtuiError
from ibtui.domain.number import NotANumberError, read_number
from ibtui.domain.signal import Signal, signal
from ibtui.recording.reading import read_recording

ZONE = ZoneInfo("America/New_York")
_NAMES = {
    "time": ("time", "date", "datetime", "timestamp"),
    "kind": ("kind", "type"),
    "symbol": ("symbol", "ticker"),
    "value": ("value", "actual"),
    "expected": ("expected", "forecast", "consensus"),
    "text": ("text", "event", "name", "title", "headline"),
    "source": ("source", "country", "provider"),
    "due": ("due",),
}
"""The fields of a signal, and what their columns are called."""
_FIELDS = {name: field for field, names in _NAMES.items() for name in names}
_AHEAD = timedelta(days=730)
"""How far ahead a repeated entry of a calendar is unrolled."""


def read_signals(file: Path) -> list[Signal]:
    """Every signal of a file or of a recording's folder, oldest first; those of a recording as they became known.

    Raises IbtuiError: `no_file`; `bad_signal` with file and line for a row that does not fit; `no_extra` for an ICS
    file without the library that reads it.
    """
    if file.is_dir():
        return list(_recorded(file))
    readers = {".csv": _csv, ".ics": _ics}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise IbtuiError("no_file", f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise IbtuiError("bad_signal", f"{file} is not text in UTF-8.") from None
    found = readers.get(file.suffix.lower(), _lines)(file, text)
    return sorted(found, key=lambda one: one.time)


def _recorded(folder: Path) -> Iterator[Signal]:
    for known, fact in read_recording(folder, kinds=("signals",)):
        if isinstance(fact, Signal):
            yield replace(fact, time=known)


def parse_line(text: str, now: datetime, source: str = "") -> Signal:
    """The signal of one line of JSON; without a time it happened `now`; raises IbtuiError `bad_signal`."""
    try:
        row = json.loads(text)
    except ValueError:
        raise IbtuiError("bad_signal", 'A signal is one line of JSON: {"kind": "prediction", "value": 0.7}.') from None
    if not isinstance(row, dict):
        raise IbtuiError("bad_signal", "A signal is a JSON object, not a list or a number.")
    unknown = next((name for name in row if name not in _FIELDS), None)
    if unknown is not None:
        raise IbtuiError("bad_signal", f"A signal has no field {str(unknown)[:20]!r}; it has {', '.join(_NAMES)}.")
    if "kind" not in row and "type" not in row:
        raise IbtuiError("bad_signal", "A signal needs a kind, a short word such as prediction.")
    return _row({_FIELDS[name]: value for name, value in row.items()}, now, source)


def parse_time(text: str) -> datetime:
    """Aware UTC of an ISO time or date, or of seconds since 1970; raises IbtuiError `bad_signal`."""
    try:
        if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) > 8:
            return datetime.fromtimestamp(float(text), UTC)
        found = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError, OSError):
        raise IbtuiError("bad_signal", f"{text[:30]!r} is not a time; write 2026-03-02T08:30:00-05:00.") from None
    return (found if found.tzinfo else found.replace(tzinfo=ZONE)).astimezone(UTC)


def _row(row: dict[str, Any], now: datetime, source: str) -> Signal:
    when = row.get("time")
    due = row.get("due")
    return signal(
        now if when in (None, "") else parse_time(str(when)),
        str(row.get("kind") or "economic"),
        str(row.get("symbol") or ""),
        _number("value", row.get("value")),
        expected=_number("expected", row.get("expected")),
        text=str(row.get("text") or ""),
        source=str(row.get("source") or source),
        due=None if due in (None, "") else parse_time(str(due)),
    )


def _number(name: str, value: object) -> float | None:
    """A number of JSON, or one that is written out, perhaps with a percent sign as calendars have it."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        return float(read_number(str(value).strip().removesuffix("%").rstrip(), signed=True))
    except OverflowError:
        raise IbtuiError("bad_signal", f"A signal's {name} is too large: {str(value)[:20]}…") from None
    except NotANumberError as error:
        raise IbtuiError("bad_signal", f"A signal's {name} {error}.") from None


def _lines(file: Path, text: str) -> Iterator[Signal]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            with _At(file, number):
                yield parse_line(line, _now(), file.stem)


def _csv(file: Path, text: str) -> Iterator[Signal]:
    rows = csv.DictReader(text.splitlines())
    fields = {column: _FIELDS.get((column or "").strip().lower()) for column in rows.fieldnames or ()}
    if "time" not in fields.values():
        raise IbtuiError("bad_signal", f"{file} has no column with the time; its header needs one named time or date.")
    for number, row in enumerate(rows, 2):
        with _At(file, number):
            known = {field: row[column] for column, field in fields.items() if field is not None}
            if not (known.get("time") or "").strip():
                raise IbtuiError("bad_signal", "The row has no time.")
            yield _row(known, _now(), file.stem)


def _ics(file: Path, text: str) -> Iterator[Signal]:
    try:
        from icalendar import Calendar
    except ImportError:
        raise IbtuiError("no_extra", "Reading .ics calendars needs a library: pip install 'ibtui[ics]'.") from None
    try:
        calendar = Calendar.from_ical(text)
    except ValueError as error:
        raise IbtuiError("bad_signal", f"{file} is not a calendar: {error}.") from None
    for event in calendar.walk("VEVENT"):
        kind = str(event.get("CATEGORIES").to_ical().decode() if event.get("CATEGORIES") else "").lower()
        for start in _starts(event):
            yield signal(
                start,
                kind if kind in ("earnings", "economic", "dividend") else "economic",
                text=str(event.get("SUMMARY", "")),
                source=file.stem,
            )


def _starts(event: Any) -> Iterable[datetime]:
    """The start of an event, and of its repetitions up to two years ahead."""
    first = _moment(event["DTSTART"].dt)
    if not event.get("RRULE"):
        return [first]
    from dateutil.rrule import rrulestr

    rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=first.replace(tzinfo=None), ignoretz=True)
    last = (_now() + _AHEAD).replace(tzinfo=None)
    return [one.replace(tzinfo=UTC) for one in takewhile(lambda one: one <= last, rule)]


def _moment(start: date | datetime) -> datetime:
    """Aware UTC; an entry of a whole day is at midnight of New York."""
    if not isinstance(start, datetime):
        start = datetime.combine(start, time())
    return (start if start.tzinfo else start.replace(tzinfo=ZONE)).astimezone(UTC)


def _now() -> datetime:
    return datetime.now(UTC)


class _At:
    """Adds file and line to what is wrong with a row."""

    def __init__(self, file: Path, line: int) -> None:
        self._where = f"{file.name} line {line}"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, IbtuiError):
            raise IbtuiError(error.code, f"{self._where}: {error.message}") from None
