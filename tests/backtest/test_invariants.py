"""What must hold whatever a strategy does: money adds up, the future changes nothing, the hash seed changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.backtest import Settings, run
from ibtui.strategies.author.parameters import values
from ibtui.strategies.builtin.sma_cross import SmaCross
from tests.backtest.past import FREE, Script, play, prices, walk

BARS = walk(400)
deeds = st.dictionaries(
    st.integers(0, 60),
    st.sampled_from(
        [
            lambda s: s.buy("A", 10),
            lambda s: s.sell("A", 20),
            lambda s: s.close("A"),
            lambda s: s.buy("A", 7, sl=(s.last("A") or 1) * 0.995, tp=(s.last("A") or 1) * 1.005),
            lambda s: s.sell("A", 5, limit=(s.last("A") or 1) * 1.001),
            lambda s: s.buy("A", 3, stop=(s.last("A") or 1) * 1.002),
            lambda s: [s.cancel(order.ref) for order in s.orders("A")],
        ]
    ),
    max_size=25,
)


@given(deeds)
@settings(max_examples=150)
def test_money_and_positions_add_up(chosen: dict[int, Callable[[Script], Any]]) -> None:
    result, script = play(BARS[:80], chosen, Settings(commission="ib", slippage=1))
    cash = result.settings.cash
    held = 0.0
    for fill in result.trades.fills():
        signed = fill.quantity if fill.side == "BUY" else -fill.quantity
        cash -= signed * fill.price + fill.commission
        held += signed
    assert held == result.trades.quantity("A")
    assert result.final_equity == pytest.approx(cash + held * result.lasts["A"])
    closed = sum(trade.profit for trade in result.trades.closed())
    opened = result.final_equity - result.settings.cash - closed
    assert (opened == pytest.approx(0, abs=1e-6)) or result.open_trades == 1
    assert len(script.told) == result.trades.fill_count


@given(deeds, st.integers(2, 79))
def test_what_comes_later_changes_nothing(chosen: dict[int, Callable[[Script], Any]], cut: int) -> None:
    whole, _ = play(BARS[:80], chosen)
    part, _ = play(BARS[:cut], chosen)
    assert prices(whole)[: part.trades.fill_count] == prices(part)


@pytest.mark.parametrize("cut", [150, 260, 400])
def test_the_averages_do_not_look_ahead(cut: int) -> None:
    chosen = values(SmaCross, {"symbol": "A", "fast": "3", "slow": "9", "stop": "1"})
    whole = run(SmaCross, BARS, chosen, FREE)
    part = run(SmaCross, BARS[:cut], chosen, FREE)
    assert part.trades.fill_count > 2
    assert prices(whole)[: part.trades.fill_count] == prices(part)


_SEEDED = """
from tests.backtest.past import FREE, prices
from tests.backtest.rotating import Rotation, several
from ibtui.backtest import run
from ibtui.strategies.author.parameters import values
print(prices(run(Rotation, several(), values(Rotation, {}), FREE)))
"""


def test_the_hash_seed_changes_nothing() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", _SEEDED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(said) == 1
    assert "SELL" in next(iter(said))
