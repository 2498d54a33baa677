"""Orders keep their identity over the wire, and a bracket is three linked orders."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.order import (
    LONGEST_OWNER,
    OrderIntent,
    OrderStatus,
    Side,
    is_owner,
    legs,
    new_ref,
    order_ref,
    parse_order_ref,
)
from ibtui.domain.terms import OrderType, TimeInForce
from tests.flat_orders import flat_order


def intent(**fields: object) -> OrderIntent:
    given_fields: dict[str, object] = {
        "ref": new_ref(),
        "owner": "you",
        "symbol": "MSFT",
        "side": Side.BUY,
        "quantity": Decimal(200),
        "type": OrderType.LMT,
        "limit_price": Decimal("402.10"),
    }
    return flat_order(OrderIntent, given_fields | fields)


@given(st.from_regex(r"[A-Za-z0-9_.-]{1,32}", fullmatch=True))
def test_owner_and_ref_survive_the_wire(owner: str) -> None:
    wish = intent(owner=owner, target=Decimal(410), protect=Decimal(398))
    for leg in legs(wish):
        assert parse_order_ref(order_ref(leg.owner, leg.ref)) == (owner, leg.ref, leg.role)


@pytest.mark.parametrize("text", ["", "manual", "ibtui/you/short", "ibtui//aaaaaaaaaaaa", "xibtui/you/aaaaaaaaaaaa"])
def test_foreign_order_refs_are_not_ours(text: str) -> None:
    assert parse_order_ref(text) is None


def test_a_bracket_is_three_linked_orders() -> None:
    wish = intent(target=Decimal(410), protect=Decimal(398))
    parent, target, stop = legs(wish)
    assert (parent.role, target.role, stop.role) == ("entry", "target", "stop")
    assert target.parent == stop.parent == parent.ref
    assert target.oca_group == stop.oca_group != ""
    assert (target.side, target.limit_price, target.type) == (Side.SELL, Decimal(410), OrderType.LMT)
    assert (stop.side, stop.stop_price, stop.type) == (Side.SELL, Decimal(398), OrderType.STP)
    assert target.tif is stop.tif is TimeInForce.GTC


def test_an_order_that_only_reduces_says_so_in_its_ref() -> None:
    (leg,) = legs(intent(reduce_only=True))
    assert leg.role == "exit"
    assert leg.ref.endswith("-x")


def test_refs_are_fresh_and_typeable() -> None:
    refs = {new_ref() for _ in range(1000)}
    assert len(refs) == 1000
    assert all(len(ref) == 12 and ref.isalnum() and ref.islower() for ref in refs if not ref.isdigit())


def test_only_four_states_are_final() -> None:
    assert {status for status in OrderStatus if status.done} == {
        OrderStatus.FILLED,
        OrderStatus.CANCELLED,
        OrderStatus.REJECTED,
        OrderStatus.ENDED,
    }


def test_a_lone_stop_has_a_group_that_a_close_can_join() -> None:
    stop = intent(type=OrderType.STP, limit_price=None, stop_price=Decimal(398), reduce_only=True)
    assert legs(stop)[0].oca_group == f"ibtui-{stop.ref}"
    assert legs(intent(oca_group="ibtui-aaaaaaaaaaaa", reduce_only=True))[0].oca_group == "ibtui-aaaaaaaaaaaa"


def test_the_entry_of_a_bracket_is_in_no_group() -> None:
    wish = intent(type=OrderType.STP, limit_price=None, stop_price=Decimal(398), protect=Decimal(390))
    assert [leg.oca_group for leg in legs(wish)] == ["", f"ibtui-{wish.ref}"]


@pytest.mark.parametrize(
    ("predicate", "statuses"),
    [
        ("done", "filled cancelled rejected ended"),
        ("proved", "filled cancelled rejected"),
        ("cut_short", "cancelled rejected ended"),
        ("at_work", "working partly_filled"),
        ("unsure", "pending unknown"),
        ("untraded", "pending working waiting"),
        ("traded", "partly_filled filled"),
    ],
)
def test_what_a_status_means_is_said_once_for_every_status(predicate: str, statuses: str) -> None:
    assert [status for status in OrderStatus if getattr(status, predicate)] == [
        status for status in OrderStatus if status in statuses.split()
    ]


@given(
    st.from_regex(r"[a-z][a-z0-9_]{0,31}(\.[A-Za-z0-9_-]{1,24})?", fullmatch=True),
    st.sampled_from(["", "-t", "-s", "-x"]),
)
def test_an_order_is_known_again_by_every_owner_it_can_have(name: str, role: str) -> None:
    ref = new_ref() + role
    parsed = parse_order_ref(order_ref(name, ref))
    assert (parsed is not None) == is_owner(name) == (len(name) <= LONGEST_OWNER)
    assert parsed is None or parsed[:2] == (name, ref)
