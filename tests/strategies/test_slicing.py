"""TWAP and VWAP: the whole quantity and no share more, at the times that the plan says."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.strategies.builtin.twap import Twap
from ibtui.strategies.builtin.vwap import Vwap
from tests.strategies.stage import OPENED, Stage


def test_equal_slices_from_the_first_bar_to_the_last() -> None:
    stage = Stage(Twap, symbol="A", quantity="100", minutes="4", slices="5", vary="0")
    said = [stage.bar(10) for _ in range(6)]
    assert stage.fills == [("BUY", 20, 10)] * 5
    assert said[0] == "buy 0 of 100 · 20 due"
    assert said[-1] == "buy 100 of 100 at 10.0000 · done"


def test_a_slice_that_rests_is_asked_again_with_the_next_and_the_end_is_at_market() -> None:
    stage = Stage(Twap, symbol="A", quantity="90", minutes="4", slices="3", vary="0", resting="on")
    stage.bar(10)
    assert stage.orders == ["BUY 30 LMT 10"]
    stage.play([11, 11])
    stage.bar(11)
    assert stage.orders == ["BUY 60 LMT 11"]
    stage.play([12, 12])
    assert stage.orders == ["BUY 90 MKT 0"]
    stage.bar(13)
    assert stage.fills == [("BUY", 90, 13)]


@pytest.mark.parametrize("resting", ["on", "off"])
def test_what_closes_a_position_never_turns_it_round(resting: str) -> None:
    stage = Stage(Twap, symbol="A", side="sell", quantity="100", minutes="4", slices="5", vary="0", resting=resting)
    stage.trade(100, 10)
    stage.play([10, 10])
    stage.trade(-50, 10)
    stage.play([10] * 6)
    assert stage.held == 0
    assert stage.orders == []


def test_times_vary_and_the_same_run_decides_the_same() -> None:
    one, same, other = (
        Stage(Twap, symbol=symbol, quantity="100", minutes="60", slices="13").strategy for symbol in ("A", "A", "B")
    )
    assert isinstance(one, Twap)
    assert isinstance(same, Twap)
    assert isinstance(other, Twap)
    assert one.plan() == same.plan() != other.plan()
    assert one.plan()[0] == 0
    assert one.plan()[-1] == 3600
    for n, at in enumerate(one.plan()):
        assert at == pytest.approx(n * 300, abs=75)


def test_bars_of_the_past_do_not_begin_it() -> None:
    stage = Stage(Twap, symbol="A", quantity="100", minutes="4", slices="5")
    stage.broker.sending = False
    stage.bar(10)
    stage.broker.sending = True
    stage.time += timedelta(days=1)
    stage.bar(10)
    assert stage.orders == ["BUY 20 MKT 0"]


def test_after_a_restart_only_the_rest_is_bought() -> None:
    stage = Stage(Twap, symbol="A", quantity="100", minutes="4", slices="5", vary="0")
    stage.play([10, 10])
    again = Stage(
        Twap,
        symbol="A",
        quantity="100",
        minutes="4",
        slices="5",
        vary="0",
        broker=stage.broker,
        start=stage.time,
        memory=dict(stage.strategy.memory),
    )
    again.play([10] * 6)
    assert again.held == 100


@settings(max_examples=60)
@given(
    quantity=st.integers(1, 5_000),
    slices=st.integers(1, 40),
    minutes=st.integers(1, 50),
    vary=st.integers(0, 100),
    resting=st.booleans(),
    moves=st.lists(st.integers(-3, 3), max_size=60),
)
def test_it_adds_up_to_the_quantity_exactly(
    quantity: int, slices: int, minutes: int, vary: int, resting: bool, moves: list[int]
) -> None:
    stage = Stage(
        Twap,
        symbol="A",
        side="sell",
        quantity=str(quantity),
        slices=str(slices),
        minutes=str(minutes),
        vary=str(vary),
        resting="on" if resting else "off",
    )
    price = 100
    for move in (*moves, *[0] * (minutes + 4)):
        price = max(price + move, 10)
        stage.bar(price)
        assert -quantity <= stage.held <= 0
    assert stage.held == -quantity
    assert stage.orders == []


def day(stage: Stage, volumes: list[float]) -> None:
    """One session of bars."""
    for volume in volumes:
        stage.bar(10, volume=volume)


def test_it_trades_as_the_volume_of_the_days_before_spreads() -> None:
    stage = Stage(Vwap, symbol="A", quantity="100", minutes="20", bar="5min", seconds=300, days="1")
    stage.broker.sending = False
    day(stage, [700, 100, 100, 100, 0])
    stage.broker.sending = True
    stage.time = OPENED + timedelta(days=1, minutes=-5)
    bought = []
    for volume in (0, 700, 100, 100, 100, 0):
        stage.bar(10, volume=volume)
        bought.append(stage.held)
    assert bought == [0, 0, 70, 80, 90, 100]


def test_without_known_volumes_it_trades_as_time_goes_by() -> None:
    stage = Stage(Vwap, symbol="A", quantity="100", minutes="20", bar="5min", seconds=300)
    bought = []
    for _ in range(6):
        stage.bar(10, volume=0)
        bought.append(stage.held)
    assert bought == [0, 0, 25, 50, 75, 100]


def test_bars_of_the_day_that_it_never_saw_count_as_mean_ones() -> None:
    stage = Stage(Vwap, symbol="A", quantity="100", minutes="20", bar="5min", seconds=300)
    bought = []
    for _ in range(6):
        stage.bar(10, volume=500)
        bought.append(stage.held)
    assert bought == [0, 0, 25, 50, 75, 100]


def test_the_share_is_one_at_the_end() -> None:
    strategy = Stage(Vwap, symbol="A", minutes="20").strategy
    assert isinstance(strategy, Vwap)
    begun, span = datetime.fromisoformat("2026-11-23T15:00:00+00:00"), timedelta(minutes=20)
    assert strategy.share(begun, begun, span) == 0
    assert strategy.share(begun, begun + span, span) == 1


def test_all_is_done_one_bar_before_an_early_close() -> None:
    start = datetime.fromisoformat("2026-11-27T17:50:00+00:00")  # ten minutes before it
    stage = Stage(Twap, start=start, symbol="A", quantity="100", minutes="60", slices="4", vary="0", bar="1min")
    held = []
    for _ in range(10):
        stage.bar(10)
        held.append(stage.held)
    assert held[-2] < held[-1] == 100, "the last slice trades in the last bar"
    assert stage.time == datetime.fromisoformat("2026-11-27T18:00:00+00:00")
