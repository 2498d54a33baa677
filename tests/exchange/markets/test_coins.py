"""Coins, which trade in fractions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibtui.exchange import Refused
from tests.exchange.floor import Floor

BTC = 479624278


def test_fractions_fill_and_add_up(floor: Floor) -> None:
    floor.hold(90_000, 90_001, 0.25, BTC)
    order = floor.place("BUY", Decimal("0.3333"), con_id=BTC, tif="IOC")
    assert floor.order(order).state == "Filled"
    quantities = [fill.quantity for fill in floor.exchange.executions()]
    assert quantities[0] == Decimal("0.25")
    assert sum(quantities) == Decimal("0.3333")
    floor.place("SELL", Decimal("0.1"), con_id=BTC, tif="IOC")
    position = floor.account().positions[BTC]
    assert position.quantity == Decimal("0.2333")
    assert position.market_value == pytest.approx(0.2333 * position.market_price)


def test_a_resting_order_gets_its_part_of_a_trade(floor: Floor) -> None:
    floor.hold(90_000, 90_001, 0.5, BTC)
    order = floor.place("BUY", Decimal("0.0421"), limit="90000.5", con_id=BTC)
    floor.exchange.set_price(BTC, 90_000.25)
    report = floor.order(order)
    assert (report.state, report.filled) == ("Submitted", Decimal("0.01"))


def test_what_is_shown_is_in_coins(floor: Floor) -> None:
    floor.hold(90_000, 90_001, 0.25, BTC)
    tick = floor.exchange.tick(BTC)
    assert (tick.bid_size, tick.ask_size) == (0.25, 0.25)
    assert floor.exchange.depth(BTC).asks[0].size == 0.25
    bars = floor.exchange.history(BTC, end=floor.exchange.now, seconds=3600, bar=60)
    assert any(bar.volume % 1 for bar in bars)
    with pytest.raises(ValueError, match="sizes"):
        floor.hold(90_000, 90_001, 1e-9, BTC)


def test_less_than_the_smallest_part_is_refused(floor: Floor) -> None:
    order = floor.place("BUY", Decimal("0.000000005"), con_id=BTC, tif="IOC")
    assert (floor.order(order).state, floor.order(order).code) == ("Inactive", 10318)
    with pytest.raises(Refused):
        floor.place("BUY", Decimal("NaN"), con_id=BTC, tif="IOC")


def test_a_market_order_ends_at_once_or_is_rejected(floor: Floor) -> None:
    floor.hold(90_000, 90_001, 0.25, BTC)
    refused = floor.order(floor.place("SELL", Decimal("0.1"), con_id=BTC))
    assert (refused.state, refused.reason) == ("Inactive", "Order rejected - reason:The crypto MKT order must be IOC")
