"""A strategy's own limit: how large a position it may build, whatever the account allows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import ComboLeg, Terms
from ibtui.risk.positions import check_own, largest_position, left

SPY = Instrument(symbol="SPY", con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")


def order(side: Side, quantity: int, role: str = "entry", status: OrderStatus = OrderStatus.WORKING) -> Order:
    return Order(
        ref=f"{side}{quantity}",
        role=role,  # type: ignore[arg-type]
        terms=Terms(symbol="SPY", side=side, quantity=Decimal(quantity), type="LMT"),
        status=status,
    )


def code(side: Side, quantity: int, held: int, *orders: Order, reduce_only: bool = False) -> str:
    refusal = check_own(side, Decimal(quantity), SPY, Decimal(held), orders, reduce_only=reduce_only)
    return "" if refusal is None else refusal.code


@pytest.mark.parametrize(
    ("side", "quantity", "held", "expected"),
    [
        (Side.BUY, 1_000, 0, ""),
        (Side.BUY, 1_001, 0, "strategy_limit"),
        (Side.SELL, 1_001, 0, "strategy_limit"),
        (Side.BUY, 1, 1_000, "strategy_limit"),
        (Side.SELL, 5_000, 5_000, ""),
        (Side.SELL, 5_001, 5_000, ""),
        (Side.SELL, 6_001, 5_000, "strategy_limit"),
    ],
)
def test_the_limit_is_the_position_it_could_reach(side: Side, quantity: int, held: int, expected: str) -> None:
    assert code(side, quantity, held) == expected


def test_working_entries_count_and_protective_stops_do_not() -> None:
    assert code(Side.BUY, 400, 0, order(Side.BUY, 600)) == ""
    assert code(Side.BUY, 401, 0, order(Side.BUY, 600)) == "strategy_limit"
    assert code(Side.BUY, 1_000, 0, order(Side.BUY, 600, status=OrderStatus.CANCELLED)) == ""
    assert code(Side.SELL, 1_000, 0, order(Side.SELL, 600, role="stop")) == ""


def test_a_working_combo_counts_with_its_leg_of_the_instrument() -> None:
    legs = (ComboLeg(symbol="SPY", side=Side.SELL, ratio=2), ComboLeg(symbol="QQQ", side=Side.BUY, ratio=700))
    terms = Terms(symbol="SPY-QQQ", side=Side.BUY, quantity=Decimal(300), type="LMT", combo=legs)
    combo = Order(ref="combo", terms=terms, status=OrderStatus.WORKING)
    assert code(Side.SELL, 400, 0, combo) == ""
    assert code(Side.SELL, 401, 0, combo) == "strategy_limit"
    assert code(Side.BUY, 1_000, 0, combo) == ""  # what it buys is not of this instrument
    other_way = replace(combo, terms=replace(terms, side=Side.SELL))
    assert code(Side.BUY, 401, 0, other_way) == "strategy_limit"


def test_a_close_may_not_do_more_than_close() -> None:
    assert code(Side.SELL, 100, 100, reduce_only=True) == ""
    assert code(Side.SELL, 101, 100, reduce_only=True) == "would_flip"
    assert code(Side.SELL, 100, 100, order(Side.SELL, 100, role="exit"), reduce_only=True) == "would_flip"
    assert code(Side.SELL, 100, 0, reduce_only=True) == "would_flip"
    assert code(Side.BUY, 100, 100, reduce_only=True) == "would_flip"


def test_contracts_and_currencies_have_their_own_measure() -> None:
    def largest(sec_type: str) -> Decimal:
        instrument = Instrument(
            symbol="X",
            con_id=1,
            sec_type=sec_type,  # type: ignore[arg-type]
            root="X",
            exchange="E",
            currency="USD",
        )
        return largest_position(instrument)

    assert [largest(kind) for kind in ("STK", "FUT", "OPT", "CASH")] == [1_000, 10, 10, 1_000_000]


SIDES = st.sampled_from(list(Side))


@given(
    held=st.integers(-1_200, 1_200),
    orders=st.lists(st.tuples(SIDES, st.integers(1, 700)), max_size=4),
    side=SIDES,
    quantity=st.integers(1, 1_500),
)
def test_what_passes_never_adds_past_the_limit_in_the_worst_case(
    held: int, orders: list[tuple[Side, int]], side: Side, quantity: int
) -> None:
    working = [order(*one) for one in orders]
    worst = held + side.sign * (sum(q for s, q in orders if s is side) + quantity)
    if code(side, quantity, held, *working) == "":
        assert abs(worst) <= max(1_000, abs(held))
    room = left(SPY, Decimal(held), working)
    assert 0 <= room <= 1_000
