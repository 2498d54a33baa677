"""Parents, children and one-cancels-all groups, on a book held at 100.00 x 100.01 with 100 on either side."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibtui.exchange.told.reports import OrderReport
from tests.exchange.floor import AAPL, Floor


def told(floor: Floor, perm_id: int) -> list[tuple[str, str]]:
    reports = floor.heard(OrderReport)
    return [(report.state, report.why_held) for report in reports if report.perm_id == perm_id]


def quantities(floor: Floor, *perm_ids: int) -> list[int]:
    return [int(floor.order(perm_id).ticket.quantity) for perm_id in perm_ids]


def test_a_held_order_is_silent_until_a_relative_is_sent(floor: Floor) -> None:
    parent = floor.place("BUY", 100, limit="99", transmit=False)
    target = floor.place("SELL", 100, limit="110", parent=parent, transmit=False)
    assert floor.reports == []
    assert floor.states(parent, target) == ["PendingSubmit", "PendingSubmit"]
    stop = floor.place("SELL", 100, stop="90", parent=parent)
    assert told(floor, parent) == [("PreSubmitted", ""), ("Submitted", "")]
    assert told(floor, target) == [("PreSubmitted", "child")]
    assert told(floor, stop) == [("PreSubmitted", "child,trigger")]


def test_a_held_order_is_sent_by_changing_it(floor: Floor) -> None:
    order = floor.place("BUY", 100, limit="99", transmit=False)
    floor.exchange.modify(order, floor.changed(order, limit_price=Decimal("98")))
    assert floor.reports == []
    floor.exchange.modify(order, floor.changed(order, transmit=True))
    assert told(floor, order) == [("PreSubmitted", ""), ("Submitted", "")]


def test_children_come_alive_with_their_parents_fill(floor: Floor) -> None:
    parent, target, stop = floor.bracket()
    floor.hold(98.99, 99.00)
    assert floor.states(parent, target, stop) == ["Filled", "Submitted", "PreSubmitted"]
    assert told(floor, stop)[-1] == ("PreSubmitted", "trigger")


def test_children_of_an_unfilled_parent_do_not_trade(floor: Floor) -> None:
    _, target, stop = floor.bracket()
    floor.hold(111.00, 111.01)
    floor.exchange.set_price(AAPL, 111.0)
    floor.hold(100.00, 100.01)
    assert floor.states(target, stop) == ["PreSubmitted", "PreSubmitted"]
    assert floor.held() == 0


def test_the_target_ends_the_stop(floor: Floor) -> None:
    _, target, stop = floor.bracket(limit="100.01")
    floor.hold(110.00, 110.01)
    assert floor.states(target, stop) == ["Filled", "Cancelled"]
    assert floor.order(stop).code == 202
    assert floor.held() == 0


def test_the_stop_ends_the_target(floor: Floor) -> None:
    _, target, stop = floor.bracket(limit="100.01")
    floor.exchange.set_price(AAPL, 90.0)
    assert floor.states(target, stop) == ["Cancelled", "Filled"]
    floor.hold(120.00, 120.01)
    assert floor.held() == 0


def test_a_part_of_the_target_reduces_the_stop_by_as_much(floor: Floor) -> None:
    _, target, stop = floor.bracket(limit="100.01")
    floor.hold(110.00, 110.01, 30)
    assert (floor.fills(target), quantities(floor, target, stop)) == ([(30, 110.00)], [100, 70])
    floor.exchange.set_price(AAPL, 90.0)
    assert (floor.states(target, stop), floor.held()) == (["Cancelled", "Filled"], 0)
    assert sum(size for size, _ in floor.fills(stop)) == 70


def test_a_parent_that_fills_in_parts_releases_as_much_of_its_children(floor: Floor) -> None:
    parent, target, stop = floor.bracket(300, limit="100.01")
    assert (floor.held(), floor.order(parent).state) == (100, "Submitted")
    assert told(floor, stop)[-1] == ("PreSubmitted", "trigger")
    floor.hold(89.50, 100.02, 1000)
    floor.exchange.set_price(AAPL, 89.50)
    assert floor.held() >= 0
    assert sum(size for size, _ in floor.fills(stop)) == sum(size for size, _ in floor.fills(parent)) - floor.held()
    assert floor.fills(target) == []


def test_cancelling_a_partly_filled_parent_leaves_children_for_what_is_held(floor: Floor) -> None:
    parent, target, stop = floor.bracket(300, limit="100.01")
    floor.exchange.cancel(parent)
    assert floor.states(parent, target, stop) == ["Cancelled", "Submitted", "PreSubmitted"]
    assert quantities(floor, target, stop) == [100, 100]
    floor.exchange.set_price(AAPL, 90.0)
    assert (floor.held(), floor.states(target, stop)) == (0, ["Cancelled", "Filled"])


def test_what_a_target_sold_of_a_part_is_no_longer_the_stops_to_sell(floor: Floor) -> None:
    parent, target, stop = floor.bracket(300, limit="100.01")
    floor.hold(110.00, 110.01, 60)
    assert (floor.fills(target), floor.held()) == ([(60, 110.00)], 40)
    floor.exchange.cancel(parent)
    assert quantities(floor, target, stop) == [100, 40]
    floor.exchange.set_price(AAPL, 90.0)
    assert (floor.held(), floor.states(target, stop)) == (0, ["Cancelled", "Filled"])


def test_cancelling_an_unfilled_parent_cancels_its_children(floor: Floor) -> None:
    parent, target, stop = floor.bracket()
    floor.exchange.cancel(parent)
    assert floor.states(parent, target, stop) == ["Cancelled"] * 3


def test_a_cancelled_child_leaves_its_sibling_and_its_parent(floor: Floor) -> None:
    parent, target, stop = floor.bracket()
    floor.exchange.cancel(target)
    assert floor.states(parent, target, stop) == ["Submitted", "Cancelled", "PreSubmitted"]


def test_a_rejected_parent_takes_its_children_along(floor: Floor) -> None:
    parent = floor.place("BUY", 100_000_000, limit="99", transmit=False)
    target = floor.place("SELL", 100_000_000, limit="110", parent=parent)
    assert floor.states(parent, target) == ["Inactive", "Cancelled"]
    late = floor.place("SELL", 100, stop="90", parent=parent)
    assert floor.states(late) == ["Inactive"]


def test_a_child_of_a_filled_parent_works_at_once(floor: Floor) -> None:
    parent = floor.place("BUY", 100)
    stop = floor.place("SELL", 100, stop="90", parent=parent)
    assert told(floor, stop)[-1] == ("PreSubmitted", "trigger")
    floor.exchange.set_price(AAPL, 90.0)
    assert floor.held() == 0


@pytest.mark.parametrize("kind", [2, 3])
def test_groups_that_reduce_never_overfill(floor: Floor, kind: int) -> None:
    terms: dict[str, Any] = {"oca_group": "exits", "oca_type": kind}
    first, second = floor.place("BUY", 100, limit="99", **terms), floor.place("BUY", 200, limit="98", **terms)
    floor.hold(98.50, 99.00, 50)
    assert (floor.fills(first), quantities(floor, second)) == ([(50, 99.0)], [100])
    floor.hold(98.50, 99.00, 50)
    assert floor.states(first, second) == ["Filled", "Cancelled"]


def test_a_group_that_cancels_does_so_at_the_first_part(floor: Floor) -> None:
    terms: dict[str, Any] = {"oca_group": "entries", "oca_type": 1}
    first, second = floor.place("BUY", 100, limit="99", **terms), floor.place("BUY", 100, limit="98", **terms)
    other = floor.place("BUY", 100, limit="98", oca_group="others")
    floor.hold(98.50, 99.00, 50)
    assert floor.states(first, second, other) == ["Submitted", "Cancelled", "Submitted"]


def test_groups_are_of_one_account(floor: Floor) -> None:
    mine = floor.place("BUY", 100, limit="99", oca_group="g")
    theirs = floor.place("BUY", 100, limit="90", oca_group="g", account="DU2")
    floor.hold(98.50, 99.00)
    assert floor.states(mine, theirs) == ["Filled", "Submitted"]
