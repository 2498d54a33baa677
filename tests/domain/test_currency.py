"""Money of one currency in another: what follows from the rates that are known, and what does not."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.currency import CURRENCIES, NO_RATES, ExchangeRates, pair_name, unknown_rate

CODES = st.sampled_from(CURRENCIES)
PRICES = st.floats(1e-6, 1e6)
AMOUNTS = st.floats(-1e12, 1e12)
LEARNED = st.lists(st.tuples(CODES, CODES, PRICES), max_size=12)


def learned(told: list[tuple[str, str, float]]) -> ExchangeRates:
    rates = NO_RATES
    for of, currency, price in told:
        rates = rates.learn(of, currency, price)
    return rates


def test_a_pair_tells_both_directions() -> None:
    rates = NO_RATES.learn("USD", "JPY", 150.0)
    assert rates.rate("USD", "JPY") == 150.0
    assert rates.convert(-45_371.1, "JPY", "USD") == pytest.approx(-302.474)


def test_what_is_not_known_is_none_and_never_one() -> None:
    assert NO_RATES.rate("JPY", "USD") is None
    assert NO_RATES.convert(1.0, "JPY", "USD") is None
    assert NO_RATES.convert(0.0, "JPY", "USD") == 0.0


def test_two_foreign_currencies_meet_in_a_third() -> None:
    rates = NO_RATES.learn("EUR", "USD", 1.08).learn("USD", "JPY", 150.0)
    assert rates.rate("EUR", "JPY") == pytest.approx(162.0)
    assert rates.rate("JPY", "EUR") == pytest.approx(1 / 162.0)


def test_their_own_pair_comes_before_a_third() -> None:
    rates = NO_RATES.learn("EUR", "USD", 1.0).learn("USD", "JPY", 150.0).learn("EUR", "JPY", 160.0)
    assert rates.rate("EUR", "JPY") == 160.0


@pytest.mark.parametrize("price", [None, 0.0, -1.0, math.nan, math.inf])
def test_what_is_no_price_changes_nothing(price: float | None) -> None:
    rates = NO_RATES.learn("EUR", "USD", 1.08)
    assert rates.learn("EUR", "USD", price) == rates


def test_the_latest_price_stands_whichever_way_it_is_told() -> None:
    rates = NO_RATES.learn("JPY", "USD", 0.006).learn("USD", "JPY", 150.0)
    assert rates.pairs == {"USD.JPY": 150.0}


@given(LEARNED, CODES, CODES)
def test_there_and_back_is_the_same_amount(told: list[tuple[str, str, float]], one: str, other: str) -> None:
    rates = learned(told)
    there, back = rates.rate(one, other), rates.rate(other, one)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there * back == pytest.approx(1.0)


@given(LEARNED, CODES, CODES, AMOUNTS, AMOUNTS)
def test_a_sum_is_worth_what_its_parts_are(
    told: list[tuple[str, str, float]], one: str, other: str, first: float, second: float
) -> None:
    rates = learned(told)
    parts = rates.convert(first, one, other), rates.convert(second, one, other)
    whole = rates.convert(first + second, one, other)
    if None not in parts and whole is not None:
        assert whole == pytest.approx(sum(part for part in parts if part is not None), rel=1e-9, abs=1e-3)


@given(CODES, CODES, CODES, PRICES, PRICES)
def test_a_cross_is_the_product_of_its_pairs(one: str, base: str, other: str, first: float, second: float) -> None:
    rates = NO_RATES.learn(one, base, first).learn(base, other, second)
    if len({one, base, other}) == 3:
        assert rates.rate(one, other) == pytest.approx(first * second)


@given(LEARNED)
def test_rates_pass_a_wire_as_they_are(told: list[tuple[str, str, float]]) -> None:
    rates = learned(told)
    assert msgspec.json.decode(msgspec.json.encode(rates), type=ExchangeRates) == rates


@given(CODES, CODES)
def test_a_pair_has_one_name(one: str, other: str) -> None:
    assert pair_name(one, other) == pair_name(other, one)


def test_pairs_are_named_as_idealpro_lists_them() -> None:
    found = {pair_name(*codes.split()) for codes in ("USD EUR", "JPY USD", "GBP EUR", "CHF USD", "USD AUD", "XXX USD")}
    assert found == {"EUR.USD", "USD.JPY", "EUR.GBP", "USD.CHF", "AUD.USD", "USD.XXX"}
    assert unknown_rate("JPY", "USD") == "what JPY is worth in USD is not known yet: `watch USD.JPY`"
