from __future__ import annotations

from typing import Any

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.strategies.builtin.mean_reversion import MeanReversion
from tests.strategies.stage import Stage

CALM = [100, 101] * 5


def calm(**parameters: Any) -> Stage:
    """Ten closes with a mean of 100.5 and a deviation of 0.5."""
    stage = Stage(MeanReversion, symbol="A", window="10", **parameters)
    stage.play(CALM)
    return stage


def test_it_buys_far_below_and_sells_at_the_mean() -> None:
    stage = calm()
    said = stage.bar(98)
    assert said == "98.00 is -2.56 deviations from its mean · buys 100"
    stage.bar(98.5)
    assert stage.said.endswith("holds")
    assert stage.bar(101).endswith("closes: back at its mean")
    stage.bar(101)
    assert stage.fills == [("BUY", 100, 98.5), ("SELL", 100, 101)]


def test_it_sells_short_above_where_it_may() -> None:
    assert calm(sides="both").bar(103).endswith("sells 100")
    assert calm(sides="short").bar(98).endswith("stays out")
    assert calm().bar(103).endswith("stays out")


def test_it_gives_up_and_waits_for_the_mean() -> None:
    stage = calm(enter="1.5", give_up="2.5")
    stage.play([99, 99])
    assert stage.held == 100
    assert stage.bar(80).endswith("gives up: too far")
    stage.bar(95)
    assert stage.held == 0
    assert stage.said.endswith("waits for the mean after giving up")
    stage.bar(100)
    assert stage.bar(100).endswith("stays out")


def test_it_gives_up_after_its_time() -> None:
    stage = calm(longest="2")
    stage.play([98, 98, 98])
    assert stage.said.endswith("gives up: too long")


def test_it_does_not_bet_against_the_trend() -> None:
    stage = Stage(MeanReversion, symbol="A", window="10", trend="30")
    stage.play([120] * 20 + CALM)
    assert stage.bar(98).endswith("stays out: against the trend")


def test_thresholds_that_do_not_fit_are_refused() -> None:
    with pytest.raises(IbtuiError, match="in this order"):
        Stage(MeanReversion, symbol="A", enter="5", give_up="4")
