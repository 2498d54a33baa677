"""The chase: from the middle towards the market, never beyond its slippage, never more than was asked for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.strategies.builtin.chase import Chase
from tests.strategies.stage import Stage


def chasing(**parameters: Any) -> Stage:
    return Stage(Chase, symbol="A", seconds=2, **parameters)


def market(stage: Stage, bid: float, ask: float, after: float = 0.0) -> None:
    """A quote, some seconds later."""
    stage.broker._opened += timedelta(seconds=after)
    stage.quote(bid, ask)


def begun(**parameters: Any) -> Stage:
    """The clock runs."""
    stage = chasing(**parameters)
    stage.broker._opened = stage.time
    return stage


def test_it_begins_in_the_middle_and_steps_towards_the_other_side() -> None:
    stage = begun()
    market(stage, 10.00, 10.10)
    assert stage.orders == ["BUY 100 LMT 10.05"]
    market(stage, 10.00, 10.10, after=1)
    assert stage.orders == ["BUY 100 LMT 10.05"]
    market(stage, 10.00, 10.10, after=1)
    assert stage.orders == ["BUY 100 LMT 10.06"]
    market(stage, 10.00, 10.10, after=20)
    assert stage.orders == ["BUY 100 LMT 10.1"]


def test_what_closes_a_position_ends_with_it() -> None:
    stage = begun(side="sell")
    stage.trade(100, 10)
    market(stage, 10.00, 10.10)
    assert stage.orders == ["SELL 100 LMT 10.05"]
    stage.trade(-60, 10)
    market(stage, 10.00, 10.10)
    market(stage, 10.00, 10.10, after=3)
    assert stage.orders[0].startswith("SELL 40 LMT")
    stage.trade(-40, 10)
    market(stage, 10.00, 10.10)
    assert stage.orders == []
    assert stage.said.endswith("the position is closed, nothing more is traded")
    market(stage, 10.00, 10.10, after=60)
    assert stage.orders == []


def test_what_opens_a_position_goes_on_when_one_is_traded_beside_it() -> None:
    stage = begun(side="sell")
    stage.trade(40, 10)
    market(stage, 10.00, 10.10)
    stage.trade(-40, 10)
    market(stage, 10.00, 10.10)
    assert stage.orders == ["SELL 100 LMT 10.05"]


def test_a_sale_steps_down_and_is_rounded_away_from_the_bid() -> None:
    stage = begun(side="sell")
    market(stage, 10.00, 10.03)
    assert stage.orders == ["SELL 100 LMT 10.02"]
    market(stage, 10.00, 10.03, after=4)
    assert stage.orders == ["SELL 100 LMT 10"]


def test_it_follows_the_market_as_far_as_its_slippage() -> None:
    stage = begun(slippage="3")
    market(stage, 10.00, 10.10)
    market(stage, 10.04, 10.14, after=2)
    assert stage.orders == ["BUY 100 LMT 10.08"]
    market(stage, 12.00, 12.10, after=2)
    assert stage.orders == ["BUY 100 LMT 10.08"]


def test_it_crosses_when_its_patience_is_over() -> None:
    stage = begun(step="0", patience="10")
    market(stage, 10.00, 10.10)
    market(stage, 10.00, 10.10, after=9)
    assert stage.orders == ["BUY 100 LMT 10.05"]
    market(stage, 10.00, 10.10, after=1)
    assert stage.orders == ["BUY 100 LMT 10.1"]


def test_it_ends_with_the_quantity_and_says_what_it_paid() -> None:
    stage = begun()
    market(stage, 10.00, 10.10)
    assert stage.bar(10.10, low=10.02) == "buy 100 of 100 at 10.0500 · done"
    market(stage, 10.00, 10.10, after=60)
    assert (stage.orders, stage.held) == ([], 100)


def back(stage: Stage, **memory: Any) -> Stage:
    """The same run after a crash, with what it had saved."""
    return Stage(Chase, symbol="A", broker=stage.broker, start=stage.time, memory={**stage.strategy.memory, **memory})


def test_after_a_crash_it_goes_on_with_the_order_that_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = begun()
    market(stage, 10.00, 10.10)
    (order,) = stage.broker.orders("A")
    monkeypatch.setattr(stage.broker, "orders", lambda symbol: (replace(order, filled=Decimal(60)),))
    again = back(stage)
    market(again, 10.00, 10.10)
    assert again.said == "buy 60 of 100 at 10.0500 · order at 10.05"


def test_after_a_crash_an_order_that_is_gone_leaves_it_unsure_and_it_buys_nothing() -> None:
    stage = begun()
    market(stage, 10.00, 10.10)
    stage.broker.close("A")
    again = back(stage, filled=60.0)
    market(again, 10.00, 10.10, after=60)
    assert again.orders == []
    assert "see what it traded" in again.said


def test_after_a_crash_what_was_done_stays_done() -> None:
    stage = begun()
    market(stage, 10.00, 10.10)
    stage.bar(10.10, low=10.02)
    again = back(stage)
    market(again, 10.00, 10.10, after=60)
    assert again.orders == []
    assert again.said.endswith("done")


def test_switched_off_it_forgets() -> None:
    stage = begun()
    market(stage, 10.00, 10.10)
    stage.strategy.on_stop()
    assert stage.strategy.memory == {}


def test_past_bars_move_nothing() -> None:
    stage = begun()
    stage.broker.sending = False
    market(stage, 10.00, 10.10)
    assert (stage.orders, stage.strategy.memory) == ([], {})


QUOTES = st.lists(st.tuples(st.integers(500, 1_500), st.integers(0, 40), st.integers(0, 30)), min_size=1, max_size=30)


@given(quotes=QUOTES, side=st.sampled_from(["buy", "sell"]), slippage=st.integers(0, 50), patience=st.integers(0, 60))
def test_it_never_pays_more_than_its_slippage(
    quotes: list[tuple[int, int, int]], side: str, slippage: int, patience: int
) -> None:
    stage = begun(side=side, slippage=str(slippage), patience=str(patience), step="2")
    bid, spread, _ = quotes[0]
    start = (2 * bid + spread) / 200
    sign = 1 if side == "buy" else -1
    for bid, spread, after in quotes:
        market(stage, bid / 100, (bid + spread) / 100, after)
        (order,) = stage.broker.orders("A")
        limit = float(order.limit_price or 0)
        assert sign * (limit - start) <= slippage * 0.01 + 1e-9
        assert abs(limit * 100 - round(limit * 100)) < 1e-6, "on the grid"
        if after >= 2:
            touch = (bid + spread if sign > 0 else bid) / 100
            assert sign * (limit - touch) <= 1e-9, "never through the other side"
