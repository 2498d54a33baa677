"""Economic calendars as tables: comma, semicolon or tab, any order of columns, a date and a time apart or together.

| a file of | is known by its columns | its dates | its times |
|---|---|---|---|
| Investing.com (investpy) | id, zone, currency, importance | day first | New York, or as its header says |
| ForexFactory | title, country, impact, previous | month first | UTC |
| FRED | one column beside the date | ISO | of the whole day |

Another file's dates are read by the first of them that can only mean one thing; where none does, the header has to say
it: a column `date dd/mm` or `date mm/dd`. A header may say the zone, too: `time (UTC)`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.failure import IbtuiError
from ibtui.recording import moments
from ibtui.recording.moments import ZONES, First

LONGEST_RECORD = 20
"""Lines that one record with a line break in quotes may take."""
_NAMES = {
    "moment": ("datetime", "timestamp", "date time", "date/time"),
    "date": ("date", "day", "release date", "observation_date"),
    "clock": ("time", "hour"),
    "kind": ("kind", "type"),
    "symbol": ("symbol", "ticker"),
    "value": ("value", "actual"),
    "expected": ("expected", "forecast", "consensus"),
    "text": ("text", "event", "name", "title", "headline"),
    "source": ("source", "country", "provider", "currency"),
    "due": ("due",),
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names}
_INVESTING = frozenset({"id", "zone", "currency", "importance"})
_FOREX_FACTORY = frozenset({"title", "country", "date", "time", "impact", "previous"})
_TOLD = re.compile(r"\(?\b(?:(dd)[/.-]?mm|(mm)[/.-]?dd)\b[^)]*\)?")
_WORDS = re.compile(r"\(?\b(utc|gmt|et|est|edt)\)?$")


class Columns(Struct, frozen=True):
    """What the header of a table says."""

    fields: tuple[str, ...]
    """Of each column the field it holds, empty for one that is passed over."""
    first: First | None
    """What its dates begin with, where the header tells."""
    zone: tzinfo
    series: str = ""
    """The name of the only column beside the date, as FRED writes its files."""


def records(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """The records of a table with the line each begins on; None for one whose quotes do not end within 20 lines.

    That one costs its first line: what follows is read again without it.
    """
    lines = text.splitlines()
    delimiter = max(",;\t", key=(lines[0] if lines else "").count)
    at = 0
    while at < len(lines):
        end = at + 1
        record = lines[at]
        while record.count('"') % 2 and end < len(lines) and end - at < LONGEST_RECORD:
            record, end = f"{record}\n{lines[end]}", end + 1
        whole = not record.count('"') % 2
        if not whole:
            end = at + 1
        if record.strip():
            yield at + 1, _fields(record, delimiter) if whole else None
        at = end


def _fields(record: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([record] if "\n" not in record else record.splitlines(True), delimiter=delimiter))
    except (csv.Error, StopIteration):
        return None


def columns(header: list[str]) -> Columns:
    """Understand a header; raises IbtuiError `bad_signal` when it has no time."""
    names = [" ".join(name.lower().split()) for name in header]
    known = set(names)
    first: First | None = "day" if known >= _INVESTING else "month" if known >= _FOREX_FACTORY else None
    zone: tzinfo = UTC if known >= _FOREX_FACTORY else NEW_YORK
    fields = []
    for name in names:
        if told := _TOLD.search(name):
            first, name = "day" if told[1] else "month", _TOLD.sub("", name).strip()
        if (words := _WORDS.search(name)) and name not in _FIELDS:
            zone, name = ZONES[words[1]], _WORDS.sub("", name).strip()
        field = _FIELDS.get(name, "")
        fields.append(field)
    if not {"moment", "date", "clock"} & set(fields):
        raise IbtuiError("bad_signal", "has no column with the time; its header needs one named time or date.")
    series = header[fields.index("")].strip() if sorted(fields) == ["", "date"] else ""
    if series:
        fields[fields.index("")] = "value"
    return Columns(tuple(fields), first, zone, series)


def fields_of(cells: list[str], table: Columns) -> dict[str, str]:
    """What a row says of each field: of two columns for one field, the first that says something."""
    found: dict[str, str] = {"text": table.series} if table.series else {}
    for field, cell in zip(table.fields, cells, strict=False):
        if field and not found.get(field, "").strip():
            found[field] = cell
    return found


def date_order(rows: list[dict[str, str]], table: Columns) -> First | None:
    """What the dates of the whole table begin with; raises IbtuiError `bad_signal` when that is not to be told.

    What the dates say themselves counts more than whose file it seems to be.
    """
    found = moments.order_of(_date(row) for row in rows)
    if found is None and table.first is None:
        example = next((text for row in rows if moments.order_of([text := _date(row).strip()]) is None), "")[:20]
        raise IbtuiError(
            "bad_signal",
            f"has dates such as {example!r} that may begin with the day or with the month; name that column "
            "`date dd/mm` or `date mm/dd`.",
        )
    return found or table.first


def _date(row: dict[str, str]) -> str:
    return row.get("moment") or row.get("date") or row.get("clock") or ""


def moment_of(row: dict[str, str], table: Columns, first: First | None) -> datetime:
    """When a row happens, aware UTC; raises IbtuiError `bad_signal`."""
    text = row.get("moment") or row.get("date") or ""
    if not text.strip() and "moment" not in table.fields and "date" not in table.fields:
        text = row.get("clock") or ""
        clock = None
    else:
        clock = row.get("clock", "") if "clock" in table.fields and "moment" not in table.fields else None
    if not text.strip():
        raise IbtuiError("bad_signal", "The row has no time.")
    return moments.read_moment(text, clock, table.zone, first)
