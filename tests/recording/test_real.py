"""A real day of IBM's trades, recorded, read back and made into minutes; beside the minutes of the data's own maker."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from ibtui.domain.quote import Quote
from ibtui.recording.playing import recorded_bars
from ibtui.recording.reading import read_recording
from ibtui.recording.writer import Writer

LEAN = Path(os.environ.get("LEAN_DATA", "none")) / "equity" / "usa"
"""Market data in the layout of Lean's data folder, where a machine has it."""
MIDNIGHT = datetime(2013, 10, 7, tzinfo=ZoneInfo("America/New_York"))

pytestmark = pytest.mark.skipif(not LEAN.exists(), reason="LEAN_DATA names no folder of Lean's market data")


def rows(name: str) -> list[list[str]]:
    with ZipFile(LEAN / name) as archive:
        return list(csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode())))


def moment(milliseconds: str) -> datetime:
    return (MIDNIGHT + timedelta(milliseconds=int(milliseconds))).astimezone(UTC)


def test_a_real_day(tmp_path: Path) -> None:
    volume = 0.0
    quotes = []
    for time, price, size, _, _, suspicious in rows("tick/ibm/20131007_trade.zip"):
        volume += float(size)
        if suspicious == "0":
            quotes.append((moment(time), Quote(symbol="IBM", last=int(price) / 10_000, volume=volume)))
    writer = Writer(tmp_path, "paper", ["IBM"], quotes[0][0])
    for number, (at, quote) in enumerate(quotes):
        writer.write(at, quote)
        if number % 500 == 0:
            writer.flush(at)
    writer.close(quotes[-1][0] + timedelta(minutes=1))
    back = list(read_recording(tmp_path, kinds=["ticks"]))
    assert [row.what for row in back] == [quote for _, quote in quotes]
    assert max(row.time - at for row, (at, _) in zip(back, quotes, strict=True)) < timedelta(milliseconds=1)
    bars = {group[0].time: group[0] for group in recorded_bars(tmp_path, 60)}
    minutes = rows("minute/ibm/20131007_trade.zip")
    # Their prices leave odd lots out, their volume does not: the volume is the same, and the range lies within ours.
    known = [(bar, minute) for minute in minutes if (bar := bars.get(moment(minute[0]))) is not None]
    assert len(known) >= len(minutes) - 2
    assert sum(abs(bar.volume - float(minute[5])) < 1 for bar, minute in known) >= 0.98 * len(minutes)
    assert all(bar.low <= int(low) / 1e4 and int(high) / 1e4 <= bar.high for bar, (_, _, high, low, *_) in known)
