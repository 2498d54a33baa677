from __future__ import annotations

from typing import Any

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.strategies.builtin.momentum import Momentum
from tests.strategies.stage import Stage


def ranking(**parameters: Any) -> Stage:
    stage = Stage(Momentum, symbols="A,B,C", lookback="1", top="1", rank_every="2", share="10", **parameters)
    stage.bars({"A": 10, "B": 10, "C": 10})
    return stage


def test_it_holds_the_strongest_and_rotates_when_another_is() -> None:
    stage = ranking()
    said = stage.bars({"A": 11, "B": 12, "C": 9})
    assert said == "strongest B +20.0 % · holds nothing · ranks again in 1 bars"
    assert stage.orders == ["BUY 8333 MKT 0"]
    stage.bars({"A": 20, "B": 12, "C": 9})
    assert stage.broker.held == ("B",)
    stage.bars({"A": 30, "B": 12, "C": 9})
    stage.bars({"A": 30, "B": 12, "C": 9})
    assert stage.broker.held == ("A",)


def test_nothing_that_fell_is_bought() -> None:
    stage = ranking()
    assert stage.bars({"A": 9, "B": 8, "C": 7}).startswith("strongest none yet · holds nothing")
    assert stage.orders == []


def test_entries_are_brackets_and_equals_go_by_their_order() -> None:
    stage = ranking(stop="10", target="20")
    stage.bars({"A": 10, "B": 20, "C": 20})
    assert stage.orders == ["BUY 5000 MKT 0", "SELL 5000 STP 18", "SELL 5000 LMT 24"]
    assert [order.symbol for order in stage.broker.orders("B")] == ["B"] * 3


def test_the_count_of_bars_outlives_a_restart() -> None:
    stage = ranking()
    stage.bars({"A": 11, "B": 12, "C": 9})
    assert stage.strategy.memory == {"left": 1}
    stage.bars({"A": 11, "B": 12, "C": 9})
    assert stage.strategy.memory == {"left": 0}


def test_a_symbol_without_a_bar_keeps_its_rank() -> None:
    stage = ranking()
    stage.bars({"A": 11, "B": 12, "C": 9})
    stage.bars({"A": 11, "B": 12, "C": 9})
    stage.bars({"A": 11.1, "B": 12.5, "C": 9})
    stage.bars({"A": 11.2, "C": 9})
    stage.bars({"A": 11.3, "C": 9})
    assert stage.broker.held == ("B",)


def test_one_symbol_is_no_list() -> None:
    with pytest.raises(IbtuiError, match="two or more"):
        Stage(Momentum, symbols="A")
