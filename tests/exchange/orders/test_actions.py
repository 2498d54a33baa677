"""Dividends and splits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from ibtui.exchange import Exchange, Refused
from ibtui.exchange.saved import Saved
from ibtui.exchange.told.news import CorporateAction
from ibtui.exchange.told.reports import HistoryBar, PositionReport
from tests.exchange.floor import AAPL, EURUSD, MSFT, SPX, Floor


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


def test_a_stock_pays_its_dividends_on_its_days() -> None:
    floor = Floor(start=datetime(2026, 11, 9, 15, 0, tzinfo=UTC))
    floor.place("BUY", 100)
    (payment,) = floor.exchange.dividends(AAPL, date(2026, 11, 1), date(2026, 12, 1))
    assert payment == (date(2026, 11, 10), 0.26)
    before = floor.account().cash
    floor.wait(days=1)
    assert floor.account().cash == pytest.approx(before + 26)
    told = [report for report in floor.heard(CorporateAction) if report.con_id == AAPL]
    assert [(report.kind, report.amount, report.time.day) for report in told] == [("dividend", 0.26, 10)]
    floor.wait(days=5)
    assert floor.account().cash == pytest.approx(before + 26)
    assert floor.exchange.dividends(SPX, date(2026, 1, 1), date(2027, 1, 1)) == []


def minutes(floor: Floor, what: str = "TRADES") -> list[HistoryBar]:
    return floor.exchange.history(AAPL, end=floor.exchange.now, seconds=1800, bar=60, what=what)


def test_the_past_before_a_split_is_told_in_new_shares(held: Floor) -> None:
    held.wait(minutes=10)
    before = minutes(held)
    held.exchange.split(AAPL, 4)
    for old, new in zip(before, minutes(held), strict=True):
        assert new.close == pytest.approx(old.close / 4, abs=0.01)
        assert new.volume == pytest.approx(old.volume * 4)
    held.wait(minutes=5)
    closes = [bar.close for bar in minutes(held)[-12:]]
    assert max(closes) < 1.1 * min(closes)
    day = held.exchange.history(AAPL, end=held.exchange.now, seconds=86400, bar=86400)[-1]
    assert day.high < 60


def test_adjusted_prices_are_less_what_was_paid_since(held: Floor) -> None:
    held.wait(minutes=10)
    before = minutes(held)
    held.exchange.dividend(AAPL, 5.0)
    assert minutes(held)[: len(before) - 1] == before[:-1]
    for old, new in zip(before[:-1], minutes(held, "ADJUSTED_LAST"), strict=False):
        assert new.close == pytest.approx(old.close * 0.95, rel=0.01)
        assert new.volume == old.volume


def test_what_is_planned_happens_on_its_day_after_a_restart_too(held: Floor) -> None:
    tomorrow = held.exchange.now.date() + timedelta(days=1)
    held.exchange.split(AAPL, 2, tomorrow)
    held.exchange.dividend(MSFT, 0.5, tomorrow)
    assert held.exchange.dividends(MSFT, tomorrow, tomorrow + timedelta(days=1)) == [(tomorrow, 0.5)]
    with pytest.raises(Refused):
        held.exchange.split(EURUSD, 2, tomorrow)
    saved = msgspec.json.decode(msgspec.json.encode(held.exchange.snapshot()), type=Saved)
    other = Exchange.restore(saved)
    for exchange in (held.exchange, other):
        assert exchange.account("DU1234567").positions[AAPL].quantity == 100
        exchange.advance(exchange.now + timedelta(days=1))
        assert exchange.account("DU1234567").positions[AAPL].quantity == 200
    again = Exchange.restore(other.snapshot())
    past = [
        exchange.history(AAPL, end=other.now, seconds=2 * 86400, bar=3600) for exchange in (held.exchange, other, again)
    ]
    assert past[0] == past[1] == past[2]
