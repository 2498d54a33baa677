"""Ceilings: each refuses beyond it and names number and limit; what only reduces is never asked about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.limits import Ceilings, hours
from ibtui.risk.ceilings import Book, Held, check, reduces

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in New York


def book(**changes: Any) -> Book:
    facts: dict[str, Any] = {
        "positions": {"A": Held(100, 10_000), "B": Held(-50, -5_000)},
        "equity": 100_000.0,
        "day_begin": 101_000.0,
        "day_profit": -1_000.0,
        "orders_today": 3,
        "last_order": NOW - timedelta(seconds=20),
        "now": NOW,
        "groups": {"A": "tech", "C": "tech"},
    }
    return Book(**{**facts, **changes})


def said(wanted: dict[str, Held], ceilings: Ceilings, **changes: Any) -> str:
    refusal = check(wanted, book(**changes), ceilings)
    return "" if refusal is None else refusal.sentence


MORE_A = {"A": Held(100, 10_000)}
NEW_C = {"C": Held(10, 2_000)}


@pytest.mark.parametrize(
    ("wanted", "under", "over", "words"),
    [
        (MORE_A, {"position_quantity": 200}, {"position_quantity": 199}, ("A to 200", "199")),
        (MORE_A, {"position_value": 20_000}, {"position_value": 19_999}, ("20,000.00", "19,999.00")),
        (MORE_A, {"gross_value": 25_000}, {"gross_value": 24_000}, ("25,000.00", "24,000.00")),
        (MORE_A, {"gross_percent": 25}, {"gross_percent": 24.9}, ("25.0 %", "24.9 %")),
        (MORE_A, {"symbol_percent": 20}, {"symbol_percent": 19}, ("A would be 20.0 %", "19 %")),
        (NEW_C, {"group_percent": 12}, {"group_percent": 11}, ("tech would be 12.0 %", "11 %")),
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
    wanted: dict[str, Held], under: dict[str, Any], over: dict[str, Any], words: tuple[str, ...]
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
    assert check({s: Held(*pair) for s, pair in wanted.items()}, book(equity=equity), Ceilings()) is None


@given(st.floats(-1_000, 1_000), st.floats(-1_000, 1_000))
def test_only_what_makes_a_position_smaller_reduces(held: float, traded: float) -> None:
    smaller = reduces({"A": Held(traded, 0)}, {"A": held})
    if smaller:
        assert abs(held + traded) <= abs(held) + 1e-6
        assert (held + traded) * held >= -1e-6 * abs(held)
    assert not reduces({}, {"A": held})
    assert not reduces({"A": Held(-held, 0), "B": Held(1, 0)}, {"A": held})


@pytest.mark.parametrize("text", ["9:30-16:00", "09:30", "09:30-24:00", "09:30 - 16:00", ""])
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="09:30-15:45"):
        hours(text)
