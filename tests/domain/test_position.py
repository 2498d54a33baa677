"""What an order does to a position, and which side closes it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.order import Side
from ibtui.domain.position import closing_side, effect


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


@given(st.integers(-500, 500).filter(bool))
def test_the_closing_side_closes(held: int) -> None:
    assert effect(Decimal(held), closing_side(Decimal(held)), Decimal(abs(held))) == "closes"
