"""How many, from money: never more than the money reaches for, and never a part of a lot."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.instrument import Instrument
from ibtui.strategies.author.sizing import sized

prices = st.floats(0.01, 10_000)
money = st.floats(1, 1e7)


def future() -> Instrument:
    return Instrument(
        symbol="ESZ6", con_id=1, sec_type="FUT", root="ES", exchange="CME", currency="USD", multiplier=Decimal(50)
    )


@given(prices, money)
def test_cash_buys_as_many_as_it_pays_for_and_not_one_more(price: float, cash: float) -> None:
    quantity = sized(None, price, None, None, cash, None)
    assert quantity == int(quantity)
    assert quantity * price <= cash * (1 + 1e-8)
    assert (quantity + 1) * price > cash * (1 - 1e-8)


@given(prices, prices, money)
def test_risk_is_what_the_stop_would_lose(price: float, stop: float, risk: float) -> None:
    if abs(price - stop) < 1e-6:
        return
    assert sized(None, price, stop, None, None, risk) * abs(price - stop) <= risk * (1 + 1e-8)


def test_a_future_counts_with_its_multiplier() -> None:
    assert sized(future(), 6000.0, None, None, 650_000.0, None) == 2


def test_tenths_do_not_lose_a_lot() -> None:
    assert sized(None, 0.1, None, None, 0.3, None) == 3


@pytest.mark.parametrize(
    ("price", "sl", "quantity", "cash", "risk", "says"),
    [
        (10.0, None, None, None, None, "one way"),
        (10.0, None, 1.0, 5.0, None, "one way"),
        (10.0, None, None, -1.0, None, "cash must be a positive"),
        (10.0, 9.0, None, None, float("nan"), "risk must be a positive"),
        (None, None, None, 5.0, None, "no price"),
        (10.0, None, None, None, 5.0, "protective stop"),
        (10.0, 10.0, None, None, 5.0, "protective stop"),
    ],
)
def test_a_mistake_is_said(
    price: float | None, sl: float | None, quantity: float | None, cash: float | None, risk: float | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        sized(None, price, sl, quantity, cash, risk)
