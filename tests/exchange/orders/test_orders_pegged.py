"""Orders whose limit the book gives, on a book held at 100.00 x 100.01."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.exchange.told.reports import Execution
from tests.exchange.floor import AAPL, Floor


def limits(floor: Floor, order: int, *books: tuple[float, float]) -> list[float]:
    """Where the order's limit stands on one book after another."""
    seen = []
    for bid, ask in books:
        floor.hold(bid, ask)
        limit = floor.order(order).limit_price
        assert limit is not None
        seen.append(float(limit))
    return seen


def peg(floor: Floor, kind: str, side: str = "BUY", **prices: float) -> int:
    terms: dict[str, Any] = {name: Decimal(str(price)) for name, price in prices.items()}
    return floor.place(side, 100, type=kind, **terms)


BOOKS = ((100.00, 100.10), (100.04, 100.10), (99.98, 100.10))


@pytest.mark.parametrize(
    ("kind", "terms", "buys", "sells"),
    [
        ("REL", {}, [100.00, 100.04, 100.04], [100.10, 100.10, 100.10]),
        ("REL", {"offset": 0.02}, [100.02, 100.06, 100.06], [100.08, 100.08, 100.08]),
        ("REL", {"offset": 5}, [100.09, 100.09, 100.09], [100.01, 100.01, 100.01]),
        ("PEG MID", {}, [100.05, 100.07, 100.07], [100.05, 100.05, 100.04]),
        ("PEG MID", {"offset": 0.02}, [100.03, 100.05, 100.05], [100.07, 100.07, 100.06]),
        ("MIDPRICE", {}, [100.05, 100.07, 100.04], [100.05, 100.07, 100.04]),
        ("PEG MKT", {"offset": 0.05}, [100.05, 100.05, 100.05], [100.05, 100.09, 100.03]),
        ("SNAP MID", {}, [100.05, 100.05, 100.05], [100.05, 100.05, 100.05]),
        ("SNAP PRIM", {"offset": 0.01}, [99.99, 99.99, 99.99], [100.11, 100.11, 100.11]),
    ],
)
def test_limits_follow_the_book(kind: str, terms: dict[str, float], buys: list[float], sells: list[float]) -> None:
    for side, expected in (("BUY", buys), ("SELL", sells)):
        floor = Floor()
        floor.hold(*BOOKS[0])
        assert limits(floor, peg(floor, kind, side, **terms), *BOOKS) == expected


def test_a_cap_is_never_passed(floor: Floor) -> None:
    order = peg(floor, "MIDPRICE", limit_price=100.02)
    assert limits(floor, order, (100.00, 100.02), (100.02, 100.06), (99.98, 100.00)) == [100.01, 100.02, 99.99]


def test_a_pegged_order_trades_when_the_market_comes_to_it(floor: Floor) -> None:
    floor.hold(100.00, 100.10)
    order = peg(floor, "REL", offset=0.02)
    floor.hold(99.90, 100.02)
    assert floor.fills(order) == [(100, 100.02)]


def test_the_middle_is_met_by_whoever_sells_at_the_bid(floor: Floor) -> None:
    floor.hold(100.00, 100.10)
    order = peg(floor, "MIDPRICE")
    floor.exchange.set_price(AAPL, 100.00)
    assert floor.fills(order) == [(100, 100.05)]


def test_market_to_limit_rests_where_it_first_traded(floor: Floor) -> None:
    order = peg(floor, "MTL")
    assert floor.fills(order) == [(100, 100.01)]
    large = floor.place("BUY", 400, type="MTL")
    assert floor.fills(large) == [(100, 100.02)]
    report = floor.order(large)
    assert (report.state, report.limit_price) == ("Submitted", Decimal("100.02"))
    floor.hold(100.02, 100.03)
    assert len(floor.fills(large)) == 1


def test_a_long_step_pegs_as_many_short_ones() -> None:
    whole, fine = Floor(), Floor()
    for floor in (whole, fine):
        for kind in ("REL", "PEG MID", "MIDPRICE"):
            floor.place("BUY", 2000, type=kind)
            floor.place("SELL", 2000, type=kind)
    whole.wait(minutes=15)
    for _ in range(15):
        fine.wait(minutes=1)
    assert whole.heard(Execution) == fine.heard(Execution) != []


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["REL", "PEG MID", "MIDPRICE", "SNAP MID"]),
    st.sampled_from(["BUY", "SELL"]),
    st.integers(0, 20),
    st.lists(st.tuples(st.integers(-30, 30), st.integers(1, 20), st.booleans()), min_size=1, max_size=20),
)
def test_a_pegged_limit_moves_as_its_kind_says_and_is_what_it_trades_at(
    kind: str, side: str, offset: int, moves: list[tuple[int, int, bool]]
) -> None:
    floor, bid = Floor(), 100.0
    floor.hold(100.00, 100.10)
    order = peg(floor, kind, side, **({} if kind == "MIDPRICE" else {"offset": offset / 100}))
    sign = 1 if side == "BUY" else -1
    for move, spread, trades in moves:
        before = floor.order(order).limit_price
        bid = round(bid + move / 100, 2)
        floor.hold(bid, round(bid + spread / 100, 2))
        if trades:
            floor.exchange.set_price(AAPL, bid)
        after = floor.order(order).limit_price
        assert before is not None
        assert after is not None
        if kind in ("REL", "PEG MID"):
            assert (after - before) * sign >= 0
        if kind.startswith("SNAP"):
            assert after == before
    limit = floor.order(order).limit_price
    assert limit is not None
    assert all((price - float(limit)) * sign <= 1e-9 for _, price in floor.fills(order))
