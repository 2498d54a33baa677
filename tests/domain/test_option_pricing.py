"""What options are worth, beside the literature, another's hand, and the laws that every price obeys."""

from __future__ import annotations

from math import exp

import blackscholes
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ibtui.domain.options.pricing import OptionTerms, figures, implied_volatility, value

terms = st.builds(
    OptionTerms,
    right=st.sampled_from(["C", "P"]),
    strike=st.floats(50, 200),
    years=st.floats(0.01, 2),
    rate=st.floats(0, 0.08),
    dividend=st.floats(0, 0.05),
)


def test_values_of_the_literature() -> None:
    """Hull, Options, Futures and Other Derivatives: 42 on 40, six months, 10 %, volatility 20 %."""
    call = OptionTerms("C", 40, 0.5, 0.10, 0.0)
    assert value(call, 42, 0.20) == pytest.approx(4.7594, abs=1e-4)
    assert value(call._replace(right="P"), 42, 0.20) == pytest.approx(0.8086, abs=1e-4)
    on_future = OptionTerms("P", 20, 4 / 12, 0.09, 0.09)
    assert value(on_future, 20, 0.25) == pytest.approx(1.1166, abs=1e-4)


@given(terms, st.floats(60, 180), st.floats(0.05, 1.5))
def test_stock_options_agree_with_another_hand(one: OptionTerms, under: float, volatility: float) -> None:
    kind = blackscholes.BlackScholesCall if one.right == "C" else blackscholes.BlackScholesPut
    other = kind(S=under, K=one.strike, T=one.years, r=one.rate, sigma=volatility, q=one.dividend)
    agree(one, under, volatility, other)


@given(terms, st.floats(60, 180), st.floats(0.05, 1.5))
def test_options_on_futures_agree_with_another_hand(one: OptionTerms, under: float, volatility: float) -> None:
    kind = blackscholes.Black76Call if one.right == "C" else blackscholes.Black76Put
    other = kind(F=under, K=one.strike, T=one.years, r=one.rate, sigma=volatility)
    agree(one._replace(dividend=one.rate), under, volatility, other)


def agree(one: OptionTerms, under: float, volatility: float, other: blackscholes.BlackScholesCall) -> None:
    """The same figures in the same units: vega for a point, theta for a day."""
    found = figures(one, under, volatility)
    assert found.option_price == pytest.approx(max(other.price(), 0.0), abs=1e-8)
    assert found.delta == pytest.approx(other.delta(), abs=1e-9)
    assert found.gamma == pytest.approx(other.gamma(), abs=1e-9)
    assert found.vega == pytest.approx(other.vega() / 100, abs=1e-9)
    assert found.theta == pytest.approx(other.theta() / 365, abs=1e-9)


@given(terms, st.floats(60, 180), st.floats(0.05, 1.5))
def test_put_and_call_differ_by_the_forward(one: OptionTerms, under: float, volatility: float) -> None:
    call, put = one._replace(right="C"), one._replace(right="P")
    forward = under * exp(-one.dividend * one.years) - one.strike * exp(-one.rate * one.years)
    assert value(call, under, volatility) - value(put, under, volatility) == pytest.approx(forward, abs=1e-8)


@given(terms, st.floats(60, 180), st.floats(0.05, 1.4), st.floats(0.001, 0.1), st.floats(0.1, 20))
def test_a_value_rises_with_volatility_and_a_call_with_its_underlying(
    one: OptionTerms, under: float, volatility: float, more: float, dearer: float
) -> None:
    assert value(one, under, volatility + more) >= value(one, under, volatility) - 1e-9
    change = value(one, under + dearer, volatility) - value(one, under, volatility)
    assert -dearer - 1e-9 <= change <= 1e-9 if one.right == "P" else -1e-9 <= change <= dearer + 1e-9


@given(terms, st.floats(60, 180), st.floats(0.1, 1.2))
def test_figures_are_the_slopes_of_the_value(one: OptionTerms, under: float, volatility: float) -> None:
    found, step = figures(one, under, volatility), under * 1e-4
    up, down = value(one, under + step, volatility), value(one, under - step, volatility)
    assert found.delta == pytest.approx((up - down) / (2 * step), abs=1e-4)
    later = value(one, under, volatility + 1e-4)
    assert found.vega == pytest.approx((later - value(one, under, volatility - 1e-4)) / 2e-4 / 100, abs=1e-4)
    day = 1e-5
    decay = value(one._replace(years=one.years - day), under, volatility) - value(
        one._replace(years=one.years + day), under, volatility
    )
    assert found.theta == pytest.approx(decay / (2 * day) / 365, abs=1e-3)


@given(terms, st.floats(60, 180), st.floats(0.05, 2))
def test_the_implied_volatility_gives_the_price_back(one: OptionTerms, under: float, volatility: float) -> None:
    price = value(one, under, volatility)
    assume((figures(one, under, volatility).vega or 0) > 1e-6)  # deep in the money a price says nothing of volatility
    found = implied_volatility(one, under, price)
    assert found is not None
    assert value(one, under, found) == pytest.approx(price, abs=1e-9)
    if (figures(one, under, volatility).vega or 0) > 1e-3:
        assert found == pytest.approx(volatility, rel=1e-9)


@given(terms, st.floats(60, 180), st.floats(0, 200))
def test_a_price_has_a_volatility_or_none_but_never_a_wrong_one(one: OptionTerms, under: float, price: float) -> None:
    found = implied_volatility(one, under, price)
    if found is None:
        assert not value(one, under, 0.001) <= price <= value(one, under, 10.0)
    else:
        assert value(one, under, found) == pytest.approx(price, abs=1e-7)


def test_a_price_below_what_exercise_brings_has_no_volatility() -> None:
    assert implied_volatility(OptionTerms("C", 50, 0.5, 0.04, 0.0), 100, 40) is None
    assert implied_volatility(OptionTerms("C", 50, 0.5, 0.04, 0.0), 100, 101) is None
    assert implied_volatility(OptionTerms("C", 50, 0.5, 0.04, 0.0), 100, float("nan")) is None
