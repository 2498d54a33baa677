"""Signals in files: JSON lines, CSV tables and calendars (ICS), read into signals in order of time.

| format | a row is |
|---|---|
| `.jsonl` | `{"time": "2026-03-02T13:30:00Z", "kind": "prediction", "symbol": "AAPL", "value": 0.7}` |
| `.csv` | a header in any order: date and time, kind, symbol, value, expected, text, source; see `tables` |
| `.ics` | an event: its summary is the text, its start the time; see `ics` (extra `ics` for repeated ones) |

Without a kind a row is `economic`; a time without a zone is New York's. A row that does not fit costs itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal, signal
from ibtui.domain.text.number import NotANumberError, read_number
from ibtui.domain.text.sanitize import sanitize
from ibtui.recording import tables
from ibtui.recording.foreign import Refuse, read_text
from ibtui.recording.ics import read_ics
from ibtui.recording.moments import read_moment
from ibtui.recording.reading import read_recording

T = TypeVar("T")

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
"""The fields of a signal of a program, and what they may be called."""
_FIELDS = {name: field for field, names in _NAMES.items() for name in names}
_AHEAD = timedelta(days=730)
"""How far ahead a repeated entry of a calendar is unrolled."""
_THOUSANDS = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_UNKNOWN = frozenset({"", ".", "-", "–", "—", "n/a", "na", "nan", "null", "none"})
"""What calendars write for a figure that is not known."""
MOST = 200_000
"""Rows of a file that become signals."""
SHOWN = 20
"""Refusals of one file that are told one by one."""


def read_signals(file: Path, refuse: Refuse | None = None, *, now: datetime | None = None) -> list[Signal]:
    """Every signal of a file or of a recording's folder, oldest first; those of a recording as they became known.

    A row or entry that does not fit is told to `refuse` in one sentence and costs itself; without `refuse` the first
    is raised. Repeated entries are unrolled until two years from `now`. Raises IbtuiError: `no_file`; `bad_signal` for
    a file of which nothing can be read, or with file and line for a row; `no_extra` for an ICS file that needs the
    library of the extra.
    """
    if file.is_dir():
        return list(_recorded(file))
    text = read_text(file)
    left_out = refuse or _raise
    name = sanitize(file.name, 60)
    found: Iterable[Signal]
    match file.suffix.lower():
        case ".csv" | ".tsv":
            found = _table(name, text, left_out)
        case ".ics":
            found = read_ics(name, text, left_out, now or _now(), _AHEAD)
        case _:
            found = _lines(name, text, left_out)
    return sorted(_few(name, found), key=lambda one: one.time)


def _few(name: str, found: Iterable[Signal]) -> Iterator[Signal]:
    for number, one in enumerate(found):
        if number >= MOST:
            raise IbtuiError("bad_signal", f"{name} has more than {MOST:,} entries.")
        yield one


def _raise(sentence: str) -> None:
    raise IbtuiError("bad_signal", sentence)


class Refusals:
    """Sentences about what was left out of a file: the first few, and how many more there were."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._more = 0

    def __call__(self, sentence: str) -> None:
        if len(self._told) < SHOWN:
            self._told.append(sentence)
        else:
            self._more += 1

    @property
    def sentences(self) -> list[str]:
        more = [f"{self._more:,} more rows or entries were left out for such reasons."] if self._more else []
        return self._told + more


def _recorded(folder: Path) -> Iterator[Signal]:
    for known, fact in read_recording(folder, kinds=("signals",)):
        if isinstance(fact, Signal):
            yield replace(fact, time=known)


def parse_line(text: str, now: datetime, source: str = "") -> Signal:
    """The signal of one line of JSON; without a time it happened `now`; raises IbtuiError `bad_signal`."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
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
        return read_moment(text, None, NEW_YORK, None)
    except (ValueError, OverflowError, OSError):
        raise IbtuiError("bad_signal", f"{text[:30]!r} is not a time; write 2026-03-02T08:30:00-05:00.") from None


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
    """A number of JSON, or one that is written out, perhaps with a percent sign or in thousands (151K) as calendars
    have it."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        text = str(value).strip().removesuffix("%").rstrip()
        times = _THOUSANDS.get(text[-1:].lower(), 1)
        digits = text[:-1].rstrip() if times > 1 else text
        return float(read_number(digits, signed=True) * times)
    except OverflowError:
        raise IbtuiError("bad_signal", f"A signal's {name} is too large: {str(value)[:20]}…") from None
    except NotANumberError as error:
        raise IbtuiError("bad_signal", f"A signal's {name} {error}.") from None


def _lines(name: str, text: str, refuse: Refuse) -> Iterator[Signal]:
    source = name.rpartition(".")[0] or name
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield parse_line(line, _now(), source)
            except IbtuiError as error:
                refuse(f"{name} line {number}: {error.message}")


def _table(name: str, text: str, refuse: Refuse) -> Iterator[Signal]:
    """Every row of a table: its dates are understood together, then each row by itself."""
    rows, table = [], None
    for line, cells in tables.records(text):
        if cells is None:
            refuse(f"{name} line {line}: it is not written as a table is: its quotes do not end.")
        elif table is None:
            table = _understood(name, lambda cells=cells: tables.columns(cells))  # type: ignore[misc]
        else:
            rows.append((line, tables.fields_of(cells, table)))
    if table is None:
        raise IbtuiError("bad_signal", f"{name} is empty.")
    first = _understood(name, lambda: tables.date_order([row for _, row in rows], table))
    source = name.rpartition(".")[0] or name
    for line, row in rows:
        try:
            yield _table_row(row, tables.moment_of(row, table, first), table.zone, source)
        except IbtuiError as error:
            refuse(f"{name} line {line}: {error.message}")
        except (ValueError, OverflowError, OSError) as error:
            refuse(f"{name} line {line}: {sanitize(str(error), 100)}.")


def _table_row(row: dict[str, str], moment: datetime, zone: tzinfo, source: str) -> Signal:
    due = row.get("due", "").strip()
    known = {name: "" if text.strip().lower() in _UNKNOWN else text for name, text in row.items()}
    return signal(
        moment,
        known.get("kind", "").strip() or "economic",
        known.get("symbol", ""),
        _number("value", known.get("value")),
        expected=_number("expected", known.get("expected")),
        text=row.get("text", ""),
        source=known.get("source", "").strip() or source,
        due=read_moment(due, None, zone, None) if due else None,
    )


def _understood(name: str, understand: Callable[[], T]) -> T:
    """What `understand` says; a refusal is the file's."""
    try:
        return understand()
    except IbtuiError as error:
        raise IbtuiError(error.code, f"{name} {error.message}") from None


def _now() -> datetime:
    return datetime.now(UTC)
