"""The chain that a backtest is given, and what its options are worth later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.failure import IbtuiError
from ibtui.domain.options.chain import expires_at, option_name
from ibtui.domain.options.model import fridays, model_chain, model_value, round_strikes, years_left
from ibtui.domain.options.pricing import OptionTerms, implied_volatility

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_options_expire_on_fridays_each_week_and_then_each_month() -> None:
    days = fridays(date(2026, 11, 23))
    weeks = [date(2026, 11, 27) + timedelta(weeks=week) for week in range(8)]
    assert days[:8] == (*weeks[:4], date(2026, 12, 24), date(2026, 12, 31), *weeks[6:])  # two holidays
    assert {date(2027, 2, 19), date(2028, 11, 17)} <= set(days)
    assert all(day.weekday() == 4 for day in days if day.month != 12 and day != date(2027, 6, 17))
    assert date(2028, 4, 14) not in days
    assert fridays(date(2026, 11, 27))[0] == date(2026, 11, 27)


@given(st.floats(1, 5000), st.floats(0.01, 0.9))
def test_strikes_lie_on_both_sides_of_the_price(spot: float, share: float) -> None:
    strikes = round_strikes(spot, spot * share)
    assert list(strikes) == sorted(set(strikes))
    assert 1 <= len(strikes) <= 20 or spot * share * 2 / 100 > 15
    assert all(strike > 0 for strike in strikes)
    assert strikes[-1] >= spot - 0.5


def test_a_model_chain_can_be_picked_from_like_a_live_one() -> None:
    chain = model_chain("AAPL", 187.3, NOW, 0.25, days=30)
    assert (chain.underlying, chain.spot, chain.time, chain.multiplier) == ("AAPL", 187.3, NOW, 100)
    assert chain.expiries == (date(2026, 12, 24),)  # Christmas is a Friday
    call = chain.pick("C", delta=0.30, days=30)
    assert call.delta == pytest.approx(0.30, abs=0.05)
    assert call.strike > 187.3
    assert chain.pick("P", delta=0.30).strike < 187.3
    assert {leg.strike for leg in chain.straddle()} == {185}


def test_without_days_nothing_that_expires_today_is_given() -> None:
    friday = datetime(2026, 11, 27, 15, tzinfo=UTC)
    assert model_chain("SPY", 670, friday, 0.15).expiries == (date(2026, 12, 4),)
    assert model_chain("SPY", 670, friday, 0.15, days=0).expiries == (date(2026, 11, 27),)
    with pytest.raises(IbtuiError, match="No option of SPY expires 2000 days away"):
        model_chain("SPY", 670, friday, 0.15, days=2000)


@pytest.mark.parametrize(("spot", "volatility"), [(0.0, 0.2), (float("nan"), 0.2), (100.0, 0.0), (float("inf"), 0.2)])
def test_a_model_needs_a_price_and_a_volatility(spot: float, volatility: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        model_chain("SPY", spot, NOW, volatility)


@given(st.floats(5, 3000), st.floats(0.05, 1.5), st.integers(0, 400))
def test_bid_and_ask_surround_what_the_volatility_says(spot: float, volatility: float, days: int) -> None:
    chain = model_chain("XYZ", spot, NOW, volatility, days=days)
    for option in chain.options:
        name = option_name(option.symbol)
        assert name is not None
        worth = model_value(name, spot, NOW, volatility)
        assert option.bid is not None
        assert option.ask is not None
        assert option.bid <= max(worth - 0.0099, 0) + 1e-6
        assert option.ask >= worth + 0.0099
        assert option.ask - option.bid <= max(2 * worth * 0.011, 0.02) + 0.0201
    again = model_chain("XYZ", spot, NOW, volatility, days=days)
    assert again == chain


def test_the_price_in_the_middle_says_the_volatility_back() -> None:
    chain = model_chain("SPY", 670, NOW, 0.18, days=30)
    option = chain.at_the_money("C")
    assert option.mid is not None
    terms = OptionTerms("C", option.strike, years_left(option.expiry, NOW), 0.04, 0.0)
    assert implied_volatility(terms, 670, option.mid) == pytest.approx(0.18, abs=2e-3)


def test_at_its_expiry_an_option_is_worth_what_exercise_brings() -> None:
    call, put = option_name("SPY261218C00670000"), option_name("SPY261218P00670000")
    assert call is not None
    assert put is not None
    end = expires_at(call.expiry)
    assert [model_value(call, spot, end, 0.2) for spot in (660, 670, 681.5)] == [0, 0, 11.5]
    assert [model_value(put, spot, end, 0.2) for spot in (660, 670, 681.5)] == [10, 0, 0]
    just_before = model_value(call, 681.5, end - timedelta(minutes=1), 0.2)
    assert just_before == pytest.approx(11.5, abs=0.01)
