"""Dividends and splits."""

from __future__ import annotations

import pytest

from ibtui.exchange import Refused
from ibtui.exchange.news import CorporateAction
from ibtui.exchange.reports import PositionReport
from tests.exchange.floor import AAPL, EURUSD, Floor


@pytest.fixture
def held(floor: Floor) -> Floor:
    """100 shares bought at 100.01, the market going on by itself from 100."""
    floor.place("BUY", 100)
    floor.exchange.release(AAPL)
    floor.reports.clear()
    return floor


def test_a_dividend_leaves_who_holds_the_stock_as_rich_as_before(held: Floor) -> None:
    before, price = held.account(), held.exchange.tick(AAPL)
    held.exchange.dividend(AAPL, 2.0)
    after = held.account()
    assert after.cash == pytest.approx(before.cash + 200)
    assert after.net_liquidation == pytest.approx(before.net_liquidation, abs=5)
    assert held.exchange.tick(AAPL).bid == pytest.approx(price.bid - 2, abs=0.03)
    (told,) = held.heard(CorporateAction)
    assert (told.con_id, told.kind, told.amount) == (AAPL, "dividend", 2.0)


def test_a_dividend_is_charged_to_who_is_short(floor: Floor) -> None:
    floor.place("SELL", 50)
    floor.exchange.release(AAPL)
    before = floor.account().cash
    floor.exchange.dividend(AAPL, 1.5)
    assert floor.account().cash == pytest.approx(before - 75)


def test_a_split_changes_numbers_and_no_worth(held: Floor) -> None:
    before, tick = held.account(), held.exchange.tick(AAPL)
    held.exchange.split(AAPL, 4)
    after, new = held.account(), held.exchange.tick(AAPL)
    assert (held.held(), after.positions[AAPL].average_cost) == (400, before.positions[AAPL].average_cost / 4)
    assert after.net_liquidation == pytest.approx(before.net_liquidation, abs=10)
    assert new.last == pytest.approx(tick.last / 4, abs=0.01)
    assert new.high == pytest.approx(tick.high / 4, abs=0.01)
    assert new.volume == pytest.approx(tick.volume * 4, abs=4)
    assert [int(report.quantity) for report in held.heard(PositionReport)] == [400]
    held.wait(minutes=2)
    assert held.exchange.tick(AAPL).last == pytest.approx(tick.last / 4, rel=0.02)


def test_a_reverse_split_pays_what_is_left_of_a_share(held: Floor) -> None:
    before = held.account().cash
    held.exchange.split(AAPL, 0.03)
    assert held.held() == 3
    assert held.account().cash == before
    held.exchange.split(AAPL, 0.5)
    assert held.held() == 1
    assert held.account().cash == pytest.approx(before + 0.5 * held.exchange.tick(AAPL).last, rel=0.01)


def test_a_split_cancels_the_orders_of_the_stock(held: Floor) -> None:
    order = held.place("BUY", 10, limit="90", tif="GTC")
    held.exchange.split(AAPL, 2)
    assert held.order(order).state == "Cancelled"


def test_what_is_no_stock_has_neither(floor: Floor) -> None:
    for act in (floor.exchange.dividend, floor.exchange.split):
        with pytest.raises(Refused):
            act(EURUSD, 0.5)
    with pytest.raises(Refused):
        floor.exchange.dividend(AAPL, 200.0)
