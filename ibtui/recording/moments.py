"""Dates and times of day as calendars write them, read into moments; what could mean two days is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal

from ibtui.domain.calendar.new_york import NEW_YORK, midnight
from ibtui.domain.failure import IbtuiError
from ibtui.recording.times import since_1970

First = Literal["day", "month"]

_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)", re.ASCII)
_ISO = re.compile(r"(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?!\d)|(\d{4})(\d{2})(\d{2})(?!\d)", re.ASCII)
_NAMED = re.compile(
    r"(?:[a-z]{3,9}\.?,?\s+)?(?:(?P<m1>[a-z]{3,9})\.?\s+(?P<d1>\d{1,2})|(?P<d2>\d{1,2})[ -](?P<m2>[a-z]{3,9})\.?)"
    r",?[ -](?P<y>\d{4})(?!\d)",
    re.IGNORECASE | re.ASCII,
)
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?|(\d{1,2})\s*([ap]\.?m\.?)", re.IGNORECASE | re.ASCII
)
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE | re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ZONES: dict[str, tzinfo] = {
    **dict.fromkeys(("z", "utc", "gmt"), UTC),
    **dict.fromkeys(("et", "est", "edt", "new york", "america/new_york"), NEW_YORK),
}
"""Zones by the words that calendars use for them."""
_WHOLE_DAY = re.compile(r"all[ -]?day|tentative|day \d{1,2}", re.IGNORECASE)


def whole_day(text: str) -> bool:
    """Whether a time of day says that the entry has none: `All Day`, `Tentative`."""
    return _WHOLE_DAY.fullmatch(text.strip()) is not None


def order_of(dates: Iterable[str]) -> First | None:
    """Whether dates such as 13/03/2026 begin with the day or with the month; None when that is not to be told.

    Points part day from month (13.3.2026). Where all dates mean the same either way, it is the day.
    """
    told: set[First] = set()
    either = False
    for text in dates:
        found = _NUMERIC.match(text.strip())
        if found is None or int(found[1]) > 12 < int(found[3]):
            continue
        either = either or found[1] != found[3]
        if found[2] == "." or int(found[1]) > 12:
            told.add("day")
        elif int(found[3]) > 12:
            told.add("month")
    if len(told) == 1:
        return told.pop()
    return None if told or either else "day"


def read_moment(text: str, clock: str | None, zone: tzinfo, first: First | None) -> datetime:
    """Aware UTC of a date and, beside it or in a column of its own, a time of day; an entry of a whole day begins at
    midnight of New York. Raises IbtuiError `bad_signal`."""
    text = text.strip()
    if clock is None and re.fullmatch(r"\d{9,}(\.\d*)?", text, re.ASCII):
        return since_1970(text)
    if clock is None and (iso := _iso(text, zone)) is not None:
        return iso
    day, rest = _day(text, first)
    rest = rest.strip().removeprefix("T").strip() if clock is None or rest.strip() else clock.strip()
    if clock is not None and not clock.strip() and not rest:
        raise IbtuiError("bad_signal", "It has no time of day; write All Day for an entry that has none.")
    if whole_day(rest) or not rest:
        return midnight(day)
    at, zone = _clock(rest, zone)
    return datetime.combine(day, at, zone).astimezone(UTC)


def _iso(text: str, zone: tzinfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC) if len(text) > 10 else None


def _day(text: str, first: First | None) -> tuple[date, str]:
    """The date that a text begins with, and what follows it."""
    if found := _ISO.match(text):
        year, month, day = (found[1], found[3], found[4]) if found[1] else (found[5], found[6], found[7])
    elif found := _NUMERIC.match(text):
        if first is None and found[1] != found[3]:
            raise IbtuiError("bad_signal", f"{text[:30]!r} may be two days; write 2026-03-31.")
        year, month, day = (found[4], found[1], found[3]) if first == "month" else (found[4], found[3], found[1])
    elif (found := _NAMED.match(text)) and (name := (found["m1"] or found["m2"])[:3].lower()) in _MONTHS:
        year, month, day = found["y"], str(_MONTHS.index(name) + 1), found["d1"] or found["d2"]
    else:
        raise IbtuiError("bad_signal", f"{text[:30]!r} is not a time; write 2026-03-02T08:30:00-05:00.")
    try:
        return date(int(year), int(month), int(day)), text[found.end() :]
    except ValueError:
        raise IbtuiError("bad_signal", f"{text[:30]!r} is no day of the calendar.") from None


def _clock(text: str, zone: tzinfo) -> tuple[time, tzinfo]:
    """A time of day and the zone it is in: its own, or `zone`."""
    found = _CLOCK.match(text)
    if found is None:
        raise IbtuiError("bad_signal", f"{text[:30]!r} is not a time of day; write 08:30 or 1:30pm.")
    hour, half = int(found[1] or found[5]), (found[4] or found[6] or "")[:1].lower()
    if half and not 1 <= hour <= 12:
        raise IbtuiError("bad_signal", f"{text[:30]!r} is not a time of day; write 08:30 or 1:30pm.")
    hour = hour % 12 + 12 * (half == "p") if half else hour
    try:
        at = time(hour, int(found[2] or 0), int(found[3] or 0))
    except ValueError:
        raise IbtuiError("bad_signal", f"{text[:30]!r} is not a time of day; write 08:30 or 1:30pm.") from None
    return at, zone_of(text[found.end() :], zone)


def zone_of(words: str, otherwise: tzinfo) -> tzinfo:
    """The zone that a word behind a time says (`UTC`, `ET`, `-05:00`); raises IbtuiError `bad_signal` for another."""
    words = words.strip().strip("()").lower()
    if not words:
        return otherwise
    if words in ZONES:
        return ZONES[words]
    offset = _OFFSET.fullmatch(words)
    if offset is None or int(offset[2]) > 14:
        raise IbtuiError("bad_signal", f"{words[:20]!r} is not a zone that is known here; write UTC, ET or -05:00.")
    away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return timezone(-away if offset[1] == "-" else away)
