"""What is refused, rejected or taken, in IB's numbers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ibtui.exchange import Refused
from tests.exchange.floor import AAPL, EURUSD, MSFT, SPX, START, Floor, ticket


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"account": "U1"}, 321),
        ({"con_id": 1}, 200),
        ({"type": "VOL"}, 387),
        ({"type": "STP LMT", "stop_price": Decimal(99)}, 321),
        ({"type": "TRAIL"}, 321),
        ({"type": "TRAIL", "trail_amount": Decimal(1), "trail_percent": Decimal(1)}, 321),
        ({"type": "TRAIL", "trail_percent": Decimal(100)}, 321),
        ({"type": "MKT", "limit_price": Decimal(99)}, 321),
        ({"type": "STP", "stop_price": Decimal(99), "trigger_method": 3}, 321),
        ({"type": "LMT"}, 321),
        ({"type": "STP"}, 321),
        ({"tif": "AUC"}, 321),
        ({"tif": "GTD"}, 334),
        ({"tif": "DAY", "good_till": START + timedelta(hours=1)}, 334),
        ({"tif": "GTD", "good_till": START}, 334),
        ({"tif": "GTD", "good_till": START + timedelta(hours=1), "good_after": START + timedelta(hours=2)}, 334),
        ({"type": "MOC", "tif": "GTC"}, 113),
        ({"type": "MTL", "tif": "OPG"}, 111),
        ({"min_quantity": Decimal(-1)}, 321),
        ({"type": "REL", "offset": Decimal("-0.01")}, 321),
        ({"oca_type": 9}, 321),
        ({"parent": 12345}, 135),
        ({"quantity": Decimal("NaN")}, 321),
        ({"type": "LMT", "limit_price": Decimal("Infinity")}, 321),
    ],
)
def test_what_is_no_order_is_refused_and_leaves_nothing(floor: Floor, terms: dict[str, Any], code: int) -> None:
    with pytest.raises(Refused) as refusal:
        floor.exchange.place(replace(ticket("BUY", 100), **terms))
    assert refusal.value.code == code
    assert refusal.value.text
    assert floor.exchange.orders() == floor.exchange.completed() == floor.reports == []


@pytest.mark.parametrize(
    ("quantity", "terms", "code"),
    [
        ("0", {}, 201),
        ("-5", {}, 201),
        ("1.5", {}, 10318),
        ("100", {"limit": "99.995"}, 110),
        ("100", {"stop": "99.995"}, 110),
        ("100", {"limit": "-1"}, 201),
        ("100", {"limit": "99", "display_size": 200}, 201),
        ("100", {"limit": "99", "min_quantity": Decimal(101)}, 201),
        ("100", {"type": "REL", "offset": Decimal("0.005")}, 110),
        ("20000", {"type": "PEG MID", "con_id": EURUSD}, 387),
        ("10", {"con_id": SPX}, 201),
        ("30000", {}, 201),
    ],
)
def test_what_breaks_a_rule_is_rejected(floor: Floor, quantity: str, terms: dict[str, Any], code: int) -> None:
    order = floor.place("BUY", Decimal(quantity), **terms)
    report = floor.order(order)
    assert (report.state, report.code) == ("Inactive", code)
    assert report.reason
    assert [heard.state for heard in floor.reports] == ["Inactive"]  # type: ignore[union-attr]


def test_the_rejection_for_want_of_money_says_how_much(floor: Floor) -> None:
    reason = floor.order(floor.place("BUY", 30000)).reason
    assert reason.startswith("Order rejected - reason:Equity with loan value 1,000,000.00 USD must exceed")
    assert "1,500," in reason


def test_working_orders_bind_buying_power(floor: Floor) -> None:
    first, second = floor.place("BUY", 15000, limit="99"), floor.place("BUY", 15000, limit="99")
    assert floor.states(first, second) == ["Submitted", "Inactive"]
    floor.exchange.cancel(first)
    assert floor.states(floor.place("BUY", 15000, limit="99")) == ["Submitted"]


def test_exits_are_never_stopped_for_want_of_money() -> None:
    floor = Floor(cash=10_000)
    floor.hold(100.00, 100.01, 1000)
    floor.exchange.set_price(AAPL, 100.0)
    floor.place("BUY", 180)
    floor.exchange.set_price(AAPL, 40.0)
    assert floor.account().available_funds < 0
    assert floor.states(floor.place("BUY", 1, limit="30")) == ["Inactive"]
    assert floor.states(floor.place("SELL", 180)) == ["Filled"]


def test_the_exits_of_one_group_are_counted_once() -> None:
    floor = Floor(cash=10_000)
    floor.hold(100.00, 100.01, 1000)
    floor.exchange.set_price(AAPL, 100.0)
    floor.place("BUY", 180)
    terms: dict[str, Any] = {"oca_group": "exits"}
    exits = [floor.place("SELL", 180, limit=price, **terms) for price in ("110", "120", "130")]
    assert floor.states(*exits) == ["Submitted"] * 3
    assert floor.states(floor.place("SELL", 300, limit="140")) == ["Inactive"]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"limit_price": Decimal("99.995")}, 110),
        ({"quantity": Decimal("0")}, 201),
        ({"quantity": Decimal("10000000")}, 201),
        ({"side": "SELL"}, 105),
        ({"con_id": MSFT}, 105),
        ({"type": "MKT"}, 105),
    ],
)
def test_a_refused_change_changes_nothing(floor: Floor, terms: dict[str, Any], code: int) -> None:
    order = floor.place("BUY", 100, limit="99")
    before = floor.order(order)
    with pytest.raises(Refused) as refusal:
        floor.exchange.modify(order, floor.changed(order, **terms))
    assert refusal.value.code == code
    assert floor.order(order) == before


def test_an_order_that_ended_is_neither_changed_nor_cancelled(floor: Floor) -> None:
    filled, cancelled = floor.place("BUY", 100), floor.place("BUY", 100, limit="90")
    floor.exchange.cancel(cancelled)
    for order, change in ((filled, 104), (cancelled, 161)):
        with pytest.raises(Refused) as refusal:
            floor.exchange.modify(order, floor.order(order).ticket)
        assert refusal.value.code == change
        with pytest.raises(Refused) as refusal:
            floor.exchange.cancel(order)
        assert refusal.value.code == 10148


def test_an_unknown_order_is_not_found(floor: Floor) -> None:
    assert floor.exchange.order(5) is None
    with pytest.raises(Refused) as refusal:
        floor.exchange.cancel(5)
    assert refusal.value.code == 10147
    with pytest.raises(Refused) as refusal:
        floor.exchange.modify(5, ticket("BUY", 1))
    assert refusal.value.code == 10147


def test_a_quantity_below_what_filled_is_refused(floor: Floor) -> None:
    order = floor.place("BUY", 300, limit="100.01")
    with pytest.raises(Refused) as refusal:
        floor.exchange.modify(order, floor.changed(order, quantity=Decimal(100)))
    assert refusal.value.code == 201


def test_a_preview_binds_nothing(floor: Floor) -> None:
    preview = floor.exchange.preview(ticket("BUY", 1000, limit="100"))
    assert (preview.commission, preview.commission_currency, preview.refusal) == (5.0, "USD", "")
    assert (preview.initial_before, preview.initial_change) == (0.0, preview.initial_after)
    assert (preview.initial_after, preview.maintenance_after) == pytest.approx((50_000.0, 25_000.0))
    assert preview.equity_after == pytest.approx(1_000_000 - 5)
    assert floor.exchange.orders() == floor.reports == []


def test_a_preview_tells_of_a_refusal(floor: Floor) -> None:
    assert "must exceed the initial margin" in floor.exchange.preview(ticket("BUY", 50_000)).refusal
    with pytest.raises(Refused) as refusal:
        floor.exchange.preview(ticket("BUY", 100, limit="99.995"))
    assert refusal.value.code == 110


def test_numbers_of_orders_are_ibs_size_and_differ_between_starts() -> None:
    first, again = Floor().place("BUY", 1), Floor(start=START.replace(minute=31)).place("BUY", 1)
    assert 0 < first < 2**31
    assert first != again
