"""Numbers and references that are met twice: one order's messages never change another's row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ibtui.broker.transport.library import load
from ibtui.domain.event import Doubted, Filled, OrderMoved, OrderSeen
from ibtui.domain.order import FOREIGN, Order, OrderStatus, Side
from ibtui.domain.terms import Terms
from tests.broker.order_desk import PERM, REF, Desk

MSFT = load().contract(conId=2, symbol="MSFT", secType="STK", currency="USD")
OURS = f"ibtui/you/{REF}"


@pytest.fixture
def desk() -> Desk:
    """One order of ours, BUY 100 AAPL, that works."""
    desk = Desk()
    desk.sent()
    desk.described()
    return desk


def told(desk: Desk) -> list[str]:
    return [event.text for event in desk.events if isinstance(event, Doubted)]


def terms(desk: Desk) -> tuple[str, int, int, str]:
    order = desk.order()
    return str(order.side), int(order.quantity), int(order.limit_price or 0), order.symbol


def anew(desk: Desk) -> None:
    """The gateway begins anew: a new connection, numbers from the start."""
    desk.orders.start("DU1", 5)
    desk.events.clear()


DIFFERENT: dict[str, dict[str, Any]] = {
    "reference": {"orderRef": "ibtui/you/zzzzzzzzzzzz"},
    "no reference": {"orderRef": ""},
    "contract": {"contract": MSFT},
    "side": {"action": "SELL"},
    "permanent id": {"permId": 901},
}


@pytest.mark.parametrize("changes", DIFFERENT.values(), ids=DIFFERENT)
@pytest.mark.parametrize("client", [5, 7, 0])
def test_after_a_gateway_began_anew_the_same_numbers_are_another_order(
    desk: Desk, changes: dict[str, Any], client: int
) -> None:
    anew(desk)
    desk.described(clientId=client, totalQuantity=50.0, lmtPrice=99.0, **changes)
    desk.reported("Filled", 50, perm=changes.get("permId", PERM), client=client)
    assert desk.stands() == (OrderStatus.WORKING, 0)
    assert terms(desk) == ("BUY", 100, 150, "AAPL")
    (other,) = desk.refs() - {REF}
    assert desk.stands(other) == (OrderStatus.FILLED, 50)
    assert len(told(desk)) == 1
    assert desk.doubts == 1


@pytest.mark.parametrize("changes", DIFFERENT.values(), ids=DIFFERENT)
def test_an_execution_of_another_order_under_the_same_numbers_is_another_fill(
    desk: Desk, changes: dict[str, Any]
) -> None:
    anew(desk)
    changes = {"side" if name == "action" else name: value for name, value in changes.items()}
    desk.executed("e.01", 50, 50, **changes)
    assert desk.stands() == (OrderStatus.WORKING, 0)
    (event,) = [event for event in desk.events if isinstance(event, Filled)]
    assert event.fill.ref != REF
    assert len(told(desk)) == 1


@pytest.mark.parametrize("changes", [DIFFERENT["contract"], DIFFERENT["reference"], DIFFERENT["permanent id"]])
def test_a_completed_order_under_the_same_numbers_is_another(desk: Desk, changes: dict[str, Any]) -> None:
    anew(desk)
    desk.completed("Filled", 50, **changes)
    assert desk.stands() == (OrderStatus.WORKING, 0)
    assert len(desk.refs()) == 2


def test_a_bare_status_counts_only_for_what_this_connection_listed(desk: Desk) -> None:
    anew(desk)
    desk.reported("Filled", 100)
    assert desk.stands() == (OrderStatus.WORKING, 0)
    assert desk.doubts == 1
    desk.described()
    desk.reported("Filled", 100)
    assert desk.stands() == (OrderStatus.FILLED, 100)


def test_a_bare_status_whose_ids_are_of_two_orders_counts_for_neither(desk: Desk) -> None:
    desk.sent(order_id=8, ref="bbbbbbbbbbbb")
    desk.reported("Filled", 100, perm=PERM, order_id=8)
    assert (desk.stands(), desk.stands("bbbbbbbbbbbb")) == ((OrderStatus.WORKING, 0), (OrderStatus.PENDING, 0))
    assert desk.doubts == 1


@pytest.mark.parametrize(("client", "order_id"), [(0, 0), (0, -1), (7, 7)])
@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_clone_carries_our_reference_and_is_anothers(acknowledged: bool, client: int, order_id: int) -> None:
    desk = Desk()
    desk.sent()
    if acknowledged:
        desk.described()
    desk.described(permId=901, clientId=client, orderId=order_id, totalQuantity=30.0)
    desk.executed("e.01", 30, 30, permId=901, clientId=client, orderId=order_id)
    assert (terms(desk)[1], desk.stands()[1]) == (100, 0)
    assert (desk.order("perm-901").owner, desk.stands("perm-901")) == (FOREIGN, (OrderStatus.FILLED, 30))
    desk.described()
    assert desk.stands() == (OrderStatus.WORKING, 0)


JOURNALED = Order(
    ref=REF,
    terms=Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(100), type="LMT"),
    perm_id=PERM,
    status=OrderStatus.WORKING,
)


@pytest.mark.parametrize("changes", [DIFFERENT["contract"], DIFFERENT["side"], DIFFERENT["permanent id"]])
def test_after_a_restart_the_journal_tells_a_copy_from_the_order(changes: dict[str, Any]) -> None:
    desk = Desk(recall={REF: JOURNALED}.get)
    desk.described(clientId=7, **changes)
    assert [desk.order(ref).owner for ref in desk.refs()] == [FOREIGN]
    desk.described(permId=PERM if "permId" in changes else 950)
    assert desk.refs() == ({REF, "perm-901"} if "permId" in changes else {f"perm-{PERM}", "perm-950"})


def test_an_order_that_ib_had_not_numbered_is_known_after_a_restart_by_its_own_client() -> None:
    desk = Desk(recall={REF: replace(JOURNALED, perm_id=None)}.get)
    desk.described(clientId=7, permId=901)
    assert desk.refs() == {"perm-901"}
    desk.described()
    assert (desk.order().owner, desk.order().perm_id) == ("you", PERM)


def test_numbers_given_out_twice_to_others_are_two_rows() -> None:
    desk = Desk()
    desk.described(clientId=7, orderRef="")
    anew(desk)
    desk.described(clientId=7, orderRef="", contract=MSFT)
    desk.reported("Filled", 100, client=7)
    assert {desk.order(ref).symbol: desk.order(ref).status for ref in desk.refs()} == {
        "AAPL": OrderStatus.WORKING,
        "MSFT": OrderStatus.FILLED,
    }


def test_a_permanent_id_that_was_misread_is_put_right_by_everything_else() -> None:
    desk = Desk()
    desk.sent()
    desk.described(permId=909)
    desk.described()
    assert (desk.refs(), desk.order().perm_id) == ({REF}, PERM)


def test_the_contradiction_is_told_once(desk: Desk) -> None:
    anew(desk)
    for _ in range(3):
        desk.described(contract=MSFT)
        desk.executed("e.01", 50, 50, contract=MSFT)
    assert len(told(desk)) == 1
    moved = {
        event.ref if isinstance(event, OrderMoved) else event.order.ref
        for event in desk.events
        if isinstance(event, OrderMoved | OrderSeen)
    }
    assert REF not in moved
