"""Economic calendars as tables: whose file it is, what its dates and figures mean, and what one bad row costs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.recording.foreign import LARGEST
from ibtui.recording.signals import SHOWN, Refusals, read_signals

INVESTING = "id,date,time,zone,currency,importance,event,actual,forecast,previous\n"
FOREX_FACTORY = "Title,Country,Date,Time,Impact,Forecast,Previous,URL\n"


def told(folder: Path, text: str) -> tuple[list[tuple[str, float | None, float | None]], list[str]]:
    """Time in UTC, figure and forecast of each row, and what was left out."""
    file = folder / "x.csv"
    file.write_bytes(text.encode())
    refused: list[str] = []
    found = read_signals(file, refused.append)
    return [(f"{one.time:%m-%d %H:%M}", one.value, one.expected) for one in found], refused


RIGHT = {
    "Investing": (
        f"{INVESTING}2,06/03/2026,08:30,united states,USD,high,NFP,151K,160K,125K\n"
        "3,06/03/2026,08:30,united states,USD,high,Unemployment,4.1%,4.0%,4.0%\n",
        [("03-06 13:30", 151_000, 160_000), ("03-06 13:30", 4.1, 4.0)],
    ),
    "ForexFactory, in UTC": (
        f"{FOREX_FACTORY}NFP,USD,03-06-2026,1:30pm,High,160K,151K,https://x\n"
        "Speech,USD,03-03-2026,All Day,High,,,\nVote,USD,03-04-2026,Tentative,High,,,\n",
        [("03-03 05:00", None, None), ("03-04 05:00", None, None), ("03-06 13:30", None, 160_000)],
    ),
    "FRED": (
        "observation_date,UNRATE\n2026-02-01,.\n2026-03-01,4.1\n",
        [("02-01 05:00", None, None), ("03-01 05:00", 4.1, None)],
    ),
    "time before date": ("Time,Event,Actual,Date\n08:30,NFP,151,2026-03-06\n", [("03-06 13:30", 151, None)]),
    "a day that only the day can be": (
        "date,time,event\n13/03/2026,10:00,a\n02/03/2026,10:00,b\n",
        [("03-02 15:00", None, None), ("03-13 14:00", None, None)],
    ),
    "a month that only the month can be": (
        "date,time,event\n03/02/2026,10:00,a\n03/13/2026,10:00,b\n",
        [("03-02 15:00", None, None), ("03-13 14:00", None, None)],
    ),
    "told by the header": ("date mm/dd,time,event\n03/02/2026,10:00,a\n", [("03-02 15:00", None, None)]),
    "told by the header, day first": (
        "Date (dd/mm/yyyy),Time (UTC),event\n03/02/2026,10:00,a\n",
        [("02-03 10:00", None, None)],
    ),
    "points part day from month": ("date,time,event\n03.02.2026,10:00,a\n", [("02-03 15:00", None, None)]),
    "the same either way": ("date,event\n03/03/2026,a\n", [("03-03 05:00", None, None)]),
    "one column": ("date,event\n03/13/2026 8:30 AM,a\n", [("03-13 12:30", None, None)]),
    "named months": (
        'date,time,event\n"Mar 6, 2026",8:30am,a\n6 March 2026,8:30 AM ET,b\n',
        [("03-06 13:30", None, None)] * 2,
    ),
    "zones beside the time": (
        "date,time,event\n2026-03-06,13:30 GMT,a\n2026-03-06,08:30 -05:00,b\n",
        [("03-06 13:30", None, None)] * 2,
    ),
    "semicolons, a mark, CRLF": (
        '\ufeffdate;time;event;actual\r\n2026-03-06;08:30;"a; b";1.5\r\n',
        [("03-06 13:30", 1.5, None)],
    ),
    "a line break in quotes": (
        'date,event\n2026-03-06,"two\nlines"\n2026-03-07,b\n',
        [("03-06 05:00", None, None), ("03-07 05:00", None, None)],
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_row_is_the_moment_and_the_figures_that_its_program_meant(tmp_path: Path, name: str) -> None:
    text, rows = RIGHT[name]
    assert told(tmp_path, text) == (rows, [])


@pytest.mark.parametrize(
    "row",
    [
        "soon,08:30,x,1",
        "2026-02-31,08:30,x,1",
        "2026-03-06,25:00,x,1",
        "2026-03-06,13:30pm,x,1",
        "2026-03-06,,x,1",
        "2026-03-06,08:30 Mars,x,1",
        "2026-03-06,08:30,x,many",
        ",,x,1",
        "9999-12-31,23:59,x,1",
        '2026-03-06,08:30,"x,1',
        "2026-03-06,08:30,x," + "9" * 400,
        "2026-03-06",
    ],
)
def test_a_row_that_does_not_fit_costs_itself_and_is_named(tmp_path: Path, row: str) -> None:
    rows, refused = told(tmp_path, f"date,time,event,actual\n2026-03-05,08:30,a,1\n{row}\n2026-03-07,08:30,b,2\n")
    assert [value for _, value, _ in rows] == [1, 2]
    [sentence] = refused
    assert sentence.startswith("x.csv line 3: ")


def test_dates_that_may_be_two_days_refuse_the_file_and_say_how_to_tell(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError, match=r"'02/03/2026'.*`date dd/mm` or `date mm/dd`"):
        told(tmp_path, "date,time,event\n2026-03-01,10:00,a\n02/03/2026,10:00,b\n")


def test_what_is_no_plain_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    large = tmp_path / "large.csv"
    with large.open("wb") as out:
        out.truncate(LARGEST + 1)
    for file, says in (
        (tmp_path / "pipe.csv", "no plain file"),
        (Path("/dev/zero"), "no plain file"),
        (large, "16 MiB"),
    ):
        with pytest.raises(IbtuiError, match=says.replace("no plain", "not a plain")):
            read_signals(file)
    (tmp_path / "x.csv").write_bytes(b"date,event\n2026-03-06,\xff\xfe caf\xe9\n")
    [one] = read_signals(tmp_path / "x.csv")
    assert "caf" in one.text


def test_many_refusals_are_counted_after_the_first_few() -> None:
    refusals = Refusals()
    for number in range(SHOWN + 5):
        refusals(f"line {number}")
    assert len(refusals.sentences) == SHOWN + 1
    assert refusals.sentences[-1].startswith("5 more rows")
