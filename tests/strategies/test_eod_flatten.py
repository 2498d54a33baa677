from __future__ import annotations

from datetime import timedelta

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
    assert stage.bar(10) == "holds A · closes at 15:55"


def test_bars_of_the_past_close_nothing() -> None:
    stage = Stage(EodFlatten, symbols="A")
    stage.time = OPENED + timedelta(hours=7)
    stage.broker.sending = False
    stage.trade(100, 10)
    stage.bar(10)
    assert stage.orders == []
