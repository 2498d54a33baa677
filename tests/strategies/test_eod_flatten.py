from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ibtui.strategies.builtin.eod_flatten import EodFlatten
from tests.strategies.stage import OPENED, Stage


def test_it_closes_at_its_time_and_not_before() -> None:
    stage = Stage(EodFlatten, symbols="A,B", when="15:55")
    stage.bars({"A": 10, "B": 20})
    stage.trade(100, 10)
    stage.time = OPENED + timedelta(hours=6, minutes=23)
    assert stage.bars({"A": 10, "B": 20}) == "holds A · closes at 15:55"
    assert stage.bars({"A": 10, "B": 20}) == "closes A"
    assert stage.orders == ["SELL 100 MKT 0"]
    assert stage.bars({"A": 10, "B": 20}) == "flat"
    assert stage.held == 0


def test_what_is_bought_after_its_time_goes_too_and_the_next_day_begins_anew() -> None:
    stage = Stage(EodFlatten, symbols="A")
    stage.time = OPENED + timedelta(hours=6, minutes=24)
    stage.bar(10)
    stage.trade(-50, 10)
    stage.bar(10)
    assert stage.orders == ["BUY 50 MKT 0"]
    stage.bar(10)
    stage.time = OPENED + timedelta(days=1)
    stage.trade(50, 10)
    assert stage.bar(10) == "holds A · closes at close-5m"


def test_bars_of_the_past_close_nothing() -> None:
    stage = Stage(EodFlatten, symbols="A")
    stage.time = OPENED + timedelta(hours=7)
    stage.broker.sending = False
    stage.trade(100, 10)
    stage.bar(10)
    assert stage.orders == []


def test_it_closes_before_an_early_close() -> None:
    early = datetime(2026, 11, 27, 17, 50, tzinfo=UTC)
    for when, minutes in (("15:55", 9), ("close-5m", 5)):
        stage = Stage(EodFlatten, start=early, symbols="A", when=when)
        stage.bar(10)
        stage.trade(100, 10)
        for _ in range(minutes - 2):
            assert stage.bar(10).startswith("holds A"), when
        assert not stage.orders
        assert stage.bar(10) == "closes A"
        assert stage.orders == ["SELL 100 MKT 0"], when


def test_each_is_closed_by_its_own_session() -> None:
    late = datetime(2026, 11, 23, 20, 54, tzinfo=UTC)
    stage = Stage(EodFlatten, start=late, symbols="A,ESZ6")
    stage.bars({"A": 10, "ESZ6": 20})
    stage.trade(100, 10)
    stage.broker.trades.fill(late.timestamp(), "ESZ6", 1, 20, 0.0, 50.0)
    assert stage.bars({"A": 10, "ESZ6": 20}) == "closes A"
    assert [order.symbol for order in stage.broker.orders("ESZ6")] == []
    stage.time = datetime(2026, 11, 23, 21, 54, tzinfo=UTC)
    assert stage.bars({"ESZ6": 20}) == "closes ESZ6"
