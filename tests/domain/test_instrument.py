"""What prices and quantities an instrument has."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.instrument import Band, Instrument
from ibtui.domain.money import places
from ibtui.domain.words import price_words, quantity_words


def instrument(tick: str, *bands: tuple[str, str], kind: str = "FUT") -> Instrument:
    return Instrument(
        symbol="X",
        con_id=1,
        sec_type=kind,  # type: ignore[arg-type]
        root="X",
        exchange="X",
        currency="USD",
        tick=Decimal(tick),
        bands=tuple(Band(Decimal(low), Decimal(step)) for low, step in bands),
    )


@pytest.mark.parametrize(
    ("tick", "price", "shown"),
    [
        ("0.015625", 113.015625, "113.015625"),
        ("0.03125", 120.03125, "120.03125"),
        ("0.00390625", 103.00390625, "103.00390625"),
        ("0.25", 5012.25, "5012.25"),
        ("0.01", -37.63, "-37.63"),
        ("0.01", 0.0, "0.00"),
        ("1", 2500, "2500.00"),
    ],
)
def test_a_price_has_the_digits_of_its_tick(tick: str, price: float, shown: str) -> None:
    assert price_words(price, instrument(tick)) == shown


def test_digits_go_by_the_step_at_the_level_of_the_price() -> None:
    stock = instrument("0.0001", ("0", "0.0001"), ("1", "0.01"), kind="STK")
    assert [price_words(price, stock) for price in (0.4215, 0.9999, 1.0, 187.42)] == [
        "0.4215",
        "0.9999",
        "1.00",
        "187.42",
    ]
    assert [stock.digits(price) for price in (None, -0.5, -2)] == [4, 4, 2]


def test_an_order_price_is_never_rounded_in_words() -> None:
    assert price_words(Decimal("187.425"), instrument("0.01", kind="STK")) == "187.425"
    assert price_words(Decimal("187.4"), instrument("0.01", kind="STK")) == "187.40"


@given(st.decimals(min_value="-1e9", max_value="1e9", places=8))
def test_a_quantity_in_words_is_the_quantity(quantity: Decimal) -> None:
    assert Decimal(quantity_words(quantity).replace(",", "")) == quantity


@given(st.sampled_from(["0.015625", "0.03125", "0.00390625", "0.01", "0.0001", "0.25"]), st.integers(-(10**7), 10**7))
def test_a_price_on_the_grid_in_words_is_the_price(tick: str, ticks: int) -> None:
    price = Decimal(tick) * ticks
    assert Decimal(price_words(price, instrument(tick))) == price
    assert Decimal(price_words(float(price), instrument(tick))) == price
    assert places(price) <= places(Decimal(tick))


PENNIES = (("0", "0.0001"), ("1", "0.01"))


def test_steps_go_over_the_edge_of_a_band_and_back() -> None:
    stock = instrument("0.0001", *PENNIES, kind="STK")
    steps = [Decimal("0.9999"), Decimal("1"), Decimal("1.01")]
    assert [stock.moved(steps[0], ticks) for ticks in range(3)] == steps
    assert [stock.moved(steps[2], -ticks) for ticks in range(3)] == steps[::-1]


def test_steps_go_through_zero() -> None:
    future = instrument("0.01")
    assert [future.moved(Decimal("0.01"), -ticks) for ticks in range(4)] == [
        Decimal(text) for text in ("0.01", "0", "-0.01", "-0.02")
    ]


@given(st.integers(-30_000, 30_000), st.integers(-40, 40), st.sampled_from([(), PENNIES]))
def test_so_many_steps_back_lead_where_they_began(at: int, ticks: int, bands: tuple[tuple[str, str], ...]) -> None:
    item = instrument("0.0001", *bands)
    begin = item.moved(Decimal(at) / 10_000, 1)
    assert item.moved(item.moved(begin, ticks), -ticks) == begin
