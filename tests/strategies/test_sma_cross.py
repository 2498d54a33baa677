from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Side
from ibtui.strategies import step
from ibtui.strategies.author.parameters import Value, values
from ibtui.strategies.builtin.sma_cross import SmaCross
from tests.strategies.notebook import Notebook


def run(closes: list[float], broker: Notebook, **typed: str) -> list[list[object]]:
    """What it asked for at each bar."""
    strategy = step.start(SmaCross, broker, values(SmaCross, {"fast": "1", "slow": "3", "bar": "1s", **typed}))
    opened = datetime(2026, 11, 23, 15, tzinfo=UTC)
    decisions: list[list[object]] = []
    for index, close in enumerate(closes):
        before = len(broker.asked)
        bar = Bar("SPY", opened + timedelta(seconds=index), close, close, close, close)
        step.step(strategy, broker, (bar,))
        decisions.append(list(broker.asked[before:]))
    return decisions


def test_it_buys_on_the_cross_up_with_a_stop_and_closes_on_the_cross_down() -> None:
    broker = Notebook()
    decisions = run([10, 10, 9, 12, 13, 8, 9], broker, shares="50", stop="2")
    flat = ("close", 0.0)
    assert decisions == [[], [], [flat], [(Side.BUY, 50, 11.76)], [], [("close", 50.0)], [flat]]
    assert broker.told == [
        "fast 9.00 below slow 9.67 · stays out",
        "fast 12.00 crossed above slow 10.33 · buys 50",
        "fast 13.00 above slow 11.33 · holds",
        "fast 8.00 crossed below slow 11.00 · closes",
        "fast 9.00 below slow 10.00 · stays out",
    ]


def test_without_a_stop_the_entry_has_no_child() -> None:
    assert run([10, 10, 9, 12], Notebook(), stop="0")[3] == [(Side.BUY, 100, None)]


def test_it_does_not_buy_above_without_a_cross() -> None:
    assert run([10, 11, 12, 13, 14], Notebook()) == [[], [], [], [], []]


def test_resumed_with_a_position_it_holds_above_and_closes_below() -> None:
    broker = Notebook()
    broker.holding = 100.0
    assert run([10, 11, 12, 13, 5], broker) == [[], [], [], [], [("close", 100.0)]]


def test_an_entry_that_did_not_fill_is_withdrawn_on_the_cross_down() -> None:
    broker = Notebook()
    broker.fills = False
    assert run([10, 10, 9, 12, 8], broker, stop="0")[3:] == [[(Side.BUY, 100, None)], [("close", 0.0)]]


def test_a_tie_is_neither_above_nor_below() -> None:
    broker = Notebook()
    assert run([10, 10, 10, 10], broker) == [[], [], [], []]
    assert broker.told[-1] == "fast 10.00 equal to slow 10.00 · stays out"


@pytest.mark.parametrize(("fast", "slow"), [("8", "8"), ("9", "8")])
def test_a_fast_average_that_is_not_faster_is_refused(fast: str, slow: str) -> None:
    chosen: dict[str, Value] = values(SmaCross, {"fast": fast, "slow": slow})
    with pytest.raises(IbtuiError, match="fast must be less than slow"):
        step.start(SmaCross, Notebook(), chosen)


def test_it_wants_as_many_past_bars_as_its_slow_average() -> None:
    assert step.start(SmaCross, Notebook(), values(SmaCross, {"slow": "21"})).warmup == 21
