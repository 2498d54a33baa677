"""Dividends and splits: paid on what is held before their day; prices of before a split in new shares."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ibtui.backtest import Settings
from ibtui.backtest.source import BarSource
from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.recording.actions import DividendOrSplit, after_splits, in_new_shares, read_actions
from ibtui.recording.export import write_bars
from tests.backtest.past import play

FIRST = datetime(2026, 3, 2, 5, tzinfo=UTC)
SPLIT = DividendOrSplit(day=date(2026, 3, 4), symbol="A", kind="split", amount=4)
PAID = DividendOrSplit(day=date(2026, 3, 4), symbol="A", kind="dividend", amount=0.5)


def days(*closes: float) -> list[tuple[Bar, ...]]:
    return [(Bar("A", FIRST + timedelta(days=n), c, c, c, c, 100.0),) for n, c in enumerate(closes)]


@pytest.mark.parametrize(
    ("bought", "sold", "received"),
    [(0, None, 50.0), (1, None, 0.0), (0, 0, 0.0), (0, 1, 50.0)],
    ids=["held before", "bought at the open of the ex-day", "sold the day before", "sold at the open of the ex-day"],
)
def test_a_dividend_is_paid_on_what_was_held_before_its_day(bought: int, sold: int | None, received: float) -> None:
    deeds = {bought: lambda s: s.buy("A", 100)}
    if sold is not None:
        deeds[sold] = (lambda s: s.close("A")) if sold != bought else (lambda s: None)
    result, _ = play(days(100, 100, 100, 100), deeds, Settings(commission="none", dividends=(PAID,)), seconds=86_400)
    assert result.trades.dividends == received
    assert result.final_equity == 100_000 + received


def test_a_short_pays_the_dividend() -> None:
    result, _ = play(
        days(100, 100, 100),
        {0: lambda s: s.sell("A", 10)},
        Settings(commission="none", dividends=(PAID,)),
        seconds=86_400,
    )
    assert result.final_equity == 100_000 - 5


def test_bars_before_a_split_are_in_new_shares() -> None:
    told = [bar for (bar,) in after_splits(days(100, 100, 25, 26), [SPLIT])]
    assert [bar.close for bar in told] == [25, 25, 25, 26]
    assert [bar.volume for bar in told] == [400, 400, 100, 100]


def test_two_splits_and_another_symbol() -> None:
    later = DividendOrSplit(day=date(2026, 3, 5), symbol="A", kind="split", amount=0.5)
    other = [(Bar("B", FIRST, 10, 10, 10, 10),)]
    told = [bar for (bar,) in after_splits([*other, *days(100, 100, 25, 50)], [SPLIT, later])]
    assert [bar.close for bar in told] == [10, 50, 50, 50, 50]


def test_a_dividend_is_counted_in_the_shares_of_the_end() -> None:
    early = DividendOrSplit(day=date(2026, 3, 3), symbol="A", kind="dividend", amount=1.0)
    assert [action.amount for action in in_new_shares([early, SPLIT, PAID])] == [0.25, 0.5]


def test_a_source_with_splits_reads_the_same_in_another_process(tmp_path: Path) -> None:
    import pickle

    write_bars(tmp_path / "A.csv", [bar for (bar,) in days(100, 100, 25, 26)])
    source = BarSource(paths=(tmp_path / "A.csv",), seconds=86_400, read_seconds=86_400, splits=(SPLIT,))
    again = pickle.loads(pickle.dumps(source))
    assert hash(again) == hash(source)
    assert [bar.close for (bar,) in again.bars()] == [25, 25, 25, 26]


def test_a_file_of_actions(tmp_path: Path) -> None:
    file = tmp_path / "actions.csv"
    file.write_text("Symbol,Kind,Date,Amount\na,Dividend,2026-03-04,0.5\nA,split,2026-03-04 00:00:00,4\n")
    assert read_actions(file) == (PAID, SPLIT)


@pytest.mark.parametrize("row", ["A,merger,2026-03-04,1", "A,split,2026-03-04,0", "A,split,soon,2", "A,split"])
def test_a_row_that_is_none_is_named(tmp_path: Path, row: str) -> None:
    file = tmp_path / "actions.csv"
    file.write_text(f"Symbol,Kind,Date,Amount\n{row}\n")
    with pytest.raises(IbtuiError, match=r"actions\.csv line 2"):
        read_actions(file)
