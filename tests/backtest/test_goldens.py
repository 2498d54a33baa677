"""The same rule on the same prices here and in backtesting.py: the same money to the cent, the same trades."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibtui.domain.money import to_tick

CENT = Decimal("0.01")
"""What prices of stops and targets are rounded to, as they would be before they are sent."""
warned = pytest.mark.filterwarnings("ignore")
oracle = pytest.importorskip("backtesting", reason="backtesting.py, the oracle, is not installed")

CASES = [
    ((10, 30, 0, 0), 177_394.00, (32, 1)),
    ((20, 50, 0, 0), 145_391.00, (19, 1)),
    ((10, 30, 5, 10), 132_665.00, (33, 0)),
    ((10, 30, 2, 3), 123_883.00, (33, 0)),
]


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prices that come with the oracle, as a file."""
    from backtesting.test import GOOG

    file = tmp_path_factory.mktemp("prices") / "GOOG.csv"
    GOOG.to_csv(file, index_label="Date")
    return file


def theirs(fast: int, slow: int, stop: float, target: float) -> Any:
    import pandas
    from backtesting import Backtest, Strategy
    from backtesting.lib import crossover
    from backtesting.test import GOOG

    class Rule(Strategy):  # type: ignore[misc,unused-ignore]
        def init(self) -> None:
            def average(close: Any, length: int) -> Any:
                return pandas.Series(close).rolling(length).mean()

            self.fast = self.I(average, self.data.Close, fast)
            self.slow = self.I(average, self.data.Close, slow)

        def next(self) -> None:
            price = self.data.Close[-1]
            if crossover(self.fast, self.slow):
                if not self.position:
                    wanted = {"sl": price * (1 - stop / 100), "tp": price * (1 + target / 100)} if stop else {}
                    exits = {name: float(to_tick(level, CENT)) for name, level in wanted.items()}
                    self.buy(size=100, **exits)
            elif crossover(self.slow, self.fast):
                self.position.close()

    test = Backtest(GOOG, Rule, cash=100_000)
    found = test.run()
    return round(float(found["Equity Final [$]"]), 2), len(found["_trades"]), len(found["_strategy"].trades)


@warned
@pytest.mark.parametrize(("rule", "money", "trades"), CASES)
def test_the_same_money_in_both(prices: Path, rule: tuple[int, int, int, int], money: float, trades: Any) -> None:
    fast, slow, stop, target = rule
    words = [f"fast={fast}", f"slow={slow}", f"stop={stop}", f"target={target}", "shares=100"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ibtui", "backtest", "sma_cross", "--data", str(prices), "--cash", "100000"),
            *("--commission", "none", "--json"),
            *(part for word in words for part in ("--param", word)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    ours = json.loads(done.stdout)
    assert (ours["final_equity"], (ours["trades"]["closed"], ours["trades"]["open"])) == (money, trades)
    assert ours["fills"] == 2 * trades[0] + trades[1]
    their_money, closed, _ = theirs(*rule)
    assert their_money == money
    assert closed == trades[0]
