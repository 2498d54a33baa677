"""The page of a run: it is written for every run there can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from ibtui.backtest import chart
from ibtui.backtest.page import write_report
from ibtui.backtest.summary import summary
from tests.backtest.past import OPENED, Script, bars, play


def test_a_run_over_a_single_bar_has_a_page(tmp_path: Path) -> None:
    result, _ = play(bars((10, 11, 9, 10)), {0: lambda script: script.buy("A", 1)})
    written = write_report(tmp_path, summary(result, strategy="script", parameters={}), result)
    assert "there is no time to draw it over" in written[0].read_text()


@pytest.mark.parametrize("count", [2, 3])
def test_a_few_bars_are_drawn(tmp_path: Path, count: int) -> None:
    result, _ = play(bars(*[(10, 11, 9, 10)] * count), {0: lambda script: Script.buy(script, "A", 1)})
    written = write_report(tmp_path, summary(result, strategy="script", parameters={}), result)
    assert written[0].read_text().count("<svg") == 2


def test_points_of_one_moment_are_a_sentence() -> None:
    assert not chart.svg([(OPENED, 1.0), (OPENED, 2.0)]).startswith("<svg")
    assert not chart.svg([]).startswith("<svg")
