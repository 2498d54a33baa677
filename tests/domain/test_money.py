"""Prices stay exact and on their grid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.money import exact, known, on_tick, plain, to_tick

TICKS = st.sampled_from([Decimal(text) for text in ("0.01", "0.25", "0.005", "0.00005", "1", "0.05")])


@given(st.floats(min_value=0.0001, max_value=1e6), TICKS, st.sampled_from(["nearest", "down", "up"]))
def test_every_rounded_price_lies_on_the_grid_within_one_tick(price: float, tick: Decimal, towards: str) -> None:
    rounded = to_tick(price, tick, towards)
    assert on_tick(rounded, tick)
    assert abs(rounded - exact(price)) <= tick
    if towards == "down":
        assert rounded <= exact(price)
    if towards == "up":
        assert rounded >= exact(price)


@given(st.decimals(min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False, places=6))
def test_plain_writes_the_same_number_without_exponent(number: Decimal) -> None:
    assert Decimal(plain(number)) == number
    assert "E" not in plain(number)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "abc", "NaN", ""])
def test_what_is_no_finite_number_is_refused(value: float | str) -> None:
    with pytest.raises(ValueError, match="number"):
        exact(value)


@pytest.mark.parametrize("value", [None, float("nan"), 1.7976931348623157e308, float("inf")])
def test_unset_values_of_ib_are_unknown(value: float | None) -> None:
    assert known(value) is None


def test_a_known_value_stays() -> None:
    assert known(-12.5) == -12.5


def test_a_number_of_more_steps_than_can_be_counted_is_on_no_grid() -> None:
    assert not on_tick(Decimal("9" * 40), Decimal("0.01"))
