"""The guard: one stop for the whole position, never further away, never for more than is held."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.strategies.builtin.guard import Guard
from tests.strategies.stage import Stage


def guarded(held: float = 100, **parameters: Any) -> Stage:
    """The trader holds this from 100.00, and the guard has seen one bar."""
    stage = Stage(Guard, symbol="A", **parameters)
    stage.bar(100)
    stage.trade(held, 100)
    stage.bar(100)
    return stage


def test_it_covers_the_whole_position_with_one_stop() -> None:
    stage = guarded(stop="2")
    assert stage.orders == ["SELL 100 STP 98"]
    assert stage.said == "+100 from 100.00, +0.00 % · stop 98.00 · holds"


def test_a_short_position_is_covered_above() -> None:
    assert guarded(-100, stop="2").orders == ["BUY 100 STP 102"]


def test_a_quote_is_enough_for_the_first_stop() -> None:
    stage = Stage(Guard, symbol="A", stop="2")
    stage.bar(100)
    stage.trade(100, 100)
    stage.quote(99.99, 100.01)
    assert stage.orders == ["SELL 100 STP 98"]
    stage.quote(99.99, 100.01)
    assert len(stage.orders) == 1


def test_the_stop_follows_the_quantity_and_goes_with_the_position() -> None:
    stage = guarded(stop="2")
    stage.trade(50, 100)
    stage.bar(100)
    assert stage.orders == ["SELL 150 STP 98"]
    stage.trade(-120, 100)
    stage.bar(100)
    assert stage.orders == ["SELL 30 STP 98"]
    stage.trade(-30, 100)
    assert stage.bar(100) == "nothing to guard"
    assert stage.orders == []


def test_what_stops_of_others_cover_is_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = guarded(stop="2")
    monkeypatch.setattr(stage.broker, "covered", lambda symbol: 30.0)
    stage.bar(100)
    assert stage.orders == ["SELL 70 STP 98"]
    monkeypatch.setattr(stage.broker, "covered", lambda symbol: 100.0)
    stage.bar(100)
    assert stage.orders == []
    monkeypatch.undo()
    stage.play([100] * 5)
    assert stage.orders == ["SELL 100 STP 98"]


def test_several_stops_of_its_own_never_add_up_to_more_than_is_held() -> None:
    stage = guarded(stop="2")
    stage.strategy.sell("A", 40, stop=97)
    stage.bar(100)
    assert stage.orders == ["SELL 100 STP 98"]
    stage.trade(-50, 100)
    stage.bar(100)
    assert stage.orders == ["SELL 50 STP 98"]


def test_stops_of_one_group_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = guarded(stop="2")
    (own,) = stage.broker.orders("A")
    twins = [replace(own.with_terms(quantity=Decimal(60), oca_group="g"), ref=ref) for ref in ("x", "y")]
    changed: dict[str, float | None] = {}
    monkeypatch.setattr(stage.broker, "orders", lambda symbol: twins)
    monkeypatch.setattr(stage.broker, "modify", lambda change: changed.update({change.ref: change.quantity}))
    stage.bar(100)
    assert changed == {"x": 100, "y": 100}


def test_a_position_that_was_turned_round_gets_a_stop_of_its_own() -> None:
    stage = guarded(stop="2")
    stage.trade(-200, 110)
    stage.bar(110)
    stage.bar(110)
    assert stage.orders == ["BUY 100 STP 112.2"]


def test_it_trails_behind_the_best_close_and_never_back() -> None:
    stage = guarded(stop="2", trail="3", trail_after="5")
    stage.bar(104)
    assert stage.orders == ["SELL 100 STP 98"]
    stage.bar(110)
    assert stage.orders == ["SELL 100 STP 106.7"]
    stage.bar(108)
    assert stage.orders == ["SELL 100 STP 106.7"]
    stage.bar(106, low=105)
    assert (stage.held, stage.fills[-1]) == (0, ("SELL", 100, 106.0))


def test_it_moves_to_the_entry_once_the_risk_is_earned() -> None:
    stage = guarded(stop="2", break_even="1.5")
    stage.bar(102.9)
    assert stage.orders == ["SELL 100 STP 98"]
    stage.bar(103)
    assert stage.orders == ["SELL 100 STP 100"]


def test_it_closes_at_the_target_and_after_its_time() -> None:
    stage = guarded(target="5")
    stage.bar(105)
    assert "closes: target reached" in stage.said
    stage.bar(106)
    assert (stage.held, stage.orders, stage.fills[-1]) == (0, [], ("SELL", 100, 106))
    late = guarded(minutes="3")
    late.play([100, 100, 100])
    assert "closes: time is over" in late.said
    late.bar(100)
    assert (late.held, late.orders) == (0, [])


def test_the_stop_may_be_told_in_ranges() -> None:
    stage = Stage(Guard, symbol="A", ranges="2")
    for _ in range(20):
        stage.bar(100, low=99.5, high=100.5)
    stage.trade(100, 100)
    stage.bar(100, low=99.5, high=100.5)
    assert stage.orders == ["SELL 100 STP 98"]


def test_a_price_that_is_beyond_the_stop_already_closes_at_once() -> None:
    stage = Stage(Guard, symbol="A", stop="2", entry="110")
    stage.bar(100)
    stage.trade(100, 110)
    stage.bar(100)
    assert stage.orders == ["SELL 100 MKT 0"]


def test_a_new_run_takes_up_the_stop_and_what_it_knew() -> None:
    stage = guarded(stop="2", trail="3")
    stage.bar(110)
    again = Stage(
        Guard,
        symbol="A",
        stop="2",
        trail="3",
        broker=stage.broker,
        start=stage.time,
        memory=dict(stage.strategy.memory),
    )
    again.bar(109)
    assert again.orders == ["SELL 100 STP 106.7"]


def test_a_new_run_with_another_stop_moves_it() -> None:
    stage = guarded(stop="2")
    again = Stage(
        Guard, symbol="A", stop="5", broker=stage.broker, start=stage.time, memory=dict(stage.strategy.memory)
    )
    again.bar(100)
    assert again.orders == ["SELL 100 STP 95"]


def test_over_the_past_it_may_buy_once_itself() -> None:
    stage = Stage(Guard, symbol="A", first="10", stop="2")
    stage.play([100, 100])
    assert stage.orders == ["SELL 10 STP 98"]
    stage.play([97, 97, 97])
    assert [fill[0] for fill in stage.fills] == ["BUY", "SELL"]


MOVES = st.lists(st.tuples(st.integers(-4, 4), st.integers(-300, 300)), min_size=1, max_size=40)


@given(moves=MOVES, trail=st.sampled_from(["0", "2"]), even=st.sampled_from(["0", "1"]))
def test_a_position_is_covered_whole_and_never_by_more(moves: list[tuple[int, int]], trail: str, even: str) -> None:
    """Whatever the price and the trader do, once it has decided, what it would sell is what is held."""
    stage = Stage(Guard, symbol="A", stop="3", trail=trail, break_even=even)
    price, level, side = 100.0, 0.0, 0
    for move, traded in moves:
        price = max(price + move, 10)
        before = stage.held
        stage.bar(price)
        assert stage.held * before >= 0, "it may end a position, never turn it round"
        if move % 2:
            stage.trade(traded, price)
            stage.bar(price)
        held = stage.held
        orders = stage.broker.orders("A")
        leaving = [order for order in orders if order.role == "exit"]
        standing = leaving or [order for order in orders if order.protective]
        assert len(standing) == (1 if held else 0)
        assert sum(float(order.quantity) for order in orders) == abs(held)
        assert all(order.side.sign * held < 0 for order in orders)
        if not leaving and orders and held and side == (held > 0) - (held < 0):
            assert float(orders[0].stop_price or 0) * side >= level * side - 1e-9 or traded
        side = (held > 0) - (held < 0)
        level = float(orders[0].stop_price or 0) if orders else 0.0
