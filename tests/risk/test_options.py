"""Calls are never sold bare, and what options can lose is known before they are sold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import ComboLeg, OrderType
from ibtui.risk.facts import Facts, Part
from ibtui.risk.gate import check
from ibtui.risk.options import Stake, largest_loss, uncovered
from tests.flat_orders import flat_order
from tests.risk.optioned import CALL, FAR, HIGH, NEAR, PUT, STOCK, option


def stake(item: Instrument, quantity: int) -> Stake:
    return Stake(item, Decimal(quantity))


@pytest.mark.parametrize(
    ("held", "units"),
    [
        ([], 0),
        ([stake(option("C", 190), -1)], 100),
        ([stake(option("P", 190), -5)], 0),
        ([stake(option("C", 190), -1), stake(STOCK, 100)], 0),
        ([stake(option("C", 190), -2), stake(STOCK, 150)], 50),
        ([stake(option("C", 190), -1), stake(STOCK, -100)], 100),
        ([stake(option("C", 190), -1), stake(option("C", 200), 1)], 0),
        ([stake(option("C", 190), -1), stake(option("C", 180, FAR), 1)], 0),
        ([stake(option("C", 190, FAR), -1), stake(option("C", 180), 1)], 100),
        ([stake(option("C", 190, FAR), -1), stake(option("C", 190), -1), stake(option("C", 180, FAR), 1)], 100),
        ([stake(option("C", 190), -1), stake(option("P", 190), 3)], 100),
    ],
)
def test_calls_need_cover_that_lasts(held: list[Stake], units: int) -> None:
    assert uncovered(held) == units


STAKES = st.lists(
    st.builds(
        stake,
        st.one_of(
            st.just(STOCK),
            st.builds(option, st.sampled_from("CP"), st.integers(100, 300), st.sampled_from([NEAR, FAR])),
        ),
        st.integers(-5, 5),
    ),
    max_size=8,
)


@given(STAKES, st.integers(300, 100_000))
def test_nothing_uncovered_means_a_loss_that_a_rise_does_not_make_larger(held: list[Stake], price: int) -> None:
    """Beyond every strike, whatever expires first: with all calls covered a dearer underlying costs no more."""
    if uncovered(held):
        return
    for day in (NEAR, FAR):
        alive = [s for s in held if not s.instrument.right or s.instrument.expiry >= day]
        slope = sum(s.units for s in alive if s.instrument.right != "P" and (s.instrument.right or s.quantity > 0))
        assert slope >= 0


def intrinsic(item: Instrument, price: float) -> float:
    if not item.right:
        return price
    return max((price - float(item.strike)) * (1 if item.right == "C" else -1), 0.0)


@given(st.lists(st.tuples(st.sampled_from("CP"), st.integers(50, 300), st.integers(-3, 3)), max_size=5))
def test_no_end_of_the_underlying_loses_more_than_the_largest_loss(legs: list[tuple[str, int, int]]) -> None:
    stakes = [stake(option(right, strike), quantity) for right, strike, quantity in legs if quantity]
    loss = largest_loss(stakes, 500.0)
    highest = max((float(s.instrument.strike) for s in stakes), default=0.0)
    covered = not uncovered(stakes)
    for price in (0.0, 1.0, 49.5, *range(50, 301, 7), 299.0, *((1_000.0,) if covered else ())):
        if price <= highest or covered:
            brings = sum(float(s.units) * intrinsic(s.instrument, price) for s in stakes)
            assert 500.0 - brings <= loss + 1e-6


@pytest.mark.parametrize(
    ("legs", "paid", "loss"),
    [
        ([stake(option("C", 190), 1), stake(option("P", 190), 1)], 900, 900),
        ([stake(option("C", 190), 1), stake(option("C", 195), -1)], 200, 200),
        ([stake(option("C", 190), -1), stake(option("C", 195), 1)], -200, 300),
        ([stake(option("P", 190), -1)], -400, 18_600),
        ([stake(option("C", 190), -1), stake(option("C", 190, FAR), 1)], 250, 250),
        ([stake(option("P", 190, FAR), -1), stake(option("P", 190), 1)], 100, 19_100),
        ([stake(STOCK, 100), stake(option("C", 190), -1)], 18_300, 18_300),
        ([stake(option("P", 190), -1), stake(option("P", 185), 1)], -150, 350),
        ([stake(STOCK, 100), stake(option("P", 185), 1), stake(option("C", 195), -1)], 18_800, 300),
    ],
)
def test_losses_that_traders_know(legs: list[Stake], paid: float, loss: float) -> None:
    assert largest_loss(legs, paid) == pytest.approx(loss)


# --- the gate

WHOLE = Instrument(
    symbol="whole", con_id=0, sec_type="BAG", root="AAPL", exchange="SMART", currency="USD", multiplier=Decimal(100)
)


def facts(item: Instrument, bid: float, ask: float, **changes: Any) -> Facts:
    fields: dict[str, Any] = {
        "connection": "active",
        "halted": False,
        "read_only": False,
        "instrument": item,
        "quote": Quote(symbol=item.symbol, bid=bid, ask=ask, received=100.0),
        "now": 100.5,
        "held": Decimal(0),
    }
    return Facts(**(fields | changes))


def order(item: Instrument, side: Side, quantity: int = 1, limit: str | None = None, **changes: Any) -> OrderIntent:
    fields = {
        "ref": "aaaaaaaaaaaa",
        "owner": "you",
        "symbol": item.symbol,
        "side": side,
        "quantity": Decimal(quantity),
        "type": OrderType.MKT if limit is None else OrderType.LMT,
        "limit_price": None if limit is None else Decimal(limit),
    }
    return flat_order(OrderIntent, fields | changes)


def code(intent: OrderIntent, known: Facts, limits: Limits | None = None) -> str:
    refusal = check(intent, known, limits or Limits())
    return "" if refusal is None else refusal.code


def test_a_call_is_sold_against_shares_only() -> None:
    sell = order(CALL, Side.SELL)
    assert code(sell, facts(CALL, 4.0, 4.1)) == "uncovered"
    assert code(sell, facts(CALL, 4.0, 4.1, stakes=(stake(STOCK, 99),))) == "uncovered"
    assert code(sell, facts(CALL, 4.0, 4.1, stakes=(stake(STOCK, 100),))) == ""
    assert code(order(CALL, Side.BUY), facts(CALL, 4.0, 4.1)) == ""


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("owner", ["you", "dip"])
def test_what_covers_a_call_is_closed_only_by_a_person_who_was_told(owner: str, told: bool) -> None:
    stakes = (stake(STOCK, 150), stake(CALL, -1))
    known = facts(STOCK, 187.4, 187.5, held=Decimal(150), stakes=stakes)
    assert code(order(STOCK, Side.SELL, 51), known) == "uncovered"

    def closing(item: Instrument, side: Side, quantity: int) -> OrderIntent:
        wish = order(item, side, quantity, reduce_only=True, despite_uncovered=told)
        return replace(wish, owner=owner)

    assert code(closing(STOCK, Side.SELL, 50), known) == ""
    assert code(closing(STOCK, Side.SELL, 51), known) == ("" if told and owner == "you" else "uncovered")
    assert code(order(STOCK, Side.BUY, 1), known) == ""
    assert code(closing(CALL, Side.BUY, 1), replace(known, instrument=CALL, held=Decimal(-1))) == ""


def test_an_account_that_is_uncovered_already_can_get_better() -> None:
    known = facts(CALL, 4.0, 4.1, held=Decimal(-3), stakes=(stake(CALL, -3),))
    assert code(order(CALL, Side.BUY, 1), known) == ""
    assert code(order(CALL, Side.SELL, 1), known) == "uncovered"


def test_a_put_is_worth_what_it_can_lose() -> None:
    known = facts(PUT, 4.0, 4.1)
    assert code(order(PUT, Side.SELL, 1), known) == ""
    assert code(order(PUT, Side.SELL, 1), known, Limits(order_value=18_599)) == "too_large"
    assert code(order(PUT, Side.SELL, 1), known, Limits(order_value=18_601)) == ""


def combo(*legs: tuple[Instrument, int], **changes: Any) -> dict[str, Any]:
    """Facts of a combo and its legs."""
    made = tuple(
        ComboLeg(symbol=item.symbol, side=Side.BUY if ratio > 0 else Side.SELL, ratio=abs(ratio))
        for item, ratio in legs
    )
    parts = tuple(
        Part(leg=leg, instrument=item, held=changes.pop(item.symbol, Decimal(0)))
        for leg, (item, _) in zip(made, legs, strict=True)
    )
    return {"parts": parts, "gross": 8.0, **changes}


def legs(known: dict[str, Any]) -> tuple[ComboLeg, ...]:
    return tuple(part.leg for part in known["parts"])


def test_only_a_combo_may_cost_nothing_or_less() -> None:
    known = combo((CALL, -1), (HIGH, 1))
    for limit in ("-1.95", "0", "0.01"):
        sent = order(WHOLE, Side.BUY, 1, limit, combo=legs(known))
        assert code(sent, facts(WHOLE, -2.1, -1.9, **known), Limits(collar_percent=30)) == ""
    assert code(order(STOCK, Side.BUY, 1, "-1"), facts(STOCK, 187.4, 187.5)) == "off_tick"
    assert code(order(STOCK, Side.BUY, 1, "0"), facts(STOCK, 187.4, 187.5)) == "off_tick"


def test_the_collar_of_a_combo_is_a_share_of_its_legs() -> None:
    known = combo((CALL, 1), (HIGH, -1))
    near = order(WHOLE, Side.BUY, 1, "1.29", combo=legs(known))
    far = order(WHOLE, Side.BUY, 1, "1.31", combo=legs(known))
    assert code(near, facts(WHOLE, 0.8, 0.9, **known)) == ""  # 5 % of 8
    assert code(far, facts(WHOLE, 0.8, 0.9, **known)) == "price_collar"


def test_a_straddle_is_bought_and_not_sold_bare() -> None:
    known = combo((CALL, 1), (PUT, 1))
    assert code(order(WHOLE, Side.BUY, combo=legs(known)), facts(WHOLE, 8.0, 8.2, **known)) == ""
    assert code(order(WHOLE, Side.SELL, combo=legs(known)), facts(WHOLE, 8.0, 8.2, **known)) == "uncovered"
    covered = combo((CALL, 1), (PUT, 1), stakes=(stake(STOCK, 100),))
    assert code(order(WHOLE, Side.SELL, combo=legs(covered)), facts(WHOLE, 8.0, 8.2, **covered)) == ""


def test_a_butterfly_has_three_legs() -> None:
    known = combo((CALL, 1), (HIGH, -2), (option("C", 200), 1))
    assert code(order(WHOLE, Side.BUY, 1, "0.60", combo=legs(known)), facts(WHOLE, 0.5, 0.6, **known)) == ""


@pytest.mark.parametrize(("owner", "way"), [("you", "first, or look at a preview of it."), ("dip", "back first.")])
def test_who_may_uncover_a_call_by_a_preview_is_told_so(owner: str, way: str) -> None:
    known = facts(STOCK, 187.4, 187.5, held=Decimal(100), stakes=(stake(STOCK, 100), stake(CALL, -1)))
    refusal = check(replace(order(STOCK, Side.SELL, 1, reduce_only=True), owner=owner), known, Limits())
    assert refusal is not None
    assert refusal.sentence.endswith(way)


def test_options_sold_on_two_days_have_no_known_loss() -> None:
    known = combo((PUT, -1), (option("P", 180, FAR), -1))
    assert code(order(WHOLE, Side.BUY, combo=legs(known)), facts(WHOLE, -8.2, -8.0, **known)) == "uncovered"


def test_a_combo_that_only_reduces_passes_a_halt() -> None:
    held = {CALL.symbol: Decimal(2), PUT.symbol: Decimal(2)}
    stakes = (stake(CALL, 2), stake(PUT, 2))
    known = combo((CALL, 1), (PUT, 1), stakes=stakes, **held)
    sell = order(WHOLE, Side.SELL, 2, combo=legs(known), reduce_only=True)
    assert code(sell, facts(WHOLE, 8.0, 8.2, halted=True, **known)) == ""
    more = order(WHOLE, Side.SELL, 3, combo=legs(known), reduce_only=True)
    assert code(more, facts(WHOLE, 8.0, 8.2, halted=True, **known)) == "halted"
    assert code(more, facts(WHOLE, 8.0, 8.2, **known)) in ("uncovered", "would_increase")


def test_a_combo_needs_its_legs_and_no_stop() -> None:
    known = combo((CALL, 1), (PUT, 1))
    bare = replace(facts(WHOLE, 8.0, 8.2, **known), parts=())
    assert code(order(WHOLE, Side.BUY, combo=legs(known)), bare) == "bad_combo"
    assert code(order(WHOLE, Side.BUY), facts(WHOLE, 8.0, 8.2)) == "bad_combo"
    guarded = order(WHOLE, Side.BUY, combo=legs(known), protect=Decimal(3))
    assert code(guarded, facts(WHOLE, 8.0, 8.2, **known)) == "bad_combo"


def test_an_unknown_market_refuses_a_combo() -> None:
    known = combo((CALL, 1), (PUT, 1))
    assert code(order(WHOLE, Side.BUY, combo=legs(known)), facts(WHOLE, 8.0, 8.2, quote=None, **known)) == "stale_quote"
