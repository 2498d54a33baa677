"""Orders whose messages no gateway would send on purpose."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.broker.transport.library import load
from ibtui.domain.event import Filled, OrderMoved, OrderSeen
from ibtui.domain.order import FOREIGN, OrderStatus, Side
from tests.broker.order_desk import PERM, REF, Desk


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.sent()
    return desk


async def test_an_older_description_does_not_confirm_a_change(desk: Desk) -> None:
    desk.described()
    desk.ask(limit_price=Decimal(151))
    desk.described()
    assert desk.order().limit_price == 150
    desk.orders.complain(7, 201, "Order rejected - reason: no")
    assert desk.stands() == (OrderStatus.WORKING, 0)
    assert "no" in desk.order().reason


async def test_the_description_with_its_terms_confirms_a_change(desk: Desk) -> None:
    desk.described()
    desk.ask(limit_price=Decimal("151.50"))
    desk.described(lmtPrice=151.5)
    assert desk.order().limit_price == Decimal("151.5")
    desk.orders.complain(7, 201, "Order rejected - reason: no")
    assert desk.stands() == (OrderStatus.UNKNOWN, 0)


async def test_a_fill_between_a_change_and_its_answer_counts(desk: Desk) -> None:
    desk.described()
    desk.ask(quantity=Decimal(70))
    desk.executed("e.01", 40, 40)
    desk.described(totalQuantity=70.0)
    assert (desk.stands(), desk.order().quantity) == ((OrderStatus.PARTLY_FILLED, 40), Decimal(70))


async def test_a_change_without_an_answer_is_asked_about(desk: Desk) -> None:
    desk.described()
    desk.ask(limit_price=Decimal(151))
    record = desk.orders.book.find(REF)
    assert record is not None
    assert record.asked is not None
    desk.orders._unconfirmed(record, record.asked)
    assert desk.doubts == 1
    assert "not confirmed" in desk.order().reason
    assert desk.order().limit_price == 150


def test_a_fill_after_the_cancellation_is_applied(desk: Desk) -> None:
    desk.described()
    desk.reported("Cancelled")
    desk.executed("e1.01", 40, 40)
    assert desk.stands() == (OrderStatus.CANCELLED, 40)
    desk.executed("e2.01", 60, 100)
    assert desk.stands() == (OrderStatus.FILLED, 100)


def test_an_older_report_does_not_take_fills_back(desk: Desk) -> None:
    desk.described()
    desk.reported("Submitted", 60)
    desk.reported("Submitted", 20)
    assert desk.stands() == (OrderStatus.PARTLY_FILLED, 60)


def test_a_cancelled_order_that_works_again_is_asked_about(desk: Desk) -> None:
    desk.described()
    desk.reported("Cancelled")
    desk.reported("Submitted")
    assert desk.stands() == (OrderStatus.UNKNOWN, 0)
    assert desk.doubts == 1
    desk.described()
    assert desk.stands() == (OrderStatus.WORKING, 0)


def test_inactive_is_rejected_only_with_a_reason(desk: Desk) -> None:
    desk.described("Inactive")
    assert desk.stands() == (OrderStatus.WAITING, 0)
    desk.orders.complain(7, 201, "Order rejected - reason: no margin")
    assert desk.stands() == (OrderStatus.REJECTED, 0)
    assert "no margin" in desk.order().reason


def test_a_rejection_stays_when_inactive_follows(desk: Desk) -> None:
    desk.orders.complain(7, 201, "Order rejected - reason: no margin")
    desk.described("Inactive")
    desk.reported("Inactive")
    assert desk.stands() == (OrderStatus.REJECTED, 0)
    assert "no margin" in desk.order().reason


def test_an_unlisted_error_on_a_new_order_is_a_rejection_once_ib_lists_it_nowhere(desk: Desk) -> None:
    desk.orders.complain(7, 77777, "Not today")
    assert desk.stands() == (OrderStatus.UNKNOWN, 0)
    desk.clock.advance(1)
    desk.orders.settle(desk.clock.monotonic(), lambda _: Decimal(0))
    assert desk.stands() == (OrderStatus.REJECTED, 0)
    assert "Not today" in desk.order().reason


def test_an_order_that_ib_lists_nowhere_but_filled_is_filled(desk: Desk) -> None:
    desk.described()
    desk.orders.open_answer.clear()
    desk.clock.advance(1)
    desk.orders.settle(desk.clock.monotonic(), lambda _: Decimal(100))
    assert desk.stands() == (OrderStatus.FILLED, 100)


def test_an_acknowledged_order_that_ib_lists_nowhere_is_unknown(desk: Desk) -> None:
    desk.described()
    desk.orders.open_answer.clear()
    desk.clock.advance(1)
    desk.orders.settle(desk.clock.monotonic(), lambda _: Decimal(40))
    assert desk.stands() == (OrderStatus.UNKNOWN, 0)
    assert "look in TWS" in desk.order().reason


def test_what_ib_never_spoke_of_is_left_to_who_knows_its_number(desk: Desk) -> None:
    desk.clock.advance(60)
    desk.orders.settle(desk.clock.monotonic(), lambda _: Decimal(0))
    assert desk.events == []


def test_why_an_order_was_unknown_is_not_said_of_one_that_works_or_filled(desk: Desk) -> None:
    desk.described()
    desk.orders.open_answer.clear()
    desk.clock.advance(1)
    desk.orders.settle(desk.clock.monotonic(), lambda _: Decimal(0))
    assert "look in TWS" in desk.order().reason
    desk.described()
    assert (desk.order().status, desk.order().reason) == (OrderStatus.WORKING, "")


@pytest.mark.parametrize(("said", "filled"), [("Cancelled", 0), ("Filled", 100)])
def test_until_when_an_order_was_held_is_not_said_once_it_has_ended(desk: Desk, said: str, filled: int) -> None:
    desk.described()
    warning = "Warning: your order will not be placed at the exchange until 2026-11-24 09:30:00 US/Eastern"
    desk.orders.complain(7, 399, f"Order Message: {warning}")
    assert desk.order().reason.startswith("held by IB until")
    desk.reported(said, filled)
    assert desk.order().status.done
    assert desk.order().reason == ""


def test_an_id_that_was_given_out_again_binds_nothing(desk: Desk) -> None:
    desk.described()
    desk.orders.start("DU1", 5)
    desk.described(permId=901, orderRef="")
    assert desk.refs() == {REF, "perm-901"}
    desk.reported("Cancelled", perm=901)
    assert desk.stands() == (OrderStatus.WORKING, 0)


def test_a_copy_of_an_order_of_ours_is_foreign(desk: Desk) -> None:
    desk.described()
    desk.described(permId=901, orderId=0)
    assert desk.refs() == {REF, "perm-901"}


def test_a_status_of_an_order_never_described_asks_once(desk: Desk) -> None:
    desk.reported("Submitted", perm=77, order_id=0, client=0)
    desk.reported("Submitted", perm=77, order_id=0, client=0)
    assert desk.doubts == 1


def test_orders_and_fills_of_another_account_are_nobodys_business(desk: Desk) -> None:
    desk.described(permId=77, orderId=9, clientId=3, account="DU2", orderRef="")
    desk.reported("Filled", 100, perm=77, order_id=9, client=3)
    desk.executed("x.01", 100, 100, acctNumber="DU2", permId=77, orderRef="", clientId=3)
    assert desk.refs() == {REF}
    assert desk.doubts == 0
    assert not [event for event in desk.events if isinstance(event, Filled)]


def test_another_programs_pair_of_stocks_is_an_order_like_any_other(desk: Desk) -> None:
    msft = load().contract(conId=2, symbol="MSFT", secType="STK", currency="USD")
    for number, contract in ((8, desk.contract), (10, msft)):
        desk.described(orderId=number, clientId=7, permId=PERM + number, orderRef="", contract=contract)
    legs = [load().combo_leg(conId=1, ratio=1, action="BUY"), load().combo_leg(conId=2, ratio=1, action="SELL")]
    pair = load().contract(conId=900000, symbol="AAPL", secType="BAG", currency="USD", comboLegs=legs)
    desk.described(orderId=9, clientId=7, permId=PERM + 2, orderRef="", contract=pair, lmtPrice=-215.0)
    order = desk.order(f"perm-{PERM + 2}")
    assert (order.owner, order.symbol, order.status) == (FOREIGN, "AAPL AAPL-MSFT", OrderStatus.WORKING)
    assert [(leg.symbol, leg.side) for leg in order.combo] == [("AAPL", Side.BUY), ("MSFT", Side.SELL)]


def test_the_end_of_a_parent_is_heard_by_its_children() -> None:
    desk = Desk()
    desk.described(orderRef=f"ibtui/you/{REF}-s", parentId=6, orderType="STP", auxPrice=140.0, status="PreSubmitted")
    assert desk.stands(f"{REF}-s") == (OrderStatus.WAITING, 0)
    desk.described(orderId=6, permId=899, status="Submitted")
    assert desk.stands(f"{REF}-s") == (OrderStatus.WAITING, 0)
    desk.reported("Filled", 100, perm=899, order_id=6)
    assert desk.stands(f"{REF}-s") == (OrderStatus.WORKING, 0)


def test_a_child_without_parent_in_a_complete_answer_protects() -> None:
    desk = Desk()
    desk.described(orderRef=f"ibtui/you/{REF}-s", orderType="STP", auxPrice=140.0, status="PreSubmitted")
    assert desk.stands(f"{REF}-s") == (OrderStatus.WAITING, 0)
    desk.orders.settle(desk.clock.monotonic(), lambda _: Decimal(0))
    assert desk.stands(f"{REF}-s") == (OrderStatus.WORKING, 0)


def test_of_corrections_the_last_counts(desk: Desk) -> None:
    desk.executed("a.b.01", 100, 100)
    desk.executed("a.b.02", 60, 60)
    assert desk.fills.traded(desk.order()) == 60


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("report"),
            st.sampled_from(["PendingSubmit", "PreSubmitted", "Submitted", "PendingCancel", "Cancelled", "Inactive"]),
            st.integers(0, 99),
        ),
        st.tuples(st.just("describe"), st.sampled_from(["PreSubmitted", "Submitted", "Cancelled"]), st.just(0)),
        st.tuples(st.just("error"), st.just(""), st.sampled_from([104, 105, 161, 201, 202, 399, 10147, 10349, 555])),
        st.tuples(st.just("fill"), st.just(""), st.integers(1, 99)),
    ),
    max_size=20,
)


@given(STEPS)
def test_whatever_comes_fills_only_grow_and_filled_is_final(steps: list[tuple[str, str, int]]) -> None:
    desk = Desk()
    desk.sent()
    filled = Decimal(0)
    for number, (kind, word, value) in enumerate([*steps, ("fill", "", 100), *steps]):
        if kind == "report":
            desk.reported(word, value)
        elif kind == "describe":
            desk.described(word)
        elif kind == "error":
            desk.orders.complain(7, value, "text")
        else:
            desk.executed(f"e{number}.01", 1, value)
        assert desk.order().filled >= filled
        filled = desk.order().filled
    assert desk.stands() == (OrderStatus.FILLED, 100)
    moves = [event for event in desk.events if isinstance(event, OrderMoved | OrderSeen)]
    assert moves
