"""Price grids: numbers of prices, and back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.exchange.listed.catalogue import EUROPEAN_STEPS
from ibtui.exchange.listed.grid import GridBand, PriceGrid

EUROPEAN = tuple(GridBand(Decimal(edge), Decimal(step)) for edge, step in EUROPEAN_STEPS)
OPTIONS = (GridBand(Decimal(0), Decimal("0.01")), GridBand(Decimal(3), Decimal("0.05")))
GRIDS = [
    PriceGrid(Decimal("0.01")),
    PriceGrid(Decimal("0.25")),
    PriceGrid(Decimal("0.00005")),
    PriceGrid(Decimal("0.01"), OPTIONS),
    PriceGrid(Decimal("0.0001"), EUROPEAN),
]


@pytest.mark.parametrize("grid", GRIDS)
@given(ticks=st.integers(1, 2_000_000))
def test_a_price_is_turned_back_into_its_number(grid: PriceGrid, ticks: int) -> None:
    price = grid.price(ticks)
    assert grid.nearest(price) == ticks
    assert grid.ticks(Decimal(repr(price))) == ticks
    assert grid.fits(Decimal(repr(price)))
    assert grid.price(ticks + 1) == pytest.approx(price + grid.increment(ticks))


@pytest.mark.parametrize("grid", GRIDS)
@given(first=st.integers(1, 500_000), second=st.integers(1, 500_000), factor=st.floats(0.2, 5))
def test_scaling_keeps_the_order_of_prices(grid: PriceGrid, first: int, second: int, factor: float) -> None:
    low, high = sorted((first, second))
    assert 1 <= grid.times(low, factor) <= grid.times(high, factor)
    assert grid.price(grid.times(high, factor)) == pytest.approx(
        max(grid.price(high) * factor, grid.price(1)), abs=float(EUROPEAN_STEPS[-1][1])
    )


def test_what_lies_between_two_prices_does_not_fit() -> None:
    grid = PriceGrid(Decimal("0.01"), OPTIONS)
    assert grid.fits(Decimal("2.99"))
    assert grid.fits(Decimal("3.05"))
    assert not grid.fits(Decimal("3.01"))
    assert not grid.fits(Decimal("2.995"))


def test_no_price_is_below_the_first() -> None:
    assert PriceGrid(Decimal("0.01")).nearest(-5) == 1
    assert PriceGrid(Decimal("0.01"), floor=None).nearest(-5) == -500
