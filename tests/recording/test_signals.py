"""Signals in files: what is written comes out, what does not fit is named with its line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.recording.signals import parse_line, parse_time, read_signals

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_a_line_without_a_time_happened_now() -> None:
    one = parse_line('{"kind": "prediction", "symbol": "aapl", "value": 0.7}', NOW, "model")
    assert (one.time, one.symbol, one.value, one.source) == (NOW, "AAPL", 0.7, "model")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "line of JSON"),
        ("[1]", "JSON object"),
        ('{"symbol": "AAPL"}', "needs a kind"),
        ('{"kind": "x", "valeu": 1}', "no field 'valeu'"),
        ('{"kind": "x", "value": "many"}', "must be a number"),
        ('{"kind": "x", "value": true}', "must be a number"),
        ('{"kind": "Bad Kind"}', "lower-case word"),
        ('{"kind": "x", "time": "yesterday"}', "is not a time"),
        ('{"kind": "x", "value": "nan"}', "must be a number"),
        ('{"kind": "x", "value": NaN}', "must be a number"),
        ('{"kind": "x", "value": 1e999}', "must be a number"),
        (f'{{"kind": "x", "value": 1{"0" * 400}}}', "value is too large"),
        ('{"kind": "x", "value": "1,5"}', "A signal's value must be a number, not '1,5'; write 1.5."),
        ('{"kind": "x", "expected": "1_0"}', "A signal's expected must be a number, not '1_0'; write 10."),
        ('{"kind": "x", "value": "１"}', "must be a number"),
        ('{"kind": "x", "value": [1]}', "must be a number"),
        ('{"kind": "x", "time": "１７７２４５８２００"}', "is not a time"),
    ],
)
def test_a_line_that_does_not_fit_says_why(line: str, says: str) -> None:
    with pytest.raises(IbtuiError, match=says) as error:
        parse_line(line, NOW)
    assert error.value.code == "bad_signal"


@pytest.mark.parametrize(
    "text", ["2026-03-02T08:30:00-05:00", "2026-03-02T13:30:00Z", "2026-03-02 08:30", "1772458200", "1772458200.0"]
)
def test_times_are_of_new_york_unless_they_say_otherwise(text: str) -> None:
    assert parse_time(text) == datetime(2026, 3, 2, 13, 30, tzinfo=UTC)


def test_a_calendar_as_other_programs_write_it(tmp_path: Path) -> None:
    text = "Event,Date,Country,Actual,Forecast\nCPI m/m,2026-03-11 08:30,US,0.4%,0.3%\nGDP,2026-03-02 08:30,US,,2.1\n"
    first, second = read_signals(written(tmp_path, "econ.csv", text))
    assert (first.text, first.kind, first.value, first.expected, first.source) == ("GDP", "economic", None, 2.1, "US")
    assert second.surprise == pytest.approx(0.1)


def test_figures_of_a_calendar_are_read_digit_for_digit_or_named_with_their_line(tmp_path: Path) -> None:
    head = "date,event,actual,forecast\n"
    good = f'{head}2026-03-11,Jobless,"1,234.5",-0.3 %\n'
    (one,) = read_signals(written(tmp_path, "good.csv", good))
    assert (one.value, one.expected) == (1234.5, -0.3)
    with pytest.raises(IbtuiError, match=r"bad.csv line 2: A signal's value must be a number, not '190,50'; write 190"):
        read_signals(written(tmp_path, "bad.csv", f'{head}2026-03-11,CPI,"190,50",\n'))


def test_lines_come_back_in_order_of_time(tmp_path: Path) -> None:
    text = '{"time": "2026-03-03", "kind": "b"}\n\n{"time": "2026-03-02", "kind": "a"}\n'
    assert [one.kind for one in read_signals(written(tmp_path, "x.jsonl", text))] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("x.jsonl", '{"kind": "a", "time": "2026-03-03"}\n{"kind": 7 8}\n', "x.jsonl line 2"),
        ("x.csv", "date,event\n2026-03-02,CPI\nsoon,GDP\n", "x.csv line 3"),
        ("x.csv", "date,event\n,CPI\n", "no time"),
        ("x.csv", "event,actual\nCPI,1\n", "no column with the time"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(IbtuiError, match=says):
        read_signals(written(tmp_path, name, text))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError) as error:
        read_signals(tmp_path / "none.csv")
    assert error.value.code == "no_file"


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//EN
BEGIN:VEVENT
UID:1
DTSTART;TZID=America/New_York:20260318T140000
SUMMARY:FOMC decision
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20260305T133000Z
RRULE:FREQ=WEEKLY;COUNT=3
SUMMARY:Jobless claims
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20260401
CATEGORIES:EARNINGS
SUMMARY:AAPL reports
END:VEVENT
END:VCALENDAR
"""


def test_an_ics_calendar_with_zones_repeats_and_whole_days(tmp_path: Path) -> None:
    pytest.importorskip("icalendar", reason="the extra `ics` is not installed")
    found = read_signals(written(tmp_path, "fed.ics", ICS.replace("\n", "\r\n")))
    claims = [datetime(2026, 3, day, 13, 30, tzinfo=UTC) for day in (5, 12, 19)]
    assert [one.time for one in found if one.text == "Jobless claims"] == claims
    assert next(one.time for one in found if one.text == "FOMC decision") == datetime(2026, 3, 18, 18, tzinfo=UTC)
    assert next(one.kind for one in found if one.text == "AAPL reports") == "earnings"
