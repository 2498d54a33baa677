"""The figures of a run, on numbers that can be worked out by hand or were by another library."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ibtui.backtest import Settings
from ibtui.backtest.chart import svg
from ibtui.backtest.page import html, write_report
from ibtui.backtest.statistics import annual, daily_returns, longest_drawdown, sharpe, sortino, statistics
from ibtui.backtest.summary import summary
from ibtui.domain.text.blocks import falls, rows
from tests.backtest.past import FREE, bars, play

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def test_ratios_of_the_prices_of_goog() -> None:
    """As empyrical and quantstats give them: 0.881519, 1.354167, 0.277081."""
    pytest.importorskip("backtesting", reason="the prices come with backtesting.py")
    import backtesting

    file = Path(backtesting.__file__).parent / "test" / "GOOG.csv"
    with file.open() as rows:
        closes = [float(row["Close"]) for row in csv.DictReader(rows)]
    returns = daily_returns(closes)
    assert sharpe(returns) == pytest.approx(0.881519, abs=1e-6)
    assert sortino(returns) == pytest.approx(1.354167, abs=1e-6)
    assert annual(closes[-1] / closes[0], len(returns) / 252) == pytest.approx(0.277081, abs=1e-6)
    assert min(falls(closes)) == pytest.approx(-0.652948, abs=1e-6)


def test_a_run_of_two_trades() -> None:
    rows = bars((100, 100, 100, 100), (100, 110, 100, 110), (110, 110, 110, 110), (110, 110, 99, 99), (99, 99, 99, 99))
    result, _ = play(
        rows,
        {
            0: lambda s: s.buy("A", 10),
            1: lambda s: s.close("A"),
            2: lambda s: s.buy("A", 10),
            3: lambda s: s.close("A"),
        },
        Settings(cash=10_000, commission="none"),
    )
    figures = statistics(result)
    assert result.trades.closed_count == 2
    assert (figures.win_rate_percent, figures.best_trade, figures.worst_trade) == (50, 100, -110)
    assert figures.profit_factor == pytest.approx(100 / 110)
    assert figures.exposure_percent == 40
    assert figures.return_percent == pytest.approx(-0.1)
    assert figures.buy_and_hold_percent == pytest.approx(-1)
    assert figures.max_drawdown_percent == pytest.approx(100 * (9_990 / 10_100 - 1))


def test_buying_and_holding_is_told_day_by_day() -> None:
    start = datetime(2026, 3, 2, 15, tzinfo=UTC)
    rows = [bars((100, 100, 100, 100 + n), start=start + timedelta(days=n))[0] for n in (0, 10, 25)]
    result, _ = play([tuple(bar._replace(high=bar.close) for bar in row) for row in rows], {}, FREE)
    assert [held for _, held in result.daily_held] == pytest.approx([100_000, 110_000, 125_000])
    assert statistics(result).buy_and_hold_percent == pytest.approx(25)


def test_nothing_traded_tells_nothing() -> None:
    result, _ = play(bars((100, 100, 100, 100), (100, 100, 100, 100)), {})
    figures = statistics(result)
    assert (figures.sharpe, figures.win_rate_percent, figures.profit_factor, figures.calmar) == (None,) * 4
    assert figures.return_percent == 0


def test_a_drawdown_lasts_until_the_peak_is_passed() -> None:
    values = [100.0, 110, 105, 108, 111, 100]
    points = [(DAY + timedelta(days=day), value) for day, value in enumerate(values)]
    assert longest_drawdown(points) == 2


def test_a_picture_in_blocks_has_its_highest_value_at_the_top() -> None:
    assert rows([0, 1, 2, 3], 4, 2) == ["  ▃█", "▁▆██"]
    assert rows([5, 5], 4, 1) == ["▁▁"]
    assert rows([], 4, 1) == []


def test_a_line_as_svg_needs_two_points() -> None:
    assert "<polyline" not in svg([(DAY, 1.0)])
    assert svg([(DAY, 1.0), (DAY + timedelta(days=1), 2.0)]).count("<polyline") == 1


def test_the_report_is_one_page_that_needs_nothing_else(tmp_path: Path) -> None:
    result, _ = play(bars(*[(100.0, 101.0, 99.0, 100.0)] * 5), {0: lambda s: s.buy("A", 10)}, FREE)
    told = summary(result, strategy="<script>", parameters={"a": "<b>"})
    page = html(told, result)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page
    files = write_report(tmp_path / "out", told, result)
    assert sorted(file.name for file in files) == [
        "equity.csv",
        "fills.csv",
        "refusals.csv",
        "report.html",
        "summary.json",
        "trades.csv",
    ]
    with (tmp_path / "out" / "fills.csv").open() as rows:
        (fill,) = list(csv.DictReader(rows))
    assert (fill["symbol"], fill["side"], fill["quantity"]) == ("A", "BUY", "10.0")
