"""Money: cost, profit, margin and the session's end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ibtui.domain.commission import commission
from ibtui.exchange import Refused
from ibtui.exchange.told.reports import Execution, OrderReport, PositionReport
from tests.exchange.floor import AAPL, EURUSD, USDJPY, Floor

BEFORE_MIDNIGHT = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)


def test_average_cost_holds_the_commission(floor: Floor) -> None:
    floor.place("BUY", 100)
    (report,) = floor.heard(PositionReport)
    assert report.average_cost == pytest.approx(100.02)
    account = floor.account()
    assert account.cash == pytest.approx(1_000_000 - 10_001 - 1)
    assert account.gross_position_value == pytest.approx(10_001)
    assert account.unrealized_pnl == account.day_pnl == pytest.approx(-1.0)


def test_a_short_sale_is_credited_and_costs_when_it_rises(floor: Floor) -> None:
    floor.place("SELL", 100)
    position = floor.account().positions[AAPL]
    assert int(position.quantity) == -100
    assert position.average_cost == pytest.approx(99.99)
    floor.exchange.set_price(AAPL, 101.0)
    assert floor.account().unrealized_pnl == pytest.approx(-101.0)


def test_closing_realizes_net_of_both_commissions(floor: Floor) -> None:
    floor.place("BUY", 100)
    floor.exchange.set_price(AAPL, 105.0)
    floor.place("SELL", 100)
    opened, closed = floor.heard(Execution)
    assert opened.realized_pnl is None
    profit = 100 * (105.0 - 100.01) - 2
    assert closed.realized_pnl == pytest.approx(profit)
    account = floor.account()
    assert account.realized_pnl == account.day_pnl == pytest.approx(profit)
    assert account.cash == account.net_liquidation == pytest.approx(1_000_000 + profit)
    assert (int(account.positions[AAPL].quantity), account.positions[AAPL].average_cost) == (0, 0.0)


def test_a_trade_through_zero_closes_and_opens(floor: Floor) -> None:
    floor.place("BUY", 50)
    sold = floor.place("SELL", 100, limit="100")
    (fill,) = [fill for fill in floor.heard(Execution) if fill.perm_id == sold]
    assert fill.realized_pnl == pytest.approx(50 * (100.00 - 100.01) - 1 - 0.5)
    position = floor.account().positions[AAPL]
    assert int(position.quantity) == -50
    assert position.average_cost == pytest.approx(100 - 0.5 / 50)


def test_parts_of_an_order_pay_the_commission_of_the_whole(floor: Floor) -> None:
    order = floor.place("BUY", 900)
    fills = floor.heard(Execution)
    assert len(fills) == 5
    listing = floor.exchange.listings.by_con_id(AAPL)
    assert listing is not None
    whole = commission(listing.instrument, 900, floor.order(order).average_price)
    assert sum(fill.commission for fill in fills) == pytest.approx(whole)
    assert [int(fill.cumulative) for fill in fills] == [100, 200, 400, 600, 900]
    assert len({fill.exec_id for fill in fills}) == 5


def test_a_future_settles_its_profit_when_closed() -> None:
    floor = Floor()
    es = floor.con_id("ESZ6")
    floor.hold(6000.00, 6000.25, 10, es)
    floor.place("BUY", 2, con_id=es)
    account = floor.account()
    assert account.cash == 1_000_000
    assert (account.initial_margin, account.maintenance_margin) == (30_000, 27_000)
    assert account.positions[es].average_cost == pytest.approx(6000.25 * 50 + 2.25)
    floor.exchange.set_price(es, 6010.00)
    account = floor.account()
    assert account.unrealized_pnl == pytest.approx(2 * 50 * 9.75 - 4.5)
    assert account.net_liquidation == pytest.approx(1_000_000 + account.unrealized_pnl)
    floor.place("SELL", 2, con_id=es)
    assert floor.account().cash == pytest.approx(1_000_000 + 2 * 50 * 9.75 - 9)


def test_a_currency_trade_keeps_cash_and_earns_in_its_quote_currency() -> None:
    floor = Floor()
    floor.hold(150.000, 150.005, 1_000_000, USDJPY)
    floor.place("BUY", 100_000, con_id=USDJPY)
    floor.hold(151.000, 151.005, 1_000_000, USDJPY)
    floor.place("SELL", 100_000, con_id=USDJPY)
    _, closed = floor.heard(Execution)
    assert closed.realized_pnl is not None
    yen = 100_000 * (151.000 - 150.005)
    assert closed.realized_pnl == pytest.approx(yen, rel=0.01)
    account = floor.account()
    assert account.realized_pnl == pytest.approx(closed.realized_pnl / 151.0, rel=1e-4)
    assert account.cash == account.net_liquidation
    assert account.positions[USDJPY].currency == "JPY"


def test_margin_follows_the_rules(floor: Floor) -> None:
    floor.exchange.set_book(EURUSD, bid=1.0850, ask=1.08505, bid_size=1e6, ask_size=1e6)
    floor.place("BUY", 100)
    floor.place("SELL", 20_000, con_id=EURUSD)
    account = floor.account()
    assert account.initial_margin == pytest.approx(0.5 * 10_001 + 0.03 * 20_000 * 1.085, rel=1e-3)
    assert account.available_funds == pytest.approx(account.net_liquidation - account.initial_margin)
    assert account.excess_liquidity == pytest.approx(account.net_liquidation - account.maintenance_margin)
    assert account.buying_power == pytest.approx(2 * account.available_funds)


def test_accounts_are_apart(floor: Floor) -> None:
    floor.place("BUY", 100, account="DU2")
    assert floor.held() == 0
    assert floor.exchange.account("DU2").positions[AAPL].quantity == 100
    with pytest.raises(Refused) as refusal:
        floor.exchange.account("DU3")
    assert refusal.value.code == 321


def test_midnight_ends_day_orders_and_begins_a_session() -> None:
    floor = Floor(start=BEFORE_MIDNIGHT)
    bought = floor.place("BUY", 100)
    day, kept = floor.place("BUY", 100, limit="10"), floor.place("BUY", 100, limit="10", tif="GTC")
    floor.wait(seconds=59)
    assert floor.states(day, kept) == ["Submitted", "Submitted"]
    before, profit = floor.exchange.tick(AAPL), floor.account().unrealized_pnl
    floor.wait(seconds=2)
    assert floor.states(bought, day, kept) == ["Filled", "Cancelled", "Submitted"]
    (ended,) = [report for report in floor.heard(OrderReport) if report.perm_id == day and report.state == "Cancelled"]
    assert (ended.time.hour, ended.time.minute, ended.code) == (5, 0, 202)
    assert [report.perm_id for report in floor.exchange.completed()] == [day]
    assert floor.exchange.executions() == []
    tick, account = floor.exchange.tick(AAPL), floor.account()
    assert tick.volume < before.volume / 100
    assert tick.open == tick.close != before.close
    assert account.day_pnl != pytest.approx(account.unrealized_pnl, abs=1e-9)
    assert abs(account.day_pnl - (account.unrealized_pnl - profit)) < 50


def test_a_brackets_children_outlive_the_day_when_it_filled() -> None:
    floor = Floor(start=BEFORE_MIDNIGHT)
    parent = floor.place("BUY", 100, transmit=False)
    stop = floor.place("SELL", 100, stop="20", parent=parent, tif="GTC")
    unfilled = floor.place("BUY", 100, limit="10", transmit=False)
    orphan = floor.place("SELL", 100, stop="5", parent=unfilled, tif="GTC")
    floor.wait(minutes=5)
    assert floor.states(parent, stop, unfilled, orphan) == ["Filled", "PreSubmitted", "Cancelled", "Cancelled"]
