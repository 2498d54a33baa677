"""Numbers are read digit for digit, or refused with what to write instead."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.text.number import LONGEST, NotANumberError, may_continue, price_may_continue, read_number, read_price

READ = [
    ("0", "0"),
    ("100", "100"),
    ("007", "7"),
    ("187.25", "187.25"),
    (".5", "0.5"),
    ("5.", "5"),
    ("1.10", "1.10"),
    ("1,000", "1000"),
    ("1,250,000", "1250000"),
    ("19,050.25", "19050.25"),
    ("0.00000123", "0.00000123"),
]


@pytest.mark.parametrize(("text", "number"), READ)
def test_a_number_is_read_with_every_digit(text: str, number: str) -> None:
    assert read_number(text).as_tuple() == Decimal(text.replace(",", "")).as_tuple()
    assert read_number(text) == Decimal(number)


REFUSED = [
    ("", ""),
    (".", ""),
    (",", ""),
    (" 5", ""),
    ("1,5", "1.5"),
    ("190,50", "190.50"),
    ("0,500", "0.500"),
    ("1000,000", "1000.000"),
    ("1,00,000", ""),
    (",500", ".500"),
    ("1,000,00", ""),
    ("1.234,56", "1234.56"),
    ("1.234.567", ""),
    ("1,234.567,8", ""),
    ("187.2.5", ""),
    ("1e9", "1000000000"),
    ("1.5E3", "1500"),
    ("1e-5", "0.00001"),
    ("1e99", ""),
    ("1e999999999", ""),
    ("e5", ""),
    ("1_000", "1000"),
    ("１００", "100"),
    ("١٠٠", "100"),
    ("1²", ""),
    ("nan", ""),
    ("inf", ""),
    ("Infinity", ""),
    ("0x10", ""),
    ("-5", ""),
    ("+5", ""),
    ("$5", ""),
    ("5%", ""),
    ("5k", ""),
    ("9" * (LONGEST + 1), ""),
]


@pytest.mark.parametrize(("text", "instead"), REFUSED)
def test_what_is_no_number_is_refused_with_what_to_write(text: str, instead: str) -> None:
    with pytest.raises(NotANumberError) as caught:
        read_number(text)
    assert caught.value.instead == instead
    assert str(caught.value).endswith(f"; write {instead}" if instead else "'")
    assert str(caught.value).startswith("must be a positive number, not '")


def test_a_sign_and_a_point_pass_only_where_they_are_meant() -> None:
    assert read_number("-1.5", signed=True) == Decimal("-1.5")
    assert read_number("+1,500", signed=True) == 1500
    assert read_number("1,500", whole=True) == 1500
    for text, signed, whole, noun in (
        ("1.5", False, True, "a positive whole number"),
        ("1,5", True, True, "a whole number"),
        ("--1", True, False, "a number"),
        ("1-", True, False, "a number"),
    ):
        with pytest.raises(NotANumberError, match=f"must be {noun}, not '"):
            read_number(text, signed=signed, whole=whole)


@pytest.mark.parametrize(("text", "instead"), [("1,000", "1000"), ("1,5", "1.5"), ("5,10,20", "")])
def test_a_comma_is_none_of_a_number_where_it_parts_values(text: str, instead: str) -> None:
    with pytest.raises(NotANumberError) as caught:
        read_number(text, grouped=False)
    assert caught.value.instead == instead


@given(st.decimals(0, 10**12, places=6))
def test_what_the_screen_shows_is_read_back(number: Decimal) -> None:
    assert read_number(f"{number:f}") == number
    assert read_number(f"{number:,f}") == number


@given(st.text(alphabet="0123456789,.eE_-+１ nai", max_size=12))
def test_what_is_read_says_the_same_to_everybody(text: str) -> None:
    try:
        number = read_number(text)
    except NotANumberError as error:
        if error.instead:
            read_number(error.instead)
    else:
        whole, _, part = text.partition(".")
        assert f"{number:f}".partition(".")[0] == (whole.replace(",", "").lstrip("0") or "0")
        assert "," not in whole or whole == f"{int(number):,}"
        assert "," not in part


@given(st.text(alphabet="0123456789.", max_size=LONGEST))
def test_every_number_can_be_typed_key_by_key(text: str) -> None:
    try:
        read_number(text)
    except NotANumberError:
        return
    assert all(may_continue(text[:length]) for length in range(len(text) + 1))


@pytest.mark.parametrize("text", ["1,", "190,5", "1e", "1.2.", "-", "+1", "x", " ", "１", "9" * (LONGEST + 1)])
def test_a_key_that_cannot_be_part_of_a_number_is_known_at_once(text: str) -> None:
    assert not may_continue(text)


def test_typing_a_sign_or_a_point_where_they_are_meant() -> None:
    assert may_continue("-", signed=True)
    assert may_continue("-0.5", signed=True)
    assert not may_continue("--", signed=True)
    assert may_continue("10", whole=True)
    assert not may_continue("10.", whole=True)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("113'00", "113"),
        ("113'005", "113.015625"),
        ("113'16", "113.5"),
        ("113'162", "113.5078125"),
        ("113'165", "113.515625"),
        ("113'167", "113.5234375"),
        ("103'161", "103.50390625"),
        ("103'16125", "103.50390625"),
        ("103'31875", "103.99609375"),
        ("-0'05", "-0.15625"),
        ("-37.63", "-37.63"),
        ("0", "0"),
    ],
)
def test_a_price_is_read_in_32nds_too(text: str, price: str) -> None:
    assert read_price(text) == Decimal(price)


@pytest.mark.parametrize("text", ["113'32", "113'164", "113'169", "113'1", "113'1612", "113''16", "'16", "113'16'5"])
def test_what_is_no_price_in_32nds_is_refused(text: str) -> None:
    with pytest.raises(NotANumberError):
        read_price(text)


@given(st.integers(0, 9_999 * 256))
def test_32nds_written_out_read_as_the_price(parts: int) -> None:
    whole, rest = divmod(parts, 256)
    thirty_seconds, eighths = divmod(rest, 8)
    written = f"{whole}'{thirty_seconds:02}{1000 * eighths // 8:03}"
    assert read_price(written) == Decimal(parts) / 256
    assert all(price_may_continue(written[:length]) for length in range(len(written) + 1))
