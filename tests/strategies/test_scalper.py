from __future__ import annotations

from typing import Any

from ibtui.strategies.builtin.scalper import Scalper
from tests.strategies.stage import Stage


def scalping(**parameters: Any) -> Stage:
    return Stage(Scalper, symbol="A", price="10", gain="0.5", loss="1", pause="0", **parameters)


def test_it_buys_at_its_price_sells_above_and_again() -> None:
    stage = scalping(rounds="2")
    assert stage.bar(11) == "round 1 of 2, 0 won · buys 100 at 10.00"
    assert stage.orders == ["BUY 100 LMT 10", "SELL 100 STP 9", "SELL 100 LMT 10.5"]
    assert stage.bar(10.3, low=10) == "round 1 of 2, 0 won · holds 100"
    stage.bar(11, low=10.2)
    assert stage.said == "round 2 of 2, 1 won · buys 100 at 10.00"
    # From 10 the price came to the close at 11, by the target at 10.50: both fill in one bar.
    assert stage.bar(11, low=10) == "round 2 of 2, 2 won · done"
    assert [price for _, _, price in stage.fills] == [10, 11, 10, 10.5]
    assert stage.play([10, 10]).endswith("done")


def test_it_waits_ten_times_as_long_after_a_loss() -> None:
    stage = Stage(Scalper, symbol="A", price="10", gain="0.5", loss="1", pause="60")
    stage.bar(11)
    stage.bar(8.5, high=11, low=8.5)
    assert "0 won" in stage.said
    said = [stage.bar(11).split(" · ")[1] for _ in range(11)]
    assert said[:9] == ["pauses"] * 9
    assert said[-1] != "pauses"


def test_without_a_price_it_takes_the_close_when_it_begins() -> None:
    stage = Stage(Scalper, symbol="A", seconds=60)
    stage.bar(20)
    assert stage.orders[0] == "BUY 100 LMT 20"


def test_an_entry_is_asked_for_once() -> None:
    stage = scalping()
    stage.play([11, 11, 11])
    assert len(stage.orders) == 3
