"""Orders with conditions and orders by algorithm, on a book held at 100.00 x 100.01."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.exchange import Refused
from ibtui.exchange.terms.algos import Algo, released
from ibtui.exchange.terms.conditions import (
    ChangeCondition,
    ClockCondition,
    Condition,
    ExecutionCondition,
    MarginCondition,
    MarketPriceCondition,
    VolumeCondition,
    joined,
)
from ibtui.exchange.told.reports import Execution, OrderReport
from tests.exchange.floor import AAPL, KO, MSFT, START, Floor

ABOVE = MarketPriceCondition(con_id=AAPL, price=101.0, more=True)
SOON = ClockCondition(time=START + timedelta(minutes=5), more=True)


def held(floor: Floor, *conditions: Condition, **terms: Any) -> int:
    return floor.place("BUY", 50, conditions=conditions, **terms)


def test_a_price_lets_an_order_go_and_need_not_stay(floor: Floor) -> None:
    order = held(floor, ABOVE, limit="99")
    assert floor.states(order) == ["PreSubmitted"]
    floor.hold(98.00, 98.01)
    assert floor.fills(order) == []
    floor.exchange.set_price(AAPL, 101.0)
    assert floor.states(order) == ["Submitted"]
    floor.hold(98.00, 98.01)
    assert floor.fills(order) == [(50, 99.0)]


def test_conditions_that_hold_already_hold_nothing_up(floor: Floor) -> None:
    assert floor.states(held(floor, MarketPriceCondition(con_id=AAPL, price=100.0, more=True))) == ["Filled"]


def test_another_markets_price_counts(floor: Floor) -> None:
    order = held(floor, MarketPriceCondition(con_id=KO, price=50.0, more=False, method=4))
    floor.hold(49.00, 50.02, con_id=KO)
    assert floor.states(order) == ["PreSubmitted"]
    floor.hold(49.00, 50.00, con_id=KO)
    assert floor.states(order) == ["Filled"]


def test_a_time_lets_an_order_go_to_the_microsecond(floor: Floor) -> None:
    order = held(floor, SOON)
    floor.wait(hours=1)
    assert floor.order(order).time == SOON.time


def test_a_fill_of_the_same_account_lets_an_order_go(floor: Floor) -> None:
    wanted = ExecutionCondition(symbol="MSFT", sec_type="STK", exchange="SMART")
    order = held(floor, wanted)
    floor.place("BUY", 1, con_id=KO)
    floor.place("BUY", 1, con_id=MSFT, account="DU2")
    assert floor.states(order) == ["PreSubmitted"]
    floor.place("BUY", 1, con_id=MSFT)
    assert floor.states(order) == ["Filled"]
    assert floor.states(held(floor, wanted)) == ["PreSubmitted"]


def test_volume_change_and_margin_let_orders_go(floor: Floor) -> None:
    tick = floor.exchange.tick(AAPL)
    volume = held(floor, VolumeCondition(con_id=AAPL, volume=int(tick.volume) + 100, more=True))
    change = held(floor, ChangeCondition(con_id=AAPL, percent=5 + (tick.last / tick.close - 1) * 100, more=True))
    margin = held(floor, MarginCondition(percent=99.0, more=False))
    floor.exchange.set_price(AAPL, 100.0)
    assert floor.states(volume, change, margin) == ["Filled", "PreSubmitted", "PreSubmitted"]
    floor.exchange.set_price(AAPL, round(tick.last + tick.close * 0.051, 2))
    assert floor.states(change, margin) == ["Filled", "PreSubmitted"]
    floor.hold(100.00, 100.01, 1000)
    floor.place("BUY", 1000)
    assert floor.states(margin) == ["Filled"]


def test_conditions_may_cancel_instead(floor: Floor) -> None:
    order = held(floor, ABOVE, limit="99", conditions_cancel=True)
    assert floor.states(order) == ["Submitted"]
    floor.exchange.set_price(AAPL, 101.0)
    report = floor.order(order)
    assert (report.state, report.code) == ("Cancelled", 202)


def test_conditions_may_be_changed_while_they_hold_the_order(floor: Floor) -> None:
    order = held(floor, ABOVE, limit="99")
    floor.exchange.modify(order, floor.changed(order, conditions=(SOON,)))
    floor.exchange.set_price(AAPL, 102.0)
    assert floor.states(order) == ["PreSubmitted"]
    floor.exchange.modify(order, floor.changed(order, conditions=()))
    assert floor.states(order) == ["Submitted"]
    with pytest.raises(Refused) as refusal:
        floor.exchange.modify(order, floor.changed(order, conditions=(ABOVE,)))
    assert refusal.value.code == 105


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["and", "or"])), min_size=1, max_size=6))
def test_conditions_are_joined_from_left_to_right(parts: list[tuple[bool, str]]) -> None:
    conditions = [
        VolumeCondition(con_id=index, volume=0, more=value, join=join)  # type: ignore[arg-type]
        for index, (value, join) in enumerate(parts)
    ]
    expression = str(parts[0][0])
    for (_, join), (value, _) in pairwise(parts):
        expression = f"({expression} {join} {value})"
    assert joined(conditions, lambda condition: condition.more) is eval(expression)  # type: ignore[union-attr]


def test_a_long_step_meets_conditions_as_many_short_ones() -> None:
    def play(steps: int) -> list[object]:
        floor = Floor()
        tick = floor.exchange.tick(MSFT)
        floor.place("BUY", 10, conditions=(MarketPriceCondition(con_id=MSFT, price=tick.last * 1.001, more=True),))
        floor.place("BUY", 10, conditions=(MarketPriceCondition(con_id=MSFT, price=tick.last * 0.999, more=False),))
        floor.place("BUY", 10, con_id=KO, conditions=(SOON,))
        floor.place("SELL", 300, con_id=KO, algo=Algo(name="Twap", end=START + timedelta(minutes=10)))
        floor.place("SELL", 300, con_id=MSFT, algo=Algo(name="Vwap", end=START + timedelta(minutes=20)))
        for _ in range(steps):
            floor.wait(minutes=30 / steps)
        return [report for report in floor.reports if isinstance(report, OrderReport | Execution)]

    assert play(1) == play(30)


def test_twap_trades_equal_parts_at_equal_intervals(floor: Floor) -> None:
    floor.hold(100.00, 100.01, 1000)
    order = floor.place("BUY", 100, algo=Algo(name="Twap", end=START + timedelta(minutes=1)))
    floor.wait(minutes=2)
    fills = [fill for fill in floor.heard(Execution) if fill.perm_id == order]
    assert [int(fill.quantity) for fill in fills] == [25, 25, 25, 25]
    assert [(fill.time - START).total_seconds() for fill in fills] == [0, 15, 30, 45]
    assert floor.states(order) == ["Filled"]


@pytest.mark.parametrize(("past_end", "state"), [(False, "Cancelled"), (True, "Submitted")])
def test_what_a_window_leaves_is_cancelled_or_goes_on(floor: Floor, past_end: bool, state: str) -> None:
    algo = Algo(name="Twap", end=START + timedelta(minutes=1), past_end=past_end)
    order = floor.place("BUY", 100, limit="99", algo=algo)
    floor.wait(minutes=2)
    assert floor.states(order) == [state]
    if past_end:
        floor.hold(98.99, 99.00)
        assert floor.fills(order) == [(100, 99.0)]


def test_a_window_may_begin_later(floor: Floor) -> None:
    begin = START + timedelta(minutes=3)
    order = floor.place("BUY", 10, algo=Algo(name="Twap", begin=begin, end=begin + timedelta(seconds=10)))
    floor.wait(minutes=5)
    assert floor.order(order).time == begin


def test_vwap_never_trades_more_than_its_share_of_the_volume() -> None:
    floor = Floor()
    end = START + timedelta(minutes=10)
    order = floor.place("BUY", 8_000, algo=Algo(name="Vwap", end=end, max_share=0.02))
    before = floor.exchange.tick(AAPL).volume
    for _ in range(20):
        floor.wait(seconds=29)
        filled = float(floor.order(order).filled)
        assert filled <= 0.02 * (floor.exchange.tick(AAPL).volume - before) + 1
    assert floor.order(order).filled > 100
    floor.wait(minutes=1)
    assert floor.states(order) == ["Cancelled"]


@pytest.mark.parametrize(("priority", "seconds"), [("Urgent", 2), ("Normal", 10), ("Patient", 40)])
def test_adaptive_comes_closer_to_the_market_by_and_by(floor: Floor, priority: str, seconds: int) -> None:
    floor.hold(100.00, 100.10)
    order = floor.place("BUY", 50, algo=Algo(name="Adaptive", priority=priority))  # type: ignore[arg-type]
    assert floor.order(order).limit_price == Decimal("100.0")
    floor.wait(seconds=seconds / 2)
    assert floor.order(order).limit_price == Decimal("100.05")
    floor.wait(seconds=seconds / 2 - 0.1)
    assert floor.fills(order) == []
    floor.wait(seconds=0.1)
    assert floor.fills(order) == [(50, 100.10)]


def test_an_algorithm_keeps_to_its_terms(floor: Floor) -> None:
    algo = Algo(name="Adaptive", priority="Urgent")
    order = floor.place("BUY", 50, limit="100.00", algo=algo)
    floor.wait(seconds=10)
    assert (floor.states(order), floor.order(order).limit_price) == (["Submitted"], Decimal("100.0"))
    with pytest.raises(Refused) as refusal:
        floor.exchange.modify(order, floor.changed(order, algo=None))
    assert refusal.value.code == 440


@given(st.integers(1, 10_000), st.integers(1, 60), st.sampled_from([1, 100]))
def test_parts_add_up_to_the_whole(quantity: int, steps: int, lot: int) -> None:
    algo, whole = Algo(name="Twap"), Decimal(quantity * lot)
    parts = [released(algo, whole, Decimal(lot), step, steps, 0.0) for step in range(steps)]
    assert parts == sorted(parts)
    assert parts[-1] == whole
    assert all(part % lot == 0 for part in parts)
