"""Orders that wait for a price: stop limit, if touched, trailing; on a book held at 100.00 x 100.01, last 100.00."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.exchange.told.reports import OrderReport
from tests.exchange.floor import AAPL, START, Floor


def trail(floor: Floor, side: str, kind: str = "TRAIL", **prices: float) -> int:
    terms: dict[str, Any] = {name: Decimal(str(price)) for name, price in prices.items()}
    return floor.place(side, 100, type=kind, **terms)


def at(floor: Floor, *prices: float) -> None:
    """Trade at prices, one after the other, each with 1,000 on either side, the bid at it."""
    for price in prices:
        floor.hold(price - 0.01, price, 1000)
        floor.exchange.set_price(AAPL, price)


def test_a_stop_limit_rests_at_its_limit_once_triggered(floor: Floor) -> None:
    order = floor.place("SELL", 100, type="STP LMT", stop_price=Decimal("99.50"), limit_price=Decimal("99.48"))
    floor.hold(99.40, 99.50)
    assert floor.order(order).why_held == "trigger"
    floor.exchange.set_price(AAPL, 99.50)
    floor.hold(99.40, 99.50)
    assert (floor.states(order), floor.fills(order)) == (["Submitted"], [])
    floor.hold(99.48, 99.49)
    assert floor.fills(order) == [(100, 99.48)]


@pytest.mark.parametrize(
    ("side", "price", "before", "then", "filled"),
    [("BUY", "99.50", 99.51, 99.50, 99.51), ("SELL", "100.50", 100.49, 100.50, 100.50)],
)
def test_market_if_touched_waits_for_a_better_price(
    floor: Floor, side: str, price: str, before: float, then: float, filled: float
) -> None:
    order = floor.place(side, 100, type="MIT", stop_price=Decimal(price))
    at(floor, before)
    assert floor.order(order).why_held == "trigger"
    at(floor, then)
    assert floor.fills(order)[0][1] == filled


def test_limit_if_touched_then_waits_at_its_limit(floor: Floor) -> None:
    order = floor.place("BUY", 100, type="LIT", stop_price=Decimal("99.50"), limit_price=Decimal("99.40"))
    at(floor, 99.50)
    assert (floor.states(order), floor.fills(order)) == (["Submitted"], [])
    at(floor, 99.40)
    assert floor.fills(order) == [(100, 99.40)]


@pytest.mark.parametrize(("method", "seen"), [(2, False), (4, True), (7, True), (8, True)])
def test_quotes_trigger_where_the_method_says_so(floor: Floor, method: int, seen: bool) -> None:
    order = floor.place("SELL", 100, stop="99.50", trigger_method=method)
    floor.hold(99.40, 99.45)
    assert (floor.states(order) == ["Filled"]) is seen


def test_a_trailing_sale_follows_the_market_up_and_sells_when_it_turns(floor: Floor) -> None:
    order = trail(floor, "SELL", trail_amount=0.5)
    assert floor.order(order).stop_price == Decimal("99.5")
    at(floor, 101.0, 100.6, 103.0, 102.51)
    assert (floor.order(order).stop_price, floor.states(order)) == (Decimal("102.5"), ["PreSubmitted"])
    at(floor, 102.50)
    assert floor.fills(order) == [(100, 102.50)]


def test_a_trailing_purchase_follows_it_down_by_percent(floor: Floor) -> None:
    order = trail(floor, "BUY", trail_percent=10)
    assert floor.order(order).stop_price == Decimal("110.0")
    at(floor, 80.0, 87.99)
    assert (floor.order(order).stop_price, floor.states(order)) == (Decimal("88.0"), ["PreSubmitted"])
    at(floor, 88.0)
    assert floor.states(order) == ["Filled"]


def test_a_trailing_stop_begins_where_it_is_told(floor: Floor) -> None:
    order = trail(floor, "SELL", trail_amount=0.5, stop_price=99.9)
    assert floor.order(order).stop_price == Decimal("99.9")
    at(floor, 100.3)
    assert floor.order(order).stop_price == Decimal("99.9")
    at(floor, 100.5)
    assert floor.order(order).stop_price == Decimal("100.0")


def test_a_trailing_stop_limit_gets_its_limit_from_where_its_stop_stood(floor: Floor) -> None:
    order = trail(floor, "SELL", "TRAIL LIMIT", trail_amount=0.5, limit_offset=0.02)
    at(floor, 101.0)
    floor.hold(100.40, 100.50, 1000)
    floor.exchange.set_price(AAPL, 100.45)
    report = floor.order(order)
    assert (report.state, report.limit_price, floor.fills(order)) == ("Submitted", Decimal("100.48"), [])
    floor.hold(100.48, 100.50, 1000)
    assert floor.fills(order) == [(100, 100.48)]


def test_a_trailing_child_starts_from_the_price_of_its_parents_fill(floor: Floor) -> None:
    parent = floor.place("BUY", 100, limit="99", transmit=False)
    child = floor.place("SELL", 100, type="TRAIL", trail_amount=Decimal(1), parent=parent)
    at(floor, 105.0)
    assert (floor.order(child).stop_price, floor.order(child).why_held) == (None, "child,trigger")
    at(floor, 99.0)
    assert (floor.states(parent), floor.order(child).stop_price) == (["Filled"], Decimal("98.0"))


def test_a_change_of_size_leaves_a_trailing_stop_where_it_is_and_a_new_trail_does_not(floor: Floor) -> None:
    order = trail(floor, "SELL", trail_amount=0.5)
    at(floor, 103.0, 102.6)
    floor.exchange.modify(order, floor.changed(order, quantity=Decimal(80)))
    assert floor.order(order).stop_price == Decimal("102.5")
    floor.exchange.modify(order, floor.changed(order, trail_amount=Decimal(2)))
    assert floor.order(order).stop_price == Decimal("100.6")


def test_a_long_step_moves_a_trailing_stop_as_many_short_ones() -> None:
    whole, fine = Floor(), Floor()
    orders = [trail(floor, "SELL", trail_percent=0.2) for floor in (whole, fine)]
    whole.wait(minutes=20)
    for _ in range(20):
        fine.wait(minutes=1)
    assert whole.order(orders[0]) == fine.order(orders[1])
    assert whole.exchange.now > START


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["BUY", "SELL"]),
    st.sampled_from([{"trail_amount": Decimal("0.40")}, {"trail_percent": Decimal("0.5")}]),
    st.lists(st.integers(-60, 60), min_size=1, max_size=25),
)
def test_a_trailing_stop_moves_one_way_only_and_fires_at_once(
    side: str, terms: dict[str, Any], steps: list[int]
) -> None:
    floor = Floor()
    at(floor, 100.0)
    order, price = floor.place(side, 10, type="TRAIL", **terms), 100.0
    sign = 1 if side == "BUY" else -1
    stops = [floor.order(order).stop_price]
    for step in steps:
        price = round(max(price + step / 100, 1), 2)
        at(floor, price)
        stops.append(floor.order(order).stop_price)
        assert stops[-2] is not None
        passed = (price - float(stops[-2])) * sign >= 0
        assert (floor.states(order) == ["Filled"]) is passed
        if passed:
            break
    assert stops == sorted(stops, key=lambda stop: -sign * (stop or 0))
    assert len([report for report in floor.heard(OrderReport) if report.state == "Filled"]) <= 1
