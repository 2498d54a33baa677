"""Ceilings: each refuses beyond it and names number and limit; what only reduces is never asked about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.limits import Ceilings, hours
from ibtui.risk.ceilings import AccountBook, ValuedPosition, check, lost, reduces

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in New York


def book(**changes: Any) -> AccountBook:
    facts: dict[str, Any] = {
        "positions": {"A": ValuedPosition(100, 10_000), "B": ValuedPosition(-50, -5_000)},
        "equity": 100_000.0,
        "day_begin": 101_000.0,
        "day_profit": -1_000.0,
        "orders_today": 3,
        "last_order": NOW - timedelta(seconds=20),
        "now": NOW,
        "groups": {"A": "tech", "C": "tech"},
    }
    return AccountBook(**{**facts, **changes})


def said(wanted: dict[str, ValuedPosition], ceilings: Ceilings, **changes: Any) -> str:
    refusal = check(wanted, book(**changes), ceilings)
    return "" if refusal is None else refusal.sentence


MORE_A = {"A": ValuedPosition(100, 10_000)}
NEW_C = {"C": ValuedPosition(10, 2_000)}


@pytest.mark.parametrize(
    ("wanted", "under", "over", "words"),
    [
        (MORE_A, {"position_quantity": 200}, {"position_quantity": 199}, ("A to 200", "199")),
        (MORE_A, {"position_value": 20_000}, {"position_value": 19_999}, ("20,000.00", "19,999.00")),
        (MORE_A, {"gross_value": 25_000}, {"gross_value": 24_000}, ("25,000.00", "24,000.00")),
        (MORE_A, {"gross_percent": 25}, {"gross_percent": 24.9}, ("25.00 %", "24.9 %")),
        (MORE_A, {"symbol_percent": 20}, {"symbol_percent": 19}, ("A would be 20.00 %", "19 %")),
        (NEW_C, {"group_percent": 12}, {"group_percent": 11}, ("tech would be 12.00 %", "11 %")),
        (NEW_C, {"open_positions": 3}, {"open_positions": 2}, ("3 open positions", "is 2")),
        (NEW_C, {"orders_per_day": 4}, {"orders_per_day": 3}, ("3 orders", "is 3")),
        (NEW_C, {"order_seconds": 20}, {"order_seconds": 21}, ("20 s old", "21 s")),
        (NEW_C, {"daily_loss": 1_001}, {"daily_loss": 1_000}, ("lost 1,000.00", "daily_loss is 1,000.00")),
        (NEW_C, {"daily_loss_percent": 1}, {"daily_loss_percent": 0.99}, ("0.99 %", "daily_loss_percent is 0.99 %")),
        (NEW_C, {"hours": "09:30-16:00"}, {"hours": "10:01-16:00"}, ("10:00", "10:01-16:00")),
        (NEW_C, {"hours": "18:00-10:01"}, {"hours": "18:00-10:00"}, ("10:00", "18:00-10:00")),
        (NEW_C, {"symbols": ("C",)}, {"symbols": ("A", "B")}, ("C is not", "A, B")),
    ],
)
def test_a_limit_refuses_beyond_it(
    wanted: dict[str, ValuedPosition], under: dict[str, Any], over: dict[str, Any], words: tuple[str, ...]
) -> None:
    assert said(wanted, Ceilings(**under)) == ""
    sentence = said(wanted, Ceilings(**over))
    assert all(word in sentence for word in words), sentence


def test_more_of_what_is_held_is_no_further_position() -> None:
    assert said(MORE_A, Ceilings(open_positions=1)) == ""


@pytest.mark.parametrize("limit", ["gross_percent", "symbol_percent", "group_percent"])
def test_what_is_not_known_refuses(limit: str) -> None:
    assert "not known" in said(NEW_C, replace(Ceilings(), **{limit: 1_000.0}), equity=None)
    assert "not known" in said(NEW_C, Ceilings(daily_loss=1e9), day_profit=None)


def test_a_strategys_own_limit_says_so() -> None:
    refusal = check(NEW_C, book(), Ceilings(orders_per_day=1), "dip")
    assert refusal is not None
    assert refusal.sentence.endswith("(dip).")
    assert refusal.code == "over_limit"


@given(
    st.dictionaries(st.sampled_from("ABC"), st.tuples(st.floats(-500, 500), st.floats(-1e6, 1e6)), min_size=1),
    st.floats(0, 1e6),
)
def test_without_limits_everything_passes(wanted: dict[str, tuple[float, float]], equity: float) -> None:
    assert check({s: ValuedPosition(*pair) for s, pair in wanted.items()}, book(equity=equity), Ceilings()) is None


@given(st.floats(-1_000, 1_000), st.floats(-1_000, 1_000))
def test_only_what_makes_a_position_smaller_reduces(held: float, traded: float) -> None:
    smaller = reduces({"A": ValuedPosition(traded, 0)}, {"A": held})
    if smaller:
        assert abs(held + traded) <= abs(held) + 1e-6
        assert (held + traded) * held >= -1e-6 * abs(held)
    assert not reduces({}, {"A": held})
    assert not reduces({"A": ValuedPosition(-held, 0), "B": ValuedPosition(1, 0)}, {"A": held})


PRICES = {"A": 100.0, "B": 20.0, "C": 3.0}
QUANTITIES = st.integers(-60, 60).filter(bool)
ORDERS = st.lists(st.tuples(st.sampled_from("ABC"), QUANTITIES), max_size=5)


def out(orders: list[tuple[str, int]], sign: int) -> dict[str, ValuedPosition]:
    found: dict[str, ValuedPosition] = {}
    for symbol, quantity in orders:
        if quantity * sign > 0:
            found[symbol] = found.get(symbol, ValuedPosition(0, 0)).plus(
                ValuedPosition(quantity, quantity * PRICES[symbol])
            )
    return found


@pytest.mark.parametrize(
    "limit", ["position_quantity", "gross_value", "group_percent", "symbol_percent", "open_positions"]
)
@given(
    held=st.dictionaries(st.sampled_from("ABC"), QUANTITIES),
    working=ORDERS,
    order=st.tuples(st.sampled_from("ABC"), QUANTITIES),
    filled=st.lists(st.booleans(), min_size=5, max_size=5),
    quantity=st.integers(20, 150),
    gross=st.integers(1_000, 20_000),
    most=st.integers(1, 3),
)
def test_what_passes_exceeds_no_limit_whichever_orders_fill(
    limit: str,
    held: dict[str, int],
    working: list[tuple[str, int]],
    order: tuple[str, int],
    filled: list[bool],
    quantity: int,
    gross: int,
    most: int,
) -> None:
    symbol, signed = order
    facts = book(
        positions={name: ValuedPosition(count, count * PRICES[name]) for name, count in held.items()},
        buying=out(working, 1),
        selling=out(working, -1),
        equity=10_000.0,
        groups={"A": "tech", "B": "tech"},
    )
    limits: dict[str, Any] = {
        "position_quantity": quantity,
        "gross_value": gross,
        "group_percent": 80,
        "symbol_percent": 60,
        "open_positions": most,
    }
    if (
        check({symbol: ValuedPosition(signed, signed * PRICES[symbol])}, facts, Ceilings(**{limit: limits[limit]}))
        is not None
    ):
        return
    before = dict(held)
    for fills, (name, count) in zip(filled, working, strict=False):
        before[name] = before.get(name, 0) + count * fills
    after = {**before, symbol: before.get(symbol, 0) + signed}
    worth = {name: abs(count * PRICES[name]) for name, count in after.items()}
    smaller = abs(after[symbol]) <= abs(before.get(symbol, 0))
    fresh = symbol not in held and symbol not in dict(working)
    holds = {
        "position_quantity": abs(after[symbol]) <= quantity or smaller,
        "gross_value": sum(worth.values()) <= gross,
        "group_percent": worth.get("A", 0) + worth.get("B", 0) <= 8_000 or symbol == "C",
        "symbol_percent": worth[symbol] <= 6_000 or smaller,
        "open_positions": len([count for count in after.values() if count]) <= most or not fresh,
    }
    assert holds[limit]


@given(held=QUANTITIES, traded=QUANTITIES, working=st.lists(QUANTITIES, max_size=4), filled=st.integers(0, 15))
def test_what_only_reduces_does_so_whatever_else_fills_on_its_side(
    held: int, traded: int, working: list[int], filled: int
) -> None:
    same = [count for count in working if count * traded > 0]
    sign = 1 if traded > 0 else -1
    if reduces({"A": ValuedPosition(traded, 0)}, {"A": held}, {("A", sign): float(abs(sum(same)))}):
        left = held + sum(count for n, count in enumerate(same) if filled >> n & 1)
        assert abs(left + traded) < abs(left)
        assert (left + traded) * held >= 0


@pytest.mark.parametrize(
    ("wanted", "limits", "words"),
    [
        (ValuedPosition(-150, -15_000), {"position_quantity": 49}, "A to -50"),
        (
            ValuedPosition(11, 1_100),
            {"order_quantity": 10},
            "An order for 11 A is above the limit order_quantity of 10",
        ),
        (
            ValuedPosition(10, 1_000),
            {"order_value": 999},
            "An order in A would be worth 1,000.00; the limit order_value is 999",
        ),
        (ValuedPosition(10, float("nan")), {"order_value": 999}, "What an order in A is worth is not known"),
        (ValuedPosition(10, float("nan")), {"gross_percent": 999}, "worth is not known"),
    ],
)
def test_what_is_judged(wanted: ValuedPosition, limits: dict[str, Any], words: str) -> None:
    refusal = check({"A": wanted}, book(), Ceilings(**limits))
    assert refusal is not None
    assert words in refusal.sentence
    assert refusal.limit == next(iter(limits))


@pytest.mark.parametrize(
    ("side", "working"),
    [(1, {"buying": {"A": ValuedPosition(50, 5_000)}}), (-1, {"selling": {"A": ValuedPosition(-50, -5_000)}})],
)
def test_what_works_already_and_what_is_sent_now_may_both_trade(side: int, working: dict[str, Any]) -> None:
    wanted = {"A": ValuedPosition(60 * side, 6_000 * side)}
    facts = book(**{"positions": {}, "buying": {}, "selling": {}, **working})
    assert check(wanted, facts, Ceilings(gross_value=11_000)) is None
    assert check(wanted, facts, Ceilings(gross_value=10_999)) is not None


@pytest.mark.parametrize("quantity", [0.25, 1.0])
def test_the_least_lot_counts_as_any_other(quantity: float) -> None:
    assert reduces({"A": ValuedPosition(quantity, 0)}, {"A": -1.0})
    assert reduces({"A": ValuedPosition(-quantity, 0)}, {"A": 1.0})
    facts = book(positions={}, buying={"A": ValuedPosition(0.5, 50.0)}, selling={})
    assert (
        check({"A": ValuedPosition(quantity, 100 * quantity)}, facts, Ceilings(gross_value=50 + 100 * quantity)) is None
    )
    assert (
        check({"A": ValuedPosition(quantity, 100 * quantity)}, facts, Ceilings(gross_value=49 + 100 * quantity))
        is not None
    )


def test_what_closes_through_zero_counts_with_the_part_that_opens() -> None:
    assert (
        said({"A": ValuedPosition(-150, -15_000)}, Ceilings(position_quantity=50, symbol_percent=5, open_positions=2))
        == ""
    )


def test_a_loss_that_was_made_good_still_counts() -> None:
    assert "Today had lost 2,000.00" in said(MORE_A, Ceilings(daily_loss=1_500), day_low=-2_000.0)
    assert lost(book(day_low=-2_000.0, day_profit=None), Ceilings(daily_loss=1_500))
    assert not lost(book(), Ceilings(daily_loss=1_500))


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("09:30-12:00, 13:00-16:00", True),
        ("09:30-09:59, 13:00-16:00", False),
        ("15:00-16:00 Europe/London", True),
        ("10:00-11:00 Europe/London", False),
        ("22:00-10:01", True),
    ],
)
def test_hours_of_several_ranges_in_a_zone(text: str, inside: bool) -> None:
    assert hours(text).inside(NOW) is inside
    sentence = said(MORE_A, Ceilings(hours=text))
    assert (sentence == "") is inside
    assert inside or ("It is" in sentence and text in sentence)


@pytest.mark.parametrize(
    "text", ["9:30-16:00", "09:30", "09:30-24:00", "09:30 - 16:00", "", "09:30-16:00;", "０9:30-16:00"]
)
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="09:30-15:45"):
        hours(text)


def test_a_zone_that_is_none() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        hours("09:30-16:00 Mars/Olympus")
