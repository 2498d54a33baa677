"""What an order does to a position, and what covers it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.position import cover, effect


def stop(
    quantity: int, price: str, side: Side = Side.SELL, status: OrderStatus = OrderStatus.WORKING, group: str = ""
) -> Order:
    return Order(
        ref=f"{side}{price}{group}",
        symbol="AAPL",
        side=side,
        quantity=Decimal(quantity),
        type="STP",
        stop_price=Decimal(price),
        status=status,
        role="stop",
        oca_group=group,
    )


@pytest.mark.parametrize(
    ("held", "side", "quantity", "what"),
    [
        (0, Side.BUY, 100, "opens"),
        (100, Side.BUY, 50, "adds"),
        (-100, Side.SELL, 50, "adds"),
        (100, Side.SELL, 40, "reduces"),
        (-100, Side.BUY, 100, "closes"),
        (100, Side.SELL, 101, "flips"),
    ],
)
def test_effect(held: int, side: Side, quantity: int, what: str) -> None:
    assert effect(Decimal(held), side, Decimal(quantity)) == what


@given(st.integers(-500, 500), st.sampled_from(Side), st.integers(1, 500))
def test_effect_says_what_happens_to_the_risk(held: int, side: Side, quantity: int) -> None:
    after = held + side.sign * quantity
    what = effect(Decimal(held), side, Decimal(quantity))
    assert (what in ("reduces", "closes")) == (abs(after) < abs(held) and after * held >= 0)


def test_one_full_stop_covers() -> None:
    assert cover(Decimal(100), [stop(100, "180")]) == ("full", 180.0)


def test_no_stop_is_bare() -> None:
    assert cover(Decimal(100), []) == ("BARE", None)


def test_a_stop_waiting_for_its_parent_protects_nothing() -> None:
    assert cover(Decimal(100), [stop(100, "180", status=OrderStatus.WAITING)]) == ("BARE", None)


def test_a_stop_on_the_wrong_side_protects_nothing() -> None:
    assert cover(Decimal(-100), [stop(100, "180")]) == ("BARE", None)


def test_half_a_stop_is_part_and_too_much_is_over() -> None:
    assert cover(Decimal(100), [stop(40, "180")]) == ("part", 180.0)
    assert cover(Decimal(100), [stop(100, "180"), stop(50, "181")]) == ("OVER", 181.0)


def test_two_stops_of_one_group_count_once() -> None:
    assert cover(Decimal(100), [stop(100, "180", group="g"), stop(100, "175", group="g")]) == ("full", 180.0)


def test_the_nearest_stop_of_a_short_is_the_lowest() -> None:
    stops = [stop(50, "190", Side.BUY), stop(50, "195", Side.BUY)]
    assert cover(Decimal(-100), stops) == ("full", 190.0)
