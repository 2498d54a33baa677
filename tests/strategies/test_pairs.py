from __future__ import annotations

from typing import Any

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.strategies.builtin.pairs import Pairs
from tests.strategies.stage import Stage


def paired(**parameters: Any) -> Stage:
    """Ten bars in which the ratio swings a little around one."""
    stage = Stage(Pairs, first="A", second="B", window="10", cash="1000", **parameters)
    for n in range(10):
        stage.bars({"A": 100 + n % 2, "B": 100})
    return stage


def positions(stage: Stage) -> tuple[float, float]:
    return stage.broker.position("A"), stage.broker.position("B")


def test_it_buys_the_cheap_one_and_sells_the_dear_one_until_they_meet() -> None:
    stage = paired()
    assert stage.bars({"A": 97.5, "B": 100}).endswith("buys A, sells the other")
    stage.bars({"A": 98, "B": 100})
    assert positions(stage) == (10, -10)
    assert stage.said.endswith("holds both")
    assert stage.bars({"A": 100.5, "B": 100}).endswith("closes both: back together")
    stage.bars({"A": 100.5, "B": 100})
    assert positions(stage) == (0, 0)


def test_the_other_way_round() -> None:
    stage = paired()
    assert stage.bars({"A": 103.5, "B": 100}).endswith("buys B, sells the other")
    stage.bars({"A": 103.5, "B": 100})
    assert positions(stage) == (-9, 10)


def test_it_gives_up_and_waits() -> None:
    stage = paired(enter="1.5", give_up="2.6")
    stage.bars({"A": 99, "B": 100})
    stage.bars({"A": 99, "B": 100})
    assert stage.bars({"A": 80, "B": 100}).endswith("gives up: too far apart")
    assert stage.bars({"A": 90, "B": 100}).endswith("waits for the mean after giving up")
    assert positions(stage) == (0, 0)


def test_a_leg_that_stands_alone_is_closed() -> None:
    """The second leg never traded: nothing is left of the first."""
    stage = paired()
    said: list[str] = []
    stage.broker.log = said.append  # type: ignore[method-assign,assignment]
    stage.bars({"A": 97.5, "B": 100})
    (order,) = stage.broker.orders("B")
    stage.broker.cancel(order.ref)
    assert stage.bars({"A": 98, "B": 100}).endswith("closes A: it stands alone")
    stage.bars({"A": 98, "B": 100})
    assert positions(stage) == (0, 0)
    assert said[0] == "only A is held: it is closed"
    assert stage.said.endswith("waits for the mean after giving up")


def test_a_leg_that_cannot_fill_in_time_is_cancelled_with_the_other() -> None:
    stage = paired()
    stage.bars({"A": 97.5, "B": 100})
    said = stage.bars({"A": 98})
    assert said.endswith("holds A and waits for B")
    assert stage.bars({"A": 98}).endswith("closes A: it stands alone")
    stage.bars({"A": 98, "B": 100})
    assert positions(stage) == (0, 0)
    assert stage.orders == []


def test_a_bar_of_one_alone_decides_no_entry() -> None:
    stage = paired()
    assert stage.bars({"A": 50}).endswith("stays out")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(IbtuiError, match="two symbols"):
        Stage(Pairs, first="A", second="A")
    with pytest.raises(IbtuiError, match="in this order"):
        Stage(Pairs, first="A", second="B", leave="3", enter="2")
