"""When orders begin and end, and auctions; AAPL held at 100.00 x 100.01, 100, 100, 200, 200, 300 on either side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ibtui.exchange import Refused
from ibtui.exchange.told.reports import OrderReport
from tests.exchange.floor import AAPL, MSFT, START, Floor

LATE = datetime(2026, 11, 24, 4, 50, tzinfo=UTC)
"""Ten minutes before the session ends."""


@pytest.fixture
def late() -> Floor:
    """The held book, ten minutes before midnight in New York."""
    floor = Floor(start=LATE)
    floor.hold(100.00, 100.01)
    floor.exchange.set_price(AAPL, 100.00)
    return floor


def test_immediate_or_cancel_keeps_what_it_got(floor: Floor) -> None:
    order = floor.place("BUY", 400, limit="100.02", tif="IOC")
    report = floor.order(order)
    assert floor.fills(order) == [(100, 100.01), (100, 100.02)]
    assert (report.state, report.code, int(report.filled)) == ("Cancelled", 202, 200)


def test_fill_or_kill_trades_whole_or_not_at_all(floor: Floor) -> None:
    killed = floor.place("BUY", 201, limit="100.02", tif="FOK")
    assert (floor.states(killed), floor.fills(killed)) == (["Cancelled"], [])
    filled = floor.place("BUY", 200, limit="100.02", tif="FOK")
    assert floor.states(filled) == ["Filled"]
    assert floor.states(floor.place("BUY", 10_000, tif="FOK")) == ["Cancelled"]


def test_an_immediate_stop_waits_for_its_trigger_first(floor: Floor) -> None:
    order = floor.place("SELL", 500, stop="99.50", tif="IOC")
    assert floor.states(order) == ["PreSubmitted"]
    floor.hold(99.50, 99.51)
    floor.exchange.set_price(AAPL, 99.50)
    assert floor.states(order) == ["Filled"]


def test_a_dated_order_ends_to_the_microsecond(floor: Floor) -> None:
    end = START + timedelta(minutes=3, seconds=7.25)
    order = floor.place("BUY", 100, limit="90", tif="GTD", good_till=end)
    floor.wait(hours=1)
    report = floor.order(order)
    assert (report.state, report.code, report.time) == ("Cancelled", 202, end)


def test_a_dated_order_outlives_the_session_and_its_date_can_be_moved(late: Floor) -> None:
    order = late.place("BUY", 100, limit="90", tif="GTD", good_till=LATE + timedelta(minutes=20))
    later = LATE + timedelta(minutes=40)
    late.exchange.modify(order, late.changed(order, good_till=later))
    late.wait(minutes=30)
    assert late.states(order) == ["Submitted"]
    late.wait(minutes=30)
    assert late.order(order).time == later


def test_a_good_after_order_begins_at_its_time(floor: Floor) -> None:
    begin = START + timedelta(minutes=5)
    order = floor.place("BUY", 50, good_after=begin)
    assert floor.states(order) == ["PreSubmitted"]
    floor.wait(minutes=4)
    assert floor.fills(order) == []
    floor.wait(minutes=4)
    assert (floor.fills(order), floor.order(order).time) == ([(50, 100.01)], begin)


def test_a_good_after_time_that_has_passed_holds_nothing(floor: Floor) -> None:
    assert floor.states(floor.place("BUY", 50, good_after=START - timedelta(minutes=5))) == ["Filled"]


def test_a_child_with_a_good_after_time_waits_for_both(floor: Floor) -> None:
    parent = floor.place("BUY", 100, limit="99", transmit=False)
    child = floor.place("SELL", 100, parent=parent, good_after=START + timedelta(minutes=5))
    floor.hold(98.99, 99.00)
    assert floor.states(parent, child) == ["Filled", "PreSubmitted"]
    floor.wait(minutes=6)
    assert floor.states(child) == ["Filled"]


def test_market_on_close_trades_whole_at_the_sessions_last_price(late: Floor) -> None:
    order = late.place("BUY", 5000, type="MOC")
    late.wait(minutes=9)
    assert late.states(order) == ["PreSubmitted"]
    late.exchange.set_price(AAPL, 101.37)
    late.wait(minutes=2)
    report = late.order(order)
    assert late.fills(order) == [(5000, 101.37)]
    assert (report.time.hour, report.time.minute, report.time.microsecond) == (5, 0, 0)


def test_limit_on_close_trades_only_at_its_limit(late: Floor) -> None:
    good = late.place("BUY", 100, type="LOC", limit_price=Decimal("101.37"))
    bad = late.place("BUY", 100, type="LOC", limit_price=Decimal("101.36"))
    late.exchange.set_price(AAPL, 101.37)
    late.wait(minutes=11)
    assert late.fills(good) == [(100, 101.37)]
    assert late.states(good, bad) == ["Filled", "Cancelled"]


def test_opening_orders_trade_at_the_next_sessions_first_price(late: Floor) -> None:
    low = {"limit": "1", "tif": "OPG", "con_id": MSFT}
    order, never = late.place("SELL", 700, tif="OPG", con_id=MSFT), late.place("BUY", 100, **low)  # type: ignore[arg-type]
    late.wait(minutes=9, seconds=59)
    assert late.states(order, never) == ["PreSubmitted", "PreSubmitted"]
    late.wait(minutes=5)
    assert late.fills(order) == [(700, late.exchange.tick(MSFT).open)]
    assert late.states(order, never) == ["Filled", "Cancelled"]
    assert timedelta(0) < late.order(order).time - LATE - timedelta(minutes=10) < timedelta(minutes=1)


def test_auctions_do_not_depend_on_how_time_is_cut() -> None:
    def play(steps: int) -> list[OrderReport]:
        floor = Floor(start=LATE)
        floor.place("BUY", 700, type="MOC", con_id=MSFT)
        floor.place("SELL", 700, tif="OPG", con_id=MSFT)
        floor.place("BUY", 100, good_after=LATE + timedelta(minutes=13, seconds=3), con_id=MSFT)
        for _ in range(steps):
            floor.wait(minutes=20 / steps)
        return floor.heard(OrderReport)

    assert play(1) == play(20)


def test_a_lasting_order_may_not_become_a_fleeting_one(floor: Floor) -> None:
    order = floor.place("BUY", 100, limit="90")
    floor.exchange.modify(order, floor.changed(order, tif="GTC"))
    with pytest.raises(Refused) as refusal:
        floor.exchange.modify(order, floor.changed(order, tif="IOC"))
    assert refusal.value.code == 105


def test_all_or_none_waits_until_there_is_room(floor: Floor) -> None:
    order = floor.place("BUY", 300, limit="100.01", all_or_none=True)
    assert (floor.states(order), floor.fills(order)) == (["Submitted"], [])
    floor.hold(100.00, 100.01, 299)
    floor.hold(100.00, 100.02, 900)
    assert floor.fills(order) == []
    floor.hold(99.99, 100.01, 300)
    assert floor.fills(order) == [(300, 100.01)]


def test_a_minimum_is_for_the_first_part(floor: Floor) -> None:
    order = floor.place("BUY", 400, limit="100.01", min_quantity=Decimal(150))
    assert floor.fills(order) == []
    floor.hold(100.00, 100.01, 150)
    floor.hold(100.00, 100.01, 20)
    assert floor.fills(order) == [(150, 100.01), (20, 100.01)]


def test_an_iceberg_goes_back_in_the_queue_with_every_part(floor: Floor) -> None:
    order = floor.place("BUY", 250, limit="100.00", display_size=60)
    assert floor.order(order).ticket.display_size == 60
    for _ in range(2):
        floor.exchange.set_price(AAPL, 100.00)
    assert floor.fills(order) == [(60, 100.00)]
    for _ in range(2):
        floor.exchange.set_price(AAPL, 100.00)
    assert floor.fills(order) == [(60, 100.00), (60, 100.00)]
    floor.hold(99.00, 99.01, 500)
    assert floor.fills(order)[2:] == [(130, 100.00)]
