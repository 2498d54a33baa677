"""How orders trade against a book held at 100.00 x 100.01, 100 at the touch and 100, 200, 200, 300 behind it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibtui.exchange.told.reports import Execution, OrderReport, PositionReport, Tick
from tests.exchange.floor import AAPL, MSFT, SPX, Floor


def told(floor: Floor, perm_id: int) -> list[tuple[str, int, str]]:
    """State, filled quantity and reason for waiting in every report of an order."""
    reports = floor.heard(OrderReport)
    return [(report.state, int(report.filled), report.why_held) for report in reports if report.perm_id == perm_id]


def test_a_market_order_takes_the_touch(floor: Floor) -> None:
    order = floor.place("BUY", 100)
    assert floor.fills(order) == [(100, 100.01)]
    assert told(floor, order) == [("PreSubmitted", 0, ""), ("Submitted", 0, ""), ("Filled", 100, "")]
    kinds = [type(report) for report in floor.reports]
    assert kinds == [OrderReport, OrderReport, Execution, OrderReport, PositionReport, Tick]
    assert floor.held() == 100


def test_a_large_market_order_walks_the_levels_and_waits_for_the_next_book(floor: Floor) -> None:
    order = floor.place("SELL", 1500)
    assert floor.fills(order) == [(100, 100.00), (100, 99.99), (200, 99.98), (200, 99.97), (300, 99.96)]
    assert floor.states(order) == ["Submitted"]
    floor.hold(100.00, 100.01)
    assert floor.fills(order)[5:] == [(100, 100.00), (100, 99.99), (200, 99.98), (200, 99.97)]
    assert floor.states(order) == ["Filled"]


def test_what_is_taken_is_gone_from_the_book_until_it_changes(floor: Floor) -> None:
    floor.place("BUY", 60)
    assert (floor.exchange.tick(AAPL).ask, floor.exchange.tick(AAPL).ask_size) == (100.01, 40)
    order = floor.place("BUY", 100)
    assert floor.fills(order) == [(40, 100.01), (60, 100.02)]
    tick = floor.exchange.tick(AAPL)
    assert (tick.ask, tick.ask_size, tick.last, tick.last_size) == (100.02, 40, 100.02, 60)
    floor.hold(100.00, 100.01)
    assert floor.exchange.tick(AAPL).ask_size == 100


def test_an_orders_trades_are_printed(floor: Floor) -> None:
    before = floor.exchange.tick(AAPL)
    floor.place("BUY", 300)
    tick = floor.ticks()[-1]
    assert (tick.traded, tick.last, tick.volume - before.volume) == (True, 100.03, 300)


def test_a_limit_order_takes_up_to_its_limit_and_rests(floor: Floor) -> None:
    order = floor.place("BUY", 400, limit="100.02")
    assert floor.fills(order) == [(100, 100.01), (100, 100.02)]
    assert (floor.order(order).state, float(floor.order(order).remaining)) == ("Submitted", 200)
    assert floor.order(order).average_price == pytest.approx(100.015)


def test_a_limit_order_away_from_the_market_waits(floor: Floor) -> None:
    order = floor.place("BUY", 100, limit="99.90")
    assert told(floor, order) == [("PreSubmitted", 0, ""), ("Submitted", 0, "")]


def test_a_resting_order_fills_at_its_limit_when_the_market_comes_through(floor: Floor) -> None:
    order = floor.place("BUY", 100, limit="99.90")
    floor.hold(99.80, 99.82)
    assert floor.fills(order) == [(100, 99.90)]
    assert floor.ticks()[-1].last == 99.90


def test_a_resting_order_fills_in_parts_as_large_as_what_comes(floor: Floor) -> None:
    order = floor.place("SELL", 500, limit="100.10")
    floor.hold(100.10, 100.12, 120)
    assert floor.fills(order) == [(120, 100.10)]
    floor.hold(100.10, 100.13, 300)
    assert floor.fills(order) == [(120, 100.10), (300, 100.10)]


def test_trades_at_the_limit_serve_the_queue_first(floor: Floor) -> None:
    order = floor.place("BUY", 150, limit="100.00")
    floor.exchange.set_price(AAPL, 100.00)
    assert floor.fills(order) == []
    floor.exchange.set_price(AAPL, 100.00)
    assert floor.fills(order) == [(100, 100.00)]
    floor.exchange.set_price(AAPL, 100.00)
    assert floor.fills(order) == [(100, 100.00), (50, 100.00)]


def test_inside_the_spread_there_is_no_queue(floor: Floor) -> None:
    floor.hold(100.00, 100.05)
    order = floor.place("BUY", 100, limit="100.02")
    floor.exchange.set_price(AAPL, 100.02)
    assert floor.fills(order) == [(100, 100.02)]


def test_the_better_price_and_then_the_older_order_come_first(floor: Floor) -> None:
    late = floor.place("BUY", 100, limit="99.89")
    older, newer = floor.place("BUY", 100, limit="99.90"), floor.place("BUY", 100, limit="99.90")
    floor.hold(99.80, 99.90, 150)
    assert (floor.held(), floor.fills(older), floor.fills(newer), floor.fills(late)) == (
        150,
        [(100, 99.90)],
        [(50, 99.90)],
        [],
    )


def test_a_new_price_loses_the_place_and_a_smaller_quantity_keeps_it(floor: Floor) -> None:
    first, second = floor.place("BUY", 100, limit="99.90"), floor.place("BUY", 100, limit="99.90")
    ticket = floor.order(first).ticket
    floor.exchange.modify(first, floor.changed(first, limit_price=Decimal("99.91")))
    floor.exchange.modify(first, ticket)
    floor.exchange.modify(second, floor.changed(second, quantity=Decimal(80)))
    floor.hold(99.80, 99.90, 100)
    assert (floor.fills(first), floor.fills(second)) == ([(20, 99.90)], [(80, 99.90)])


def test_a_changed_price_that_crosses_trades(floor: Floor) -> None:
    order = floor.place("BUY", 100, limit="99.90")
    floor.exchange.modify(order, floor.changed(order, limit_price=Decimal("100.05")))
    assert floor.fills(order) == [(100, 100.01)]


@pytest.mark.parametrize(
    ("side", "stop", "before", "at"), [("SELL", "99.50", 99.51, 99.50), ("BUY", "100.50", 100.49, 100.50)]
)
def test_a_stop_waits_for_a_trade_at_its_price(floor: Floor, side: str, stop: str, before: float, at: float) -> None:
    order = floor.place(side, 100, stop=stop)
    floor.exchange.set_price(AAPL, before)
    assert told(floor, order) == [("PreSubmitted", 0, "trigger")]
    floor.exchange.set_price(AAPL, at)
    assert told(floor, order)[1:] == [("Submitted", 0, ""), ("Filled", 100, "")]


def test_quotes_alone_do_not_trigger_a_stop(floor: Floor) -> None:
    order = floor.place("SELL", 100, stop="99.50")
    floor.hold(99.00, 99.02)
    assert floor.states(order) == ["PreSubmitted"]


def test_a_stop_that_the_last_trade_has_passed_triggers_at_once(floor: Floor) -> None:
    order = floor.place("SELL", 100, stop="100.50")
    assert floor.fills(order) == [(100, 100.00)]


def test_an_orders_own_trades_trigger_stops(floor: Floor) -> None:
    stop = floor.place("BUY", 50, stop="100.03")
    large = floor.place("BUY", 400)
    assert floor.fills(large) == [(100, 100.01), (100, 100.02), (200, 100.03)]
    assert floor.fills(stop) == [(50, 100.04)]


def test_orders_of_clients_do_not_meet_each_other(floor: Floor) -> None:
    floor.hold(99.00, 101.00)
    buy, sell = floor.place("BUY", 100, limit="100.00"), floor.place("SELL", 100, limit="100.00")
    assert floor.states(buy, sell) == ["Submitted", "Submitted"]
    floor.hold(100.00, 100.01)
    assert floor.fills(sell) == [(100, 100.00)]
    assert floor.fills(buy) == []


def test_a_cancel_ends_an_order(floor: Floor) -> None:
    order = floor.place("BUY", 400, limit="100.02")
    floor.exchange.cancel(order)
    report = floor.order(order)
    assert (report.state, int(report.filled), int(report.remaining), report.code) == ("Cancelled", 200, 200, 202)
    floor.hold(99.00, 99.01)
    assert floor.held() == 200


def test_orders_are_listed_open_and_then_completed(floor: Floor) -> None:
    done, resting = floor.place("BUY", 100), floor.place("BUY", 100, limit="90")
    assert [report.perm_id for report in floor.exchange.orders()] == [resting]
    assert [report.perm_id for report in floor.exchange.completed()] == [done]
    assert floor.exchange.orders("DU2") == floor.exchange.completed("DU2") == []
    assert floor.exchange.executions("DU2") == []
    assert [fill.perm_id for fill in floor.exchange.executions()] == [done]


def test_a_listener_may_trade_on_what_it_hears(floor: Floor) -> None:
    def sell_what_is_bought(report: object) -> None:
        if isinstance(report, Execution) and report.side == "BUY":
            floor.place("SELL", report.quantity)

    floor.exchange.listen(sell_what_is_bought)
    floor.place("BUY", 100)
    assert floor.held() == 0
    assert [int(report.quantity) for report in floor.heard(PositionReport)] == [100, 0]


def test_a_real_market_fills_a_small_order_at_once_and_a_resting_one_in_time() -> None:
    floor = Floor()
    floor.wait(seconds=1)
    market = floor.place("BUY", 100)
    assert floor.states(market) == ["Filled"]
    bid = floor.exchange.tick(MSFT).bid
    resting = floor.place("BUY", 100, limit=f"{bid:.2f}", con_id=MSFT)
    floor.wait(minutes=30)
    assert floor.fills(resting) == [(100, bid)]


def test_an_index_is_not_traded(floor: Floor) -> None:
    order = floor.place("BUY", 1, con_id=SPX)
    report = floor.order(order)
    assert (report.state, report.code) == ("Inactive", 201)
    assert report.reason.startswith("Order rejected - reason:SPX is an index")
