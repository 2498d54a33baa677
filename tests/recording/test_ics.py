"""Calendars in the iCalendar format: what repeats, moves, is excluded or cancelled; what is broken costs itself."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.recording import ics_repeats
from ibtui.recording.signals import read_signals

pytest.importorskip("icalendar", reason="the extra `ics` is not installed")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRIDAYS = "DTSTART;TZID=America/New_York:20260306T083000\nRRULE:FREQ=WEEKLY;COUNT=4"
"""08:30 in New York on 6, 13, 20 and 27 March; the clocks change on the 8th."""


def event(lines: str, uid: str = "1", summary: str = "NFP") -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{summary}\n{lines}\nEND:VEVENT\n"


def calendar(*events: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{head}{''.join(events)}END:VCALENDAR\n"


def told(folder: Path, text: str) -> tuple[list[str], list[str]]:
    """Times in UTC of the entries, and what was left out."""
    file = folder / "x.ics"
    file.write_bytes(text.encode())
    refused: list[str] = []
    found = read_signals(file, refused.append, now=NOW)
    return [f"{one.time:%m-%d %H:%M}" for one in found], refused


CUSTOM = """BEGIN:VTIMEZONE
TZID:Trading floor
BEGIN:STANDARD
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
"""

RIGHT = {
    "local time over a clock change": (
        calendar(event(FRIDAYS)),
        ["03-06 13:30", "03-13 12:30", "03-20 12:30", "03-27 12:30"],
    ),
    "until in UTC": (
        calendar(event("DTSTART;TZID=America/New_York:20260306T083000\nRRULE:FREQ=WEEKLY;UNTIL=20260313T123000Z")),
        ["03-06 13:30", "03-13 12:30"],
    ),
    "until a day, which counts": (
        calendar(event("DTSTART;TZID=America/New_York:20260306T083000\nRRULE:FREQ=WEEKLY;UNTIL=20260313")),
        ["03-06 13:30", "03-13 12:30"],
    ),
    "moved": (
        calendar(
            event(FRIDAYS),
            event("RECURRENCE-ID;TZID=America/New_York:20260313T083000\nDTSTART;TZID=America/New_York:20260314T100000"),
        ),
        ["03-06 13:30", "03-14 14:00", "03-20 12:30", "03-27 12:30"],
    ),
    "moved, named in UTC": (
        calendar(event("RECURRENCE-ID:20260313T123000Z\nDTSTART:20260313T200000Z"), event(FRIDAYS)),
        ["03-06 13:30", "03-13 20:00", "03-20 12:30", "03-27 12:30"],
    ),
    "moved from then on": (
        calendar(
            event(FRIDAYS),
            event(
                "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=America/New_York:20260320T083000\n"
                "DTSTART;TZID=America/New_York:20260320T100000"
            ),
        ),
        ["03-06 13:30", "03-13 12:30", "03-20 14:00", "03-27 14:00"],
    ),
    "one cancelled": (
        calendar(
            event(FRIDAYS),
            event(
                "RECURRENCE-ID;TZID=America/New_York:20260313T083000\nSTATUS:CANCELLED\n"
                "DTSTART;TZID=America/New_York:20260313T083000"
            ),
        ),
        ["03-06 13:30", "03-20 12:30", "03-27 12:30"],
    ),
    "one cancelled that says no start": (
        calendar(event(FRIDAYS), event("RECURRENCE-ID:20260313T123000Z\nSTATUS:CANCELLED")),
        ["03-06 13:30", "03-20 12:30", "03-27 12:30"],
    ),
    "cancelled from then on": (
        calendar(event(FRIDAYS), event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260313T123000Z\nSTATUS:CANCELLED")),
        ["03-06 13:30"],
    ),
    "moved, named by its day": (
        calendar(event(FRIDAYS), event("RECURRENCE-ID;VALUE=DATE:20260313\nDTSTART:20260313T200000Z")),
        ["03-06 13:30", "03-13 20:00", "03-20 12:30", "03-27 12:30"],
    ),
    "excluded and moved without a zone, as the wall shows it": (
        calendar(
            event("DTSTART;TZID=Europe/Berlin:20260306T143000\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260306T143000"),
            event("RECURRENCE-ID:20260313T143000\nDTSTART:20260313T200000Z"),
        ),
        ["03-13 20:00", "03-20 13:30"],
    ),
    "all cancelled": (calendar(event(FRIDAYS + "\nSTATUS:CANCELLED")), []),
    "a calendar that cancels": (calendar(event(FRIDAYS), head="METHOD:CANCEL\n"), []),
    "excluded": (
        calendar(event(FRIDAYS + "\nEXDATE;TZID=America/New_York:20260306T083000,20260320T083000")),
        ["03-13 12:30", "03-27 12:30"],
    ),
    "excluded in UTC, and a whole day": (
        calendar(event(FRIDAYS + "\nEXDATE:20260313T123000Z\nEXDATE;VALUE=DATE:20260327")),
        ["03-06 13:30", "03-20 12:30"],
    ),
    "excluded by a rule": (
        calendar(event(FRIDAYS + "\nEXRULE:FREQ=WEEKLY;INTERVAL=2")),
        ["03-13 12:30", "03-27 12:30"],
    ),
    "added": (
        calendar(event("DTSTART:20260306T133000Z\nRDATE:20260310T100000Z\nRDATE;VALUE=PERIOD:20260311T100000Z/PT1H")),
        ["03-06 13:30", "03-10 10:00", "03-11 10:00"],
    ),
    "whole days": (
        calendar(event("DTSTART;VALUE=DATE:20260307\nRRULE:FREQ=DAILY;UNTIL=20260309")),
        ["03-07 05:00", "03-08 05:00", "03-09 04:00"],
    ),
    "floating is New York's": (calendar(event("DTSTART:20260306T083000")), ["03-06 13:30"]),
    "floating in the calendar's zone": (
        calendar(event("DTSTART:20260306T083000"), head="X-WR-TIMEZONE:Europe/Berlin\n"),
        ["03-06 07:30"],
    ),
    "a zone of its own": (
        calendar(event("DTSTART;TZID=Trading floor:20260306T083000\nRRULE:FREQ=WEEKLY;COUNT=2"), head=CUSTOM),
        ["03-06 13:30", "03-13 12:30"],
    ),
    "a Windows zone": (
        calendar(event("DTSTART;TZID=Eastern Standard Time:20260306T083000\nRRULE:FREQ=WEEKLY;COUNT=2")),
        ["03-06 13:30", "03-13 12:30"],
    ),
    "a zone at the end of a path": (
        calendar(event('DTSTART;TZID="/mozilla.org/20050126_1/America/New_York":20260313T083000')),
        ["03-13 12:30"],
    ),
    "the newest version": (
        calendar(
            event("DTSTART:20260307T100000Z\nSEQUENCE:2"),
            event("DTSTART:20260306T100000Z\nSEQUENCE:1"),
            event("DTSTART:20260305T100000Z"),
        ),
        ["03-07 10:00"],
    ),
    "a duplicate is one": (calendar(event("DTSTART:20260306T133000Z") * 2), ["03-06 13:30"]),
    "what has no UID is no duplicate": (
        calendar(
            "BEGIN:VEVENT\nDTSTART:20260306T133000Z\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20260306T133000Z\nEND:VEVENT\n"
        ),
        ["03-06 13:30"] * 2,
    ),
    "an alarm inside, X- lines, a duration, lines that are none": (
        calendar(
            event(
                "DTSTART:20260306T133000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\nnonsense\n"
                "BEGIN:VALARM\nTRIGGER:-PT15M\nDTSTART:20200101T000000Z\nSUMMARY:no\nEND:VALARM"
            )
        ),
        ["03-06 13:30"],
    ),
    "folded, with CRLF and a mark": (
        "\ufeff" + calendar(event("DTSTART;TZID=America/Ne\n w_York:2026031\n 3T083000")).replace("\n", "\r\n"),
        ["03-13 12:30"],
    ),
    "a time that spring leaves out": (
        calendar(event("DTSTART;TZID=America/New_York:20260308T023000")),
        ["03-08 07:30"],
    ),
    "every third Friday": (
        calendar(event("DTSTART;TZID=America/New_York:20260116T160000\nRRULE:FREQ=MONTHLY;BYDAY=3FR;COUNT=3")),
        ["01-16 21:00", "02-20 21:00", "03-20 20:00"],
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_an_entry_is_told_when_its_calendar_says(tmp_path: Path, name: str) -> None:
    text, moments = RIGHT[name]
    assert told(tmp_path, text) == (moments, [])


BROKEN = {
    "no time": ("DTSTART:TBD", "'TBD' is not a time"),
    "no start": ("DURATION:PT1H", "it has no DTSTART"),
    "no such day": ("DTSTART:20260231T100000Z", "is not a time"),
    "year 1": ("DTSTART;TZID=Asia/Tokyo:00010101T000000", "OverflowError"),
    "a zone nobody knows": ("DTSTART;TZID=Moon/Base:20260306T100000", "'Moon/Base' is not known"),
    "a zone that is a path": ("DTSTART;TZID=../../etc/passwd:20260306T100000", "is not known"),
    "no frequency": ("DTSTART:20260306T100000Z\nRRULE:FREQ=FORTNIGHTLY", "is left out"),
    "no rule at all": ("DTSTART:20260306T100000Z\nRRULE:nonsense", "is left out"),
    "every second": ("DTSTART:20260306T100000Z\nRRULE:FREQ=SECONDLY", "repeats more than 20,000 times"),
    "every second of some days": ("DTSTART:20260306T100000Z\nRRULE:FREQ=SECONDLY;BYMONTH=1", "by a rule of days"),
    "never": ("DTSTART:20260306T100000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no month of its has"),
    "never, by days of the year": (
        "DTSTART:20260306T100000Z\nRRULE:FREQ=DAILY;BYYEARDAY=366;BYMONTH=3",
        "unrolling its rules takes more than 0.2 s",
    ),
    "an interval of 0": ("DTSTART:20260306T100000Z\nRRULE:FREQ=DAILY;INTERVAL=0", "interval of 0"),
    "an exclusion that is none": ("DTSTART:20260306T100000Z\nEXDATE:never", "is not a time"),
    "escapes": ("DTSTART:\x1b]52;c;ZXZpbA==\x07", "is not a time"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_odd_entry_costs_itself_and_is_named_in_bounded_time(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ics_repeats, "ONE", 0.2)
    lines, says = BROKEN[name]
    began = time.process_time()
    good = event("DTSTART:20260306T133000Z", uid="2", summary="Jobs")
    moments, refused = told(tmp_path, calendar(event(lines, summary="odd\x1b[31m"), good))
    assert moments == ["03-06 13:30"]
    [sentence] = refused
    assert says in sentence
    assert sentence.startswith("x.ics: entry 1 (odd[31m) is left out: ")
    assert "\x1b" not in sentence
    assert time.process_time() - began < 2


def test_many_rules_without_an_end_cost_a_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ics_repeats, "SECONDS", 0.2)
    monkeypatch.setattr(ics_repeats, "ONE", 0.05)
    never = "DTSTART:20260306T100000Z\nRRULE:FREQ=DAILY;BYYEARDAY=366;BYMONTH=3"
    began = time.process_time()
    plain = event("DTSTART:20260306T133000Z", uid="plain")
    moments, refused = told(tmp_path, calendar(*(event(never, uid=str(number)) for number in range(50)), plain))
    assert moments == ["03-06 13:30"]
    assert len(refused) == 50
    assert "unrolling its rules takes more than 0.05 s" in refused[0]
    assert "unrolling the file's rules takes more than 0.2 s" in refused[-1]
    assert time.process_time() - began < 2


def test_an_entry_that_is_not_closed_costs_itself(tmp_path: Path) -> None:
    text = calendar("BEGIN:VEVENT\nUID:1\nDTSTART:20260305T133000Z\n", event("DTSTART:20260306T133000Z", uid="2"))
    moments, refused = told(tmp_path, text)
    assert moments == ["03-06 13:30"]
    assert "no END:VEVENT" in refused[0]


def test_what_is_no_calendar_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError, match="not a calendar"):
        told(tmp_path, "<html>\n")


def test_a_repeated_entry_ends_two_years_ahead(tmp_path: Path) -> None:
    file = tmp_path / "x.ics"
    file.write_text(calendar(event("DTSTART:20200101T120000Z\nRRULE:FREQ=DAILY")))
    found = read_signals(file, now=NOW)
    assert found[-1].time == NOW + timedelta(days=730)
