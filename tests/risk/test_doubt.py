"""Beside an UNKNOWN order: which ones stand in the way, and who may send a second one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.risk.doubt import doubtful
from ibtui.risk.reducing import reduces
from tests.risk.stage import code, facts, market, order

UNKNOWN = OrderStatus.UNKNOWN


def unknown(**changes: Any) -> Order:
    return order(status=UNKNOWN, **changes)


@pytest.mark.parametrize(
    ("wish", "world", "expected"),
    [
        (market(), (unknown(quantity=Decimal(7)),), "unknown_order"),
        (market(despite_unknown=True), (unknown(),), None),
        (market(owner="dip"), (unknown(),), "unknown_order"),
        (market(owner="dip", despite_unknown=True), (unknown(),), "unknown_order"),
        (market(Side.SELL), (unknown(),), None),
        (market(), (unknown(owner="other"),), None),
        (market(), (order(status=OrderStatus.WORKING, limit_price=Decimal(180)),), None),
        (market(), (order(status=OrderStatus.PENDING, limit_price=Decimal(180)),), None),
    ],
)
def test_a_second_order_on_the_same_side(wish: Any, world: tuple[Order, ...], expected: str | None) -> None:
    assert code(wish, facts(orders=world)) == expected


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (market(Side.SELL, reduce_only=True), "unknown_order"),
        (market(Side.SELL, reduce_only=True, despite_unknown=True), None),
    ],
)
@pytest.mark.parametrize("halted", [False, True])
def test_a_close_beside_an_unknown_one(wish: Any, expected: str | None, halted: bool) -> None:
    leaving = unknown(side=Side.SELL, role="exit", type="MKT", limit_price=None)
    assert code(wish, facts(held=Decimal(100), orders=(leaving,), halted=halted)) == expected


@pytest.mark.parametrize(("role", "expected"), [("exit", "unknown_order"), ("target", None), ("stop", None)])
def test_a_close_in_the_group_of_an_unknown_one(role: Any, expected: str | None) -> None:
    """A target and its stop are one group at IB; whether a close that nobody has seen ever joined it is not known."""
    leaving = unknown(side=Side.SELL, role=role, type="MKT", limit_price=None, oca_group="g")
    wish = market(Side.SELL, reduce_only=True, oca_group="g")
    assert code(wish, facts(held=Decimal(100), orders=(leaving,))) == expected


def test_the_children_of_an_unknown_bracket_stand_in_no_ones_way() -> None:
    """They only take back what their parent would bring; once it has filled they could sell beside a close."""
    parent = unknown()
    stop = unknown(ref="bbbbbbbbbbbb-s", side=Side.SELL, type="STP", role="stop", parent=parent.ref)
    assert doubtful(Side.SELL, (parent, stop)) == ()
    assert doubtful(Side.SELL, (unknown(filled=Decimal(40)), stop)) == (stop,)
    assert doubtful(Side.SELL, (stop,)) == (stop,)


ORDERS = st.lists(
    st.builds(
        lambda number, side, status, owner, role, quantity: order(
            ref=f"{number:012d}", side=side, status=status, owner=owner, role=role, quantity=Decimal(quantity)
        ),
        st.integers(0, 5),
        st.sampled_from(Side),
        st.sampled_from([UNKNOWN, OrderStatus.WORKING]),
        st.sampled_from(["you", "dip", "other"]),
        st.sampled_from(["entry", "exit"]),
        st.integers(1, 200),
    ),
    max_size=4,
    unique_by=lambda made: made.ref,
)


@given(
    ORDERS,
    st.sampled_from(Side),
    st.integers(-300, 300),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["you", "dip"]),
)
def test_whoever_was_not_told_sends_no_second_one(
    orders: list[Order], side: Side, held: int, only: bool, despite: bool, owner: str
) -> None:
    wish = market(side, owner=owner, reduce_only=only, despite_unknown=despite)
    world = facts(orders=tuple(orders), held=Decimal(held))
    beside = [o for o in orders if o.status is UNKNOWN and o.side is side and o.owner != "other"]
    answer = code(wish, world)
    assert (answer == "unknown_order") == bool(beside and not (despite and owner == "you"))
    if answer is None and only:
        out = sum(o.quantity for o in orders if o.side is side and o.status is not UNKNOWN)
        assert -side.sign * held >= 100 + out
        assert reduces(wish, world)
