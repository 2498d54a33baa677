"""Calendars in the iCalendar format (RFC 5545): entries with all that repeats, moves, excludes and cancels them.

Each entry is read by itself: one that cannot be understood is named and costs itself. Lines, zones and starts are read
here; dateutil unrolls the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal, signal
from ibtui.domain.text.sanitize import sanitize
from ibtui.recording.foreign import Refuse
from ibtui.recording.ics_components import Component, parsed
from ibtui.recording.ics_repeats import Budget, RepeatedEntry, unrolled
from ibtui.recording.ics_times import EntryStart, Zones, starts

MOST = 50_000
"""Entries of a file, with their repetitions."""
_KINDS = ("earnings", "economic", "dividend")


def read_ics(name: str, text: str, refuse: Refuse, now: datetime, ahead: timedelta) -> Iterator[Signal]:
    """The entries of a calendar, repeated ones until `ahead` of `now`; IbtuiError `bad_signal` for what is none."""
    calendars = parsed(text)
    if not calendars:
        raise IbtuiError("bad_signal", f"{name} is not a calendar: it has no BEGIN:VCALENDAR.")
    budget = Budget(now + ahead, MOST)
    for calendar in calendars:
        zones = Zones(calendar.text("X-WR-TIMEZONE"), {_tzid(one): one.raw for one in _named(calendar, "VTIMEZONE")})
        cancelled = calendar.text("METHOD").strip().upper() == "CANCEL"
        events = [] if cancelled else _named(calendar, "VEVENT")
        for group in _series(events).values():
            yield from _group(name, group, zones, budget, refuse)


def _group(name: str, group: list[Component], zones: Zones, budget: Budget, refuse: Refuse) -> Iterator[Signal]:
    """The entries of one UID: a series and what was changed of it."""
    series = RepeatedEntry()
    moved: list[tuple[Component, EntryStart]] = []
    for event in group:
        try:
            cancelled = event.text("STATUS").strip().upper() == "CANCELLED"
            start = None if cancelled else _start(event, zones)
            if event.all("RECURRENCE-ID"):
                series.take_out(event, start, zones)
                moved += [(event, start)] if start is not None else []
            elif start is not None:
                series.begin(event, start)
            else:
                return  # the whole series is cancelled
        except Exception as error:  # whatever a foreign entry breaks costs that entry
            refuse(_refusal(name, event, error))
    try:
        for moment in unrolled(series, zones, budget):
            yield _signal(name, series.event, moment)
    except Exception as error:
        refuse(_refusal(name, series.event, error))
    for event, start in moved:
        try:
            yield _signal(name, event, start.moment)
        except Exception as error:
            refuse(_refusal(name, event, error))


def _start(event: Component, zones: Zones) -> EntryStart:
    if not event.closed:
        raise IbtuiError("bad_signal", "it has no END:VEVENT")
    found = event.all("DTSTART")
    if not found:
        raise IbtuiError("bad_signal", "it has no DTSTART")
    return starts(found[0].value, found[0].parameters, zones)[0]


def _signal(name: str, event: Component, moment: datetime) -> Signal:
    categories = [word.strip().lower() for one in event.all("CATEGORIES") for word in one.value.split(",")]
    return signal(
        moment,
        next((kind for kind in categories if kind in _KINDS), "economic"),
        text=_unescaped(event.text("SUMMARY")),
        source=name.rpartition(".")[0] or name,
    )


def _refusal(name: str, event: Component, error: Exception) -> str:
    words = _unescaped(event.text("SUMMARY"))
    what = sanitize(f"entry {event.text('UID') or 'without UID'}{f' ({words})' if words else ''}", 80)
    why = error.message if isinstance(error, IbtuiError) else f"{type(error).__name__}: {error}"
    return f"{name}: {what} is left out: {sanitize(why, 160).rstrip('.')}."


def _unescaped(text: str) -> str:
    return re.sub(r"\\([nN;,\\])", lambda found: " " if found[1] in "nN" else found[1], text)


def _named(calendar: Component, name: str) -> list[Component]:
    return [one for one in calendar.inner if one.name == name]


def _tzid(zone: Component) -> str:
    return zone.text("TZID")


# which of several versions counts


def _series(events: list[Component]) -> dict[str, list[Component]]:
    """Entries by UID, of each occurrence the newest version: the highest SEQUENCE, then the latest stamp, then the
    last in the file."""
    newest: dict[tuple[str, str], Component] = {}
    for number, event in enumerate(events):
        key = (event.text("UID") or f"\0{number}", event.text("RECURRENCE-ID"))
        if key not in newest or _version(event) >= _version(newest[key]):
            newest[key] = event
    found: dict[str, list[Component]] = {}
    for (uid, recurrence), event in newest.items():
        group = found.setdefault(uid, [])
        group.insert(len(group) if recurrence else 0, event)
    return found


def _version(event: Component) -> tuple[int, str]:
    sequence = event.text("SEQUENCE")
    number = int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) < 10 else 0
    return number, max(event.text("LAST-MODIFIED"), event.text("DTSTAMP"))
