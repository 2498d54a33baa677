"""What stops cover of a position, and which exits have nothing to close."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.cover import cover, orphans, protection
from ibtui.domain.order import Order, OrderStatus, Role, Side
from ibtui.domain.terms import ComboLeg, Terms
from tests.flat_orders import altered


def stop(
    quantity: int, price: str, side: Side = Side.SELL, status: OrderStatus = OrderStatus.WORKING, group: str = ""
) -> Order:
    return Order(
        ref=f"{side}{price}{group}",
        role="stop",
        terms=Terms(
            symbol="AAPL", side=side, quantity=Decimal(quantity), type="STP", stop_price=Decimal(price), oca_group=group
        ),
        status=status,
    )


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


def test_a_bare_position_is_bare_first_whatever_else_is_left_over() -> None:
    assert cover(Decimal(100), [altered(stop(100, "190", Side.BUY), role="exit")]) == ("BARE", None)


def test_the_nearest_stop_of_a_short_is_the_lowest() -> None:
    stops = [stop(50, "190", Side.BUY), stop(50, "195", Side.BUY)]
    assert cover(Decimal(-100), stops) == ("full", 190.0)


def test_a_stop_of_a_flat_position_is_over() -> None:
    assert cover(Decimal(0), [stop(100, "180")])[0] == "OVER"


@pytest.mark.parametrize("role", ["target", "stop", "exit"])
@pytest.mark.parametrize("held", [0, 100])
def test_an_exit_that_closes_nothing_is_an_orphan(role: Role, held: int) -> None:
    bought = altered(stop(100, "190", Side.BUY), role=role, type="LMT")
    assert orphans(Decimal(held), [bought]) == (bought,)
    assert cover(Decimal(held), [bought, stop(held, "180")] if held else [bought])[0] == "OVER"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": OrderStatus.WAITING},
        {"status": OrderStatus.CANCELLED},
        {"owner": "other"},
        {"role": "entry"},
        {"combo": (ComboLeg(symbol="AAPL", side=Side.BUY),)},
    ],
)
def test_what_waits_is_done_or_is_no_exit_is_no_orphan(changes: dict[str, object]) -> None:
    assert orphans(Decimal(0), [altered(stop(100, "180"), **changes)]) == ()


def test_the_exits_of_a_position_are_no_orphans() -> None:
    exits = [stop(100, "180", group="g"), altered(stop(100, "200", group="g"), role="target", type="LMT")]
    assert orphans(Decimal(100), exits) == ()
    assert cover(Decimal(100), exits) == ("full", 180.0)


def _numbered(stops: list[Order]) -> list[Order]:
    """Each its own order, as no two have one ref."""
    return [altered(order, ref=f"{number}") for number, order in enumerate(stops)]


_stops = st.lists(
    st.builds(
        stop,
        st.integers(1, 300),
        st.sampled_from(["175", "180"]),
        st.sampled_from(Side),
        st.sampled_from([OrderStatus.WORKING, OrderStatus.WAITING]),
        st.sampled_from(["", "g", "h"]),
    ),
    max_size=5,
).map(_numbered)


@given(st.integers(-300, 300), _stops)
def test_the_word_says_how_protection_and_position_compare(held: int, stops: list[Order]) -> None:
    quantity = Decimal(held)
    covered, word = protection(quantity, stops), cover(quantity, stops)[0]
    if quantity and not covered:
        assert word == "BARE"
    elif orphans(quantity, stops) or covered > abs(quantity):
        assert word == "OVER"
    else:
        assert word == ("full" if covered == abs(quantity) else "part")
