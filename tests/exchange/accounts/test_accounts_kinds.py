"""Base currencies, cash and margin accounts, day trades, tiers and locates; AAPL held at 100.00 x 100.01."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.domain.instrument import Instrument
from ibtui.exchange.accounts.account import AccountTerms
from ibtui.exchange.accounts.fees import fee
from ibtui.exchange.told.reports import OrderReport
from tests.exchange.floor import AAPL, EURUSD, KO, USDJPY, Floor

STOCK = Instrument(symbol="X", con_id=1, sec_type="STK", root="X", exchange="SMART", currency="USD")


def opened(text: str, cash: float = 1_000_000.0) -> Floor:
    """An exchange with one account of some kind, AAPL and EUR.USD held."""
    floor = Floor(cash=cash, accounts=(text, "DU2"))
    floor.hold(100.00, 100.01, 10_000)
    floor.exchange.set_price(AAPL, 100.00)
    floor.hold(1.2500, 1.2501, 1_000_000, EURUSD)
    floor.exchange.set_price(EURUSD, 1.2500)
    floor.reports.clear()
    return floor


def test_terms_are_read_in_any_order() -> None:
    assert AccountTerms.parse("DU1") == AccountTerms(id="DU1")
    assert AccountTerms.parse("DU1:tiered:EUR:cash") == AccountTerms(
        id="DU1", currency="EUR", kind="cash", fees="tiered"
    )
    for text in ("DU1:GBP", ":EUR", "DU1::cash"):
        with pytest.raises(ValueError, match="is no account"):
            AccountTerms.parse(text)


def test_a_margin_account_borrows_what_it_pays_in_another_currency() -> None:
    floor = opened("DU1234567:EUR")
    floor.place("BUY", 100)
    account = floor.account()
    assert account.currency == "EUR"
    assert account.ledgers["EUR"].cash == 1_000_000
    assert account.ledgers["USD"].cash == pytest.approx(-10_001 - 1)
    assert account.ledgers["USD"].rate == pytest.approx(0.8)
    assert account.ledgers["USD"].net_liquidation == pytest.approx(-1)
    assert account.net_liquidation == pytest.approx(1_000_000 - 0.8)
    assert account.initial_margin == pytest.approx(0.5 * 10_001 * 0.8)
    floor.hold(1.0000, 1.0001, 1_000_000, EURUSD)
    floor.exchange.set_price(EURUSD, 1.0000)
    assert floor.account().net_liquidation == pytest.approx(1_000_000 - 1)


def test_a_cash_account_converts_at_once_and_binds_everything() -> None:
    floor = opened("DU1234567:EUR:cash")
    floor.place("BUY", 100)
    account = floor.account()
    assert list(account.ledgers) == ["EUR", "USD"]
    assert account.ledgers["USD"].cash == 0
    assert account.cash == pytest.approx(1_000_000 - 10_002 * 0.8)
    assert account.available_funds == account.buying_power == pytest.approx(account.cash)


def test_a_cash_account_spends_no_more_than_it_has_and_sells_no_more_than_it_holds() -> None:
    floor = opened("DU1234567:cash", cash=10_500.0)
    bought, poor, short = floor.place("BUY", 100), floor.place("BUY", 10), floor.place("SELL", 101)
    assert floor.states(bought, poor, short) == ["Filled", "Inactive", "Inactive"]
    assert floor.order(short).reason.endswith("AAPL cannot be sold short in a cash account")
    first = floor.place("SELL", 60, limit="110")
    assert floor.states(first, floor.place("SELL", 41, limit="111"), floor.place("SELL", 40, limit="111")) == [
        "Submitted", "Inactive", "Submitted",
    ]  # fmt: skip


def test_a_bracket_may_exit_in_a_cash_account() -> None:
    floor = opened("DU1234567:cash", cash=10_500.0)
    assert floor.states(*floor.bracket(100, limit="100.01")) == ["Filled", "Submitted", "PreSubmitted"]


def test_coins_cannot_be_sold_short_by_anyone() -> None:
    floor = Floor()
    order = floor.place(
        "SELL", 1, con_id=floor.exchange.listings.find(root="BTC", sec_type="CRYPTO")[0].instrument.con_id
    )
    assert floor.order(order).code == 201


def test_day_trades_are_counted_by_order_and_forgotten_after_five_sessions() -> None:
    floor = opened("DU1234567", cash=20_000.0)
    assert floor.account().day_trades_left == 3
    floor.place("BUY", 100)
    floor.place("SELL", 60)
    floor.place("SELL", 40)
    assert floor.account().day_trades_left == 1
    floor.place("BUY", 10)
    floor.wait(days=1)
    floor.place("SELL", 10)
    assert floor.account().day_trades_left == 1
    floor.wait(days=4)
    assert floor.account().day_trades_left == 3


def test_a_trade_through_zero_opens_again() -> None:
    floor = opened("DU1234567", cash=20_000.0)
    floor.place("BUY", 10)
    floor.place("SELL", 20)
    floor.place("BUY", 10)
    assert floor.account().day_trades_left == 1


def test_day_trading_is_free_above_the_line_and_in_cash_accounts() -> None:
    assert opened("DU1234567").account().day_trades_left == -1
    assert opened("DU1234567:cash", cash=1000.0).account().day_trades_left == -1


def test_stocks_by_tiers_of_the_month() -> None:
    assert fee(STOCK, 1000, 50.0) == 5.00
    assert fee(STOCK, 1000, 50.0, tiered=True) == 3.50
    assert fee(STOCK, 10, 50.0, tiered=True) == 0.35
    assert fee(STOCK, 1000, 50.0, tiered=True, month=299_500) == 0.5 * 3.50 + 0.5 * 2.00
    assert fee(STOCK, 1000, 0.10, tiered=True) == 1.00


def test_the_month_counts_every_share_once() -> None:
    floor = opened("DU1234567:tiered", cash=1e9)
    floor.hold(100.00, 100.01, 200_000)
    first, second = floor.place("BUY", 299_000), floor.place("BUY", 2_000)
    costs = [
        sum(fill.commission for fill in floor.exchange.executions() if fill.perm_id == order)
        for order in (first, second)
    ]
    assert costs == pytest.approx([299_000 * 0.0035, 1000 * 0.0035 + 1000 * 0.0020])


@given(st.floats(0, 4_000_000), st.lists(st.integers(1, 500_000), min_size=1, max_size=6))
def test_tiers_charge_parts_as_the_whole(month: float, parts: list[int]) -> None:
    whole, pieces, before = fee(STOCK, sum(parts), 1000.0, tiered=True, month=month), 0.0, month
    for part in parts:
        pieces += fee(STOCK, part, 1000.0, tiered=True, month=before)
        before += part
    assert pieces >= whole - 0.01 * len(parts)
    assert pieces <= whole + 0.36 * len(parts)


def test_a_short_sale_waits_for_shares_to_borrow() -> None:
    floor = opened("DU1234567")
    floor.exchange.set_borrowable(AAPL, False)
    order = floor.place("SELL", 100)
    (first,) = floor.heard(OrderReport)
    assert (first.state, first.code, first.why_held) == ("PreSubmitted", 404, "locate")
    assert first.reason == "Order held while securities are located."
    floor.wait(seconds=59)
    assert floor.states(order) == ["PreSubmitted"]
    assert floor.order(order).code == 0
    floor.wait(seconds=2)
    assert floor.states(order) == ["Filled"]


def test_shares_may_be_found_by_hand_and_long_sales_need_none() -> None:
    floor = opened("DU1234567")
    floor.exchange.set_borrowable(AAPL, False)
    floor.place("BUY", 100)
    assert floor.states(floor.place("SELL", 100)) == ["Filled"]
    waiting, ended = floor.place("SELL", 100), floor.place("SELL", 100)
    floor.exchange.cancel(ended)
    floor.exchange.set_borrowable(AAPL, True)
    assert floor.states(waiting, ended) == ["Filled", "Cancelled"]


trades = st.tuples(st.sampled_from([AAPL, KO, USDJPY, EURUSD]), st.sampled_from(["BUY", "SELL"]), st.integers(1, 300))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["DU1234567:EUR", "DU1234567", "DU1234567:EUR:cash:tiered"]),
    st.lists(st.tuples(trades, st.integers(-300, 300)), min_size=1, max_size=12),
)
def test_net_liquidation_adds_up_in_any_currency(text: str, played: list[tuple[Any, int]]) -> None:
    floor = opened(text)
    for (con_id, side, size), move in played:
        scale = 100 if con_id in (USDJPY, EURUSD) else 1
        floor.place(side, Decimal(size * scale), con_id=con_id)
        last = floor.exchange.tick(con_id).last
        floor.exchange.set_price(con_id, last * (1 + move / 10_000))
        check(floor, text)


def check(floor: Floor, text: str) -> None:
    account = floor.account()
    ledgers = account.ledgers.values()
    assert account.net_liquidation == pytest.approx(sum(item.net_liquidation * item.rate for item in ledgers))
    assert account.cash == pytest.approx(sum(item.cash * item.rate for item in ledgers))
    if "cash" not in text:
        profit = account.realized_pnl + account.unrealized_pnl
        assert account.net_liquidation == pytest.approx(1_000_000 + profit, abs=0.01)
    else:
        assert all(position.quantity >= 0 for position in account.positions.values() if position.con_id in (AAPL, KO))
