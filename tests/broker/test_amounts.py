"""What IB says has traded: it may shrink, figures that cannot be true are doubted, and zero is no price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibtui.broker.transport.library import load
from ibtui.domain.event import Filled, OrderMoved
from ibtui.domain.instrument import traded_price
from ibtui.domain.order import DOUBTED, OrderStatus
from tests.broker.order_desk import REF, Desk

FUTURE = load().contract(conId=3, symbol="CL", secType="FUT", currency="USD")


@pytest.fixture
def desk() -> Desk:
    """One order of ours, BUY 100 AAPL, that works."""
    desk = Desk()
    desk.sent()
    desk.described()
    return desk


def whole(desk: Desk, filled: float, said: str = "Submitted") -> None:
    """A complete reconcile that lists the order and reports `filled`."""
    desk.clock.advance(10)
    desk.orders.open_answer.clear()
    desk.described(said)
    desk.reported(said, filled)
    desk.orders.settle(desk.clock.monotonic(), desk.fills.traded)


def test_a_correction_takes_back_what_has_traded(desk: Desk) -> None:
    desk.executed("a.b.01", 100, 100)
    assert desk.stands() == (OrderStatus.FILLED, 100)
    desk.executed("a.b.02", 90, 90)
    assert desk.stands() == (OrderStatus.PARTLY_FILLED, 90)
    assert "took executions of it back" in desk.order().reason
    assert desk.doubts == 1
    desk.executed("a.b.01", 100, 100)
    desk.reported("Submitted", 100)
    assert desk.stands() == (OrderStatus.PARTLY_FILLED, 90)


def test_corrections_are_numbered_and_not_spelled(desk: Desk) -> None:
    for revision, shares in (("09", 100), ("10", 80), ("11", 0), ("10", 80)):
        desk.executed(f"a.b.{revision}", shares, shares)
    assert desk.order().filled == 0
    assert desk.fills.traded(desk.order()) == 0
    desk.executed("c.d.01", 30, 130)
    assert desk.order().filled == 30


def test_an_order_that_ib_calls_filled_after_a_bust_has_filled_only_the_rest(desk: Desk) -> None:
    desk.executed("a.b.01", 100, 100)
    desk.executed("a.b.02", 90, 90)
    desk.completed("Filled", 90)
    assert desk.stands() == (OrderStatus.FILLED, 90)
    assert desk.order().reason == "90 of 100: IB took the rest back"


def test_where_report_and_executions_both_say_less_it_has_shrunk(desk: Desk) -> None:
    desk.executed("a.b.01", 40, 40)
    desk.executed("c.d.01", 20, 60)
    desk.fills.answer.clear()
    desk.executed("a.b.01", 40, 40)
    whole(desk, 40)
    assert desk.stands() == (OrderStatus.PARTLY_FILLED, 40)
    assert desk.orders.reported() == {REF: Decimal(40)}


def test_a_report_below_the_executions_is_said_once_asking_did_not_help(desk: Desk) -> None:
    desk.executed("a.b.01", 60, 60)
    whole(desk, 40)
    assert (desk.stands(), desk.order().reason, desk.doubts) == ((OrderStatus.PARTLY_FILLED, 60), "", 1)
    whole(desk, 40)
    assert desk.order().reason.startswith(f"{DOUBTED}IB reports 40 filled of 100, its executions add up to 60")
    assert desk.doubts == 1
    whole(desk, 60)
    assert desk.order().reason == ""


@pytest.mark.parametrize("filled", [202, 101, -5])
def test_a_report_that_cannot_be_true_is_doubted_aloud_and_not_shown(desk: Desk, filled: float) -> None:
    desk.reported("Submitted", 40)
    desk.reported("Submitted", filled)
    desk.reported("Submitted", filled)
    assert desk.stands() == (OrderStatus.PARTLY_FILLED, 40)
    assert desk.order().reason == f"doubted: IB reports {filled} filled of 100; asked again"
    assert desk.doubts == 1
    desk.reported("Submitted", 40)
    assert desk.order().reason == ""


def test_no_number_is_doubted(desk: Desk) -> None:
    desk.reported("Submitted", float("nan"))
    assert desk.stands() == (OrderStatus.WORKING, 0)
    assert "no number" in desk.order().reason


def test_what_has_traded_and_what_remains_must_add_up(desk: Desk) -> None:
    desk.orders.report(7, "Submitted", 40, 50, 150.0, 900, 0, 0.0, 5, "")
    assert (desk.stands(), desk.doubts) == ((OrderStatus.WORKING, 0), 1)
    desk.reported("Submitted", 40)
    assert desk.stands() == (OrderStatus.PARTLY_FILLED, 40)


def test_a_cancelled_order_may_leave_nothing_remaining(desk: Desk) -> None:
    desk.orders.report(7, "Cancelled", 40, 0, 150.0, 900, 0, 0.0, 5, "")
    assert (desk.stands(), desk.doubts) == ((OrderStatus.CANCELLED, 40), 0)


async def test_a_report_on_asked_terms_is_not_doubted(desk: Desk) -> None:
    desk.ask(quantity=Decimal(200))
    desk.orders.report(7, "Submitted", 150, 50, 150.0, 900, 0, 0.0, 5, "")
    assert (desk.stands()[1], desk.doubts) == (150, 0)


def test_a_total_above_the_quantity_is_doubted(desk: Desk) -> None:
    desk.executed("a.b.01", 100, 900)
    assert desk.stands() == (OrderStatus.WORKING, 0)
    assert desk.order().reason.startswith(DOUBTED)


def test_a_report_of_no_average_price_leaves_it_unknown(desk: Desk) -> None:
    desk.orders.report(7, "Submitted", 40, 60, 0.0, 900, 0, 0.0, 5, "")
    (moved,) = [event for event in desk.events if isinstance(event, OrderMoved)]
    assert (moved.filled, moved.average_price) == (Decimal(40), None)


@pytest.mark.parametrize(
    ("kind", "price", "expected"),
    [
        ("STK", 0.0, None), ("STK", -1.0, None), ("CASH", 0.0, None), ("OPT", 0.0, None), ("CRYPTO", 0.0, None),
        ("FUT", 0.0, 0.0), ("FUT", -37.63, -37.63), ("BAG", -0.5, -0.5), ("BAG", 0.0, 0.0),
        ("FUT", float("nan"), None), ("STK", 1.7976931348623157e308, None), ("STK", 0.0001, 0.0001),
    ],
)  # fmt: skip
def test_zero_is_a_price_only_of_what_trades_there(kind: str, price: float, expected: float | None) -> None:
    assert traded_price(price, kind) == expected


def test_an_execution_without_a_price_has_its_orders_average(desk: Desk) -> None:
    desk.executed("a.b.01", 40, 40, price=0.0, avgPrice=150.5)
    desk.executed("f.g.01", 1, 1, price=-37.0, contract=FUTURE, permId=77, orderRef="", clientId=3)
    assert [event.fill.price for event in desk.events if isinstance(event, Filled)] == [150.5, -37.0]


def test_an_execution_that_was_misread_is_doubted_and_put_right(desk: Desk) -> None:
    desk.executed("a.b.01", 900, 100)
    assert desk.order().reason.startswith(DOUBTED)
    desk.executed("a.b.01", 100, 100)
    assert desk.order().filled == 100


@pytest.mark.parametrize("remaining", [-102, 50])
def test_what_stays_impossible_is_asked_about_once(desk: Desk, remaining: float) -> None:
    """Each reconcile that a doubt asks for tells it again: it must not ask for ever."""
    filled = 202 if remaining < 0 else 40
    for _ in range(5):
        desk.clock.advance(10)
        desk.orders.open_answer.clear()
        desk.described()
        desk.orders.report(7, "Submitted", filled, remaining, 150.0, 900, 0, 0.0, 5, "")
        desk.orders.settle(desk.clock.monotonic(), desk.fills.traded)
    assert desk.doubts <= 2
    assert desk.order().reason.startswith(f"{DOUBTED}IB reports {filled} filled")
    assert desk.order().filled == 0


def test_executions_that_stay_impossible_are_asked_about_once(desk: Desk) -> None:
    for _ in range(5):
        desk.executed("a.b.01", 900, 900)
        whole(desk, 0)
    assert desk.doubts == 1


def test_an_older_report_does_not_end_a_doubt(desk: Desk) -> None:
    desk.executed("a.b.01", 40, 40)
    desk.reported("Submitted", 202)
    desk.reported("Submitted", 20)
    assert desk.order().reason.startswith(DOUBTED)
    desk.reported("Submitted", 40)
    assert desk.order().reason == ""
