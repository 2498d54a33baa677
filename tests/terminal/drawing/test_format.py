"""Numbers as text: exact where it fits, never wider than their column."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.money import places
from ibtui.terminal.drawing import format as fmt

ANY = st.floats(allow_nan=True, allow_infinity=True) | st.none()
FIGURES = st.floats(-1e14, 1e14)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (187.42, 2, "187.42"),
        (6712.25, 2, "6,712.25"),
        (99_999.99, 2, "99,999.99"),
        (100_000.0, 2, "100000.00"),
        (712_345.67, 2, "712345.67"),
        (1_234_567.89, 2, "1234567.9"),
        (1.08523, 5, "1.08523"),
        (-37.63, 2, "−37.63"),
        (Decimal("0.00005"), 5, "0.00005"),
        (0.0, 2, "0.00"),
        (None, 2, "–"),
        (float("nan"), 2, "–"),
        (1.7976931348623157e308, 2, "–"),
    ],
)
def test_price(value: float | None, decimals: int, shown: str) -> None:
    assert fmt.price(value, decimals) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (17.0, "+17.00"),
        (-174.0, "−174.00"),
        (99_999.99, "+99,999.99"),
        (99_999.999, "+100,000"),
        (-123_456.78, "−123,457"),
        (12_345_678.0, "+12345678"),
        (-0.001, "0.00"),
        (None, "–"),
    ],
)
def test_pnl_loses_cents_from_100_000(value: float | None, shown: str) -> None:
    assert fmt.pnl(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (300, "300"),
        (1_200, "1,200"),
        (9_999, "9,999"),
        (10_000, "10.0k"),
        (12_345, "12.3k"),
        (99_999, "100k"),
        (900_000, "900k"),
        (999_950, "1.0M"),
        (1_200_000, "1.2M"),
        (88_400_000, "88.4M"),
        (0.5, "0.5"),
        (0, "0"),
    ],
)
def test_sizes_are_shortened_from_10_000(value: float, shown: str) -> None:
    assert fmt.size(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("100", "+100"), ("-12345", "−12345"), ("123456", "+123k"), ("0.5", "+0.5"), ("0", "0"), ("1500000", "+1.50M")],
)
def test_a_quantity_is_exact_as_long_as_it_fits(value: str, shown: str) -> None:
    assert fmt.quantity(Decimal(value), signed=True) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.00025289", "+0.00025289"),
        ("-0.00025289", "−0.00025289"),
        ("10.5", "+10.5"),
        ("1234.56789012", "+1234.56789012"),
        ("1e-8", "+0.00000001"),
        ("1234567.00025289", "+1.23M"),
    ],
)
def test_a_fraction_is_exact_in_a_column_that_grows(value: str, shown: str) -> None:
    assert fmt.quantity(Decimal(value), signed=True) == shown


def test_what_is_something_never_reads_as_nothing() -> None:
    assert (fmt.size(0.00025), fmt.size(0.25), fmt.quantity(Decimal("-0.000000012345"), signed=True)) == (
        "3e-4".replace("-", "−"),
        "0.25",
        "−1e−8",
    )


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(113.015625, 6, "113.015625"), (103.00390625, 8, "103.00390625"), (-37.015625, 6, "−37.015625")],
)
def test_a_price_of_a_fine_step_is_never_cut(value: float, decimals: int, shown: str) -> None:
    assert fmt.price(value, decimals) == shown


@given(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128, 256]), st.integers(-(10**6), 10**6))
def test_a_price_on_a_binary_step_is_shown_as_it_is(parts: int, ticks: int) -> None:
    price = Decimal(ticks) / parts
    digits = max(places(Decimal(1) / parts), 2)
    shown = fmt.price(price, digits, 14).replace("−", "-").replace(",", "")
    assert abs(price) >= 10_000 or Decimal(shown) == price


@given(st.decimals(min_value="-9999", max_value="9999", places=8))
def test_a_fraction_is_shown_as_it_is(quantity: Decimal) -> None:
    assert Decimal(fmt.quantity(quantity).replace("−", "-").replace(",", "")) == quantity


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0:00"),
        (12.9, "0:12"),
        (59, "0:59"),
        (139, "2:10"),
        (599, "9:50"),
        (600, "10m"),
        (3599, "59m"),
        (11_100, "3h05"),
        (90_000, "1d"),
    ],
)
def test_age(seconds: float, shown: str) -> None:
    assert fmt.age(seconds) == shown


def test_elapsed_keeps_its_seconds() -> None:
    assert [fmt.elapsed(42), fmt.elapsed(3723)] == ["0:42", "1:02:03"]


def test_an_option_is_shown_by_its_strike_and_right() -> None:
    shown = [fmt.symbol("AAPL261218C00192500", width) for width in (19, 18, 16, 10, 9, 8)]
    assert shown == [
        "AAPL261218C00192500",
        "AAPL DEC 192.5C",
        "AAPL DEC 192.5C",
        "AAPL192.5C",
        "AAPL…2.5C",
        "AAP…2.5C",
    ]
    assert fmt.symbol("SPY261218P00670000", 17) == "SPY 18DEC26 670P"
    assert fmt.symbol("EUR.USD", 8) == "EUR.USD"
    assert fmt.symbol("NASDAQ100X", 8) == "NAS…100X"


def test_the_middle_of_a_long_symbol_is_cut() -> None:
    assert fmt.middle("SPXW261218P5950P", 10) == "SPXW…5950P"
    assert fmt.middle("AAPL", 9) == "AAPL"


def test_times_are_those_of_the_zone() -> None:
    assert fmt.clock(datetime(2026, 11, 20, 20, 42, 7, tzinfo=UTC), ZoneInfo("America/New_York")) == "15:42:07"


@given(ANY, st.integers(0, 5))
def test_prices_keep_their_width(value: float | None, decimals: int) -> None:
    assert len(fmt.price(value, decimals)) <= 9
    assert len(fmt.change(value, decimals)) <= 7


@given(ANY)
def test_everything_else_keeps_its_width(value: float | None) -> None:
    assert len(fmt.pnl(value)) <= 10
    assert len(fmt.size(value)) <= 5
    assert len(fmt.size(value, 6)) <= 6
    assert len(fmt.percent(value)) <= 6
    assert len(fmt.quantity(value, signed=True)) <= (fmt.FRACTION if value and value % 1 else 6)
    assert len(fmt.compact(value)) <= 6
    assert len(fmt.amount(value)) <= 11


@given(st.floats(0, 1e7))
def test_an_age_keeps_its_width(seconds: float) -> None:
    assert len(fmt.age(seconds)) <= 5


@given(st.text(max_size=40), st.integers(3, 12))
def test_a_cut_symbol_keeps_its_ends(text: str, width: int) -> None:
    shown = fmt.middle(text, width)
    assert len(shown) <= width
    assert shown == text or (text.startswith(shown.partition("…")[0]) and text.endswith(shown.rpartition("…")[2]))


@given(FIGURES)
def test_a_minus_is_never_ascii_and_zero_has_no_sign(value: float) -> None:
    for shown in (fmt.price(value, 2), fmt.pnl(value), fmt.percent(value), fmt.gain(value), fmt.change(value, 2)):
        assert "-" not in shown
        if not shown.strip("+−0.,"):
            assert shown[0] == "0"


@given(st.floats(-9_999, 9_999))
def test_a_price_that_fits_reads_as_the_number_it_is(value: float) -> None:
    assert float(fmt.price(value, 2).replace("−", "-").replace(",", "")) == pytest.approx(value, abs=0.005001)
