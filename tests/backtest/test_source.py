"""Days of files bear the time that a day's bar bears, whichever way a program wrote their dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ibtui.backtest.source import BarSource
from ibtui.domain.calendar.new_york import midnight


@pytest.mark.parametrize(
    "written",
    [
        ("2026-03-02", "2026-03-03"),
        ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"),
        ("1772409600", "1772496000"),
        ("2026-03-02T09:30:00-05:00", "2026-03-03T09:30:00-05:00"),
    ],
)
@pytest.mark.parametrize("end", [None, date(2026, 3, 3)])
def test_days_are_of_the_date_that_was_written(tmp_path: Path, written: tuple[str, str], end: date | None) -> None:
    file = tmp_path / "SPY.csv"
    rows = "".join(f"{day},100,101,99,100,1\n" for day in written)
    file.write_text(f"date,open,high,low,close,volume\n{rows}")
    until = None if end is None else midnight(end)
    source = BarSource(paths=(file,), seconds=86_400, read_seconds=86_400, end=until, symbols=("SPY",))
    found = [bar.time for (bar,) in source.bars()]
    assert found == [midnight(date(2026, 3, day)) for day in (2, 3)][: 2 if end is None else 1]
    assert found[0] == datetime(2026, 3, 2, 5, tzinfo=UTC)
