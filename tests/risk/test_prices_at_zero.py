"""Futures trade at zero and below: prices pass there, and a collar still holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.domain.refusal import Refusal
from ibtui.domain.terms import OrderType
from ibtui.risk.gate import check
from tests.risk.stage import LIMITS, facts, intent

CLK0 = Instrument(
    symbol="CLK0",
    con_id=2,
    sec_type="FUT",
    root="CL",
    exchange="NYMEX",
    currency="USD",
    multiplier=Decimal(1000),
    tick=Decimal("0.01"),
)


def judged(bid: float, ask: float, **changes: Any) -> Refusal | None:
    quote = Quote(symbol="CLK0", bid=bid, ask=ask, last=bid, received=100.0)
    wanted = intent(symbol="CLK0", quantity=Decimal(1), **changes)
    return check(wanted, facts(instrument=CLK0, quote=quote), LIMITS)


@pytest.mark.parametrize(
    ("bid", "ask", "limit"), [(-37.65, -37.63, "-37.63"), (-0.01, 0.01, "0"), (0.0, 0.02, "-0.05")]
)
def test_a_limit_at_zero_and_below_passes_where_the_market_is(bid: float, ask: float, limit: str) -> None:
    assert judged(bid, ask, limit_price=Decimal(limit)) is None


def test_a_limit_far_through_a_market_below_zero_does_not() -> None:
    refusal = judged(-37.65, -37.63, limit_price=Decimal("-30"))
    assert refusal is not None
    assert refusal.sentence.startswith("The limit -30 lies 20.3 % above the ask -37.63")


def test_twenty_ticks_through_pass_near_zero_and_no_more() -> None:
    assert judged(-0.01, 0.01, limit_price=Decimal("0.21")) is None
    refusal = judged(-0.01, 0.01, limit_price=Decimal("0.22"))
    assert refusal is not None
    assert refusal.code == "price_collar"


def test_a_stop_below_zero_lies_on_its_side_of_the_market() -> None:
    stop = {"type": OrderType.STP, "limit_price": None, "side": Side.SELL}
    assert judged(-1.0, -0.99, stop_price=Decimal("-1.02"), **stop) is None
    refusal = judged(-1.0, -0.99, stop_price=Decimal("-0.5"), **stop)
    assert refusal is not None
    assert "would trigger at once" in refusal.sentence


def test_a_bracket_lies_on_both_sides_of_an_entry_below_zero() -> None:
    bracket = {"target": Decimal("-1.00"), "protect": Decimal("-1.10")}
    assert judged(-1.05, -1.04, limit_price=Decimal("-1.04"), **bracket) is None
    turned = {"target": Decimal("-1.10"), "protect": Decimal("-1.00")}
    refusal = judged(-1.05, -1.04, limit_price=Decimal("-1.04"), **turned)
    assert refusal is not None
    assert refusal.code == "bad_bracket"


@given(st.sampled_from(["0", "-0.01", "-187.25"]))
def test_a_stock_has_no_price_at_zero(limit: str) -> None:
    refusal = check(intent(limit_price=Decimal(limit)), facts(), LIMITS)
    assert refusal is not None
    assert refusal.code == "off_tick"


@given(st.integers(-5000, 5000), st.integers(-40, 40))
def test_the_collar_is_of_one_size_on_both_sides_of_zero(market: int, ticks: int) -> None:
    above = judged((market - 1) / 100, market / 100, limit_price=Decimal(market + ticks) / 100)
    short = judged(-market / 100, (1 - market) / 100, side=Side.SELL, limit_price=Decimal(-market - ticks) / 100)
    assert (above is None) == (short is None)
