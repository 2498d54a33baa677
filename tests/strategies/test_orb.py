from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.strategies.builtin.orb import Orb
from tests.strategies.stage import OPENED, Stage


def opened(**parameters: Any) -> Stage:
    """The range of five minutes is 99 to 101."""
    stage = Stage(Orb, symbol="A", minutes="5", buffer="0", **parameters)
    stage.bar(100, low=99, high=101)
    stage.play([100] * 5)
    return stage


def test_it_buys_the_breakout_with_its_stop_at_the_other_side() -> None:
    stage = opened(reward="2")
    assert stage.said == "range 99.00 to 101.00, now 100.00 · waits for a breakout"
    assert stage.bar(101.5).endswith("buys 100")
    assert stage.orders == ["BUY 100 MKT 0", "SELL 100 STP 99", "SELL 100 LMT 106.5"]
    assert stage.bar(102).endswith("holds +100")
    stage.bar(107)
    assert stage.bar(100).endswith("has traded today")


def test_it_sells_the_breakdown_unless_it_only_buys() -> None:
    stage = opened()
    stage.bar(98.5)
    assert stage.orders == ["SELL 100 MKT 0", "BUY 100 STP 101", "BUY 100 LMT 93.5"]
    stage = opened(sides="long")
    assert stage.bar(98.5).endswith("waits for a breakout")


def test_a_close_within_the_buffer_is_no_breakout() -> None:
    stage = Stage(Orb, symbol="A", minutes="5", buffer="50")
    stage.bar(100, low=99, high=101)
    stage.play([100] * 5)
    assert stage.bar(101.9).endswith("waits for a breakout")
    assert stage.bar(102.1).endswith("buys 100")


def test_a_price_that_was_beyond_already_is_not_run_after() -> None:
    stage = Stage(Orb, symbol="A", minutes="5", buffer="0")
    stage.bar(100, low=99, high=101)
    stage.play([100] * 4)
    stage.broker.sending = False
    stage.bar(103)
    stage.broker.sending = True
    assert stage.bar(104).endswith("waits for a breakout")


def test_it_is_too_late_after_noon_and_flat_in_the_evening() -> None:
    stage = opened(latest="12:00")
    stage.time = OPENED + timedelta(hours=3)
    assert stage.bar(102).endswith("too late to enter")
    stage = opened()
    stage.bar(102)
    stage.bar(102)
    stage.time = OPENED + timedelta(hours=6, minutes=24)
    assert stage.bar(102).endswith("closes")
    assert stage.bar(102).endswith("flat for the day")
    assert (stage.held, stage.orders) == (0, [])


def test_the_next_day_has_a_range_of_its_own() -> None:
    stage = opened()
    stage.bar(102)
    stage.bar(99, low=98)
    stage.time = OPENED + timedelta(days=1)
    assert stage.bar(50, low=49, high=51) == "waits for the range of 5 min from open"
    stage.play([50] * 5)
    assert stage.said == "range 49.00 to 51.00, now 50.00 · waits for a breakout"
    assert stage.bar(52).endswith("buys 100")


def test_a_range_shorter_than_its_bars_is_refused() -> None:
    with pytest.raises(IbtuiError, match="needs shorter bars"):
        Stage(Orb, symbol="A", bar="1h", minutes="15")


def test_it_is_flat_before_an_early_close() -> None:
    """The day after Thanksgiving ends at 13:00: nothing is held over the weekend."""
    begin = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
    stage = Stage(Orb, start=begin, symbol="A", minutes="5", reward="20")
    stage.play([100, 101, 99, 100, 100, 100])
    stage.play([102] * 10)
    assert stage.held == 100
    while stage.time < datetime(2026, 11, 27, 17, 55, tzinfo=UTC):
        stage.bar(102)
    assert stage.held == 100
    stage.bar(102)
    assert stage.held == 0
    said = [stage.bar(102) for _ in range(4)]
    assert set(said) == {"range 99.00 to 101.00, now 102.00 · flat for the day"}


def test_with_long_bars_one_is_left_before_the_close() -> None:
    stage = Stage(Orb, seconds=900, symbol="A", minutes="15", bar="15min", reward="20", latest="15:00")
    stage.bar(100, low=99, high=101)
    stage.play([100, 102, 102])
    assert stage.held == 100
    while stage.time < datetime(2026, 11, 23, 20, 45, tzinfo=UTC):
        stage.bar(102)
    assert stage.held == 100
    assert "SELL 100 MKT 0" in stage.orders
    stage.bar(102)
    assert stage.held == 0
