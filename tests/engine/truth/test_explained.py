"""Splits, expiries, exercises and assignments are recognised by their figures, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.instrument import Instrument
from ibtui.engine.truth.explained import Difference
from ibtui.engine.truth.explained import explanations as explained

KINDS = {"expired": "expiry", "exercised": "exercise", "assigned": "assignment", "split": "split"}
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")
CALL = replace(
    AAPL, symbol="AAPL261120C00190000", con_id=2, sec_type="OPT", expiry="20261120", right="C", multiplier=Decimal(100)
)
PUT = replace(CALL, symbol="AAPL261120P00190000", con_id=3, right="P")
FUTURE = replace(AAPL, symbol="ESX6", con_id=4, sec_type="FUT", root="ES", expiry="20261120")


def moved(instrument: Instrument | None, expected: int, counted: int | str, **changes: Any) -> Difference:
    symbol = changes.pop("symbol", "" if instrument is None else instrument.symbol)
    return Difference(
        symbol=symbol, instrument=instrument, expected=Decimal(expected), counted=Decimal(counted), **changes
    )


def explanations(differences: list[Difference], now: datetime) -> dict[str, str]:
    """The words by symbol, each of which begins with what its kind is called."""
    found = explained(differences, now)
    for symbol, how in found.items():
        word = how.words.removeprefix(differences_named(how.words)).split()[0]
        assert how.kind == KINDS[word], symbol
    return {symbol: how.words for symbol, how in found.items()}


def differences_named(words: str) -> str:
    """The option that the words about an underlying begin with; nothing where they begin with what happened."""
    first, _, _ = words.partition(" ")
    return "" if first in KINDS else f"{first} "


@pytest.mark.parametrize(
    ("expected", "counted", "before", "now", "words"),
    [
        (100, 400, 200.0, 50.0, "split 4 for 1"),
        (-100, -400, 200.0, 50.0, "split 4 for 1"),
        (100, 150, 90.0, 60.0, "split 3 for 2"),
        (105, 10, 2.0, 20.0, "split 1 for 10"),
        (101, 151, 90.0, 60.02, "split 3 for 2"),
        (100, 400, 200.0, 200.0, None),
        (100, 100, 200.0, 50.0, None),
        (100, 400, None, 50.0, None),
        (100, 410, 200.0, 50.0, None),
        (100, 101, 187.0, 185.15, None),
        (0, 40, 200.0, 50.0, None),
    ],
)
def test_splits(expected: int, counted: int, before: float | None, now: float, words: str | None) -> None:
    one = moved(AAPL, expected, counted, cost_before=before, cost_now=now)
    assert explanations([one], NOW).get("AAPL") == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "expired on 2026-11-20"),
        ({"expiry": "20261123"}, None),
        ({"expiry": "20261218"}, None),
        ({"expiry": ""}, None),
    ],
)
@pytest.mark.parametrize("of", [CALL, FUTURE])
def test_expiry(of: Instrument, changes: dict[str, str], words: str | None) -> None:
    assert explanations([moved(replace(of, **changes), 3, 0)], NOW).get(of.symbol) == words
    assert explanations([moved(replace(of, **changes), 3, 1)], NOW) == {}


def test_an_option_that_nobody_describes_any_more_says_its_own_expiry() -> None:
    assert explanations([moved(None, -2, 0, symbol=CALL.symbol)], NOW) == {CALL.symbol: "expired on 2026-11-20"}
    assert explanations([moved(None, -2, 0, symbol="ESZ6")], NOW) == {}


@pytest.mark.parametrize("hour", [20, 22])
def test_a_last_day_is_over_at_the_close_in_new_york(hour: int) -> None:
    one = moved(replace(CALL, expiry="20261123"), 1, 0)
    assert bool(explanations([one], NOW.replace(hour=hour))) is (hour == 22)


@pytest.mark.parametrize(
    ("options", "stock", "words"),
    [
        ([moved(CALL, 1, 0)], 100, ["exercised"]),
        ([moved(CALL, -2, 0)], -200, ["assigned"]),
        ([moved(PUT, 1, 0)], -100, ["exercised"]),
        ([moved(PUT, -3, -2)], 100, ["assigned"]),
        ([moved(CALL, -1, 0), moved(PUT, -1, 0)], -100, ["assigned", "expired on 2026-11-20"]),
        ([moved(CALL, 1, 0), moved(PUT, -1, 0)], 200, ["exercised", "assigned"]),
    ],
)
def test_exercise_and_assignment(options: list[Difference], stock: int, words: list[str]) -> None:
    found = explanations([moved(AAPL, 0, stock), *options], NOW)
    assert [found[one.symbol] for one in options] == words
    assert "exercised" in found["AAPL"] or "assigned" in found["AAPL"]


@pytest.mark.parametrize(
    ("option", "stock"),
    [
        (moved(replace(CALL, expiry="20261218"), 1, 0), 90),
        (moved(replace(CALL, expiry="20261218"), 1, 2), -100),
        (moved(replace(CALL, root="MSFT"), 1, 0), 100),
        (moved(replace(CALL, currency="CAD"), 1, 0), 100),
        (moved(FUTURE, 1, 0), 100),
    ],
)
def test_stock_that_no_option_makes_up_is_not_explained(option: Difference, stock: int) -> None:
    assert "AAPL" not in explanations([moved(AAPL, 0, stock), option], NOW)


@given(expected=st.integers(-5000, 5000).filter(bool), counted=st.integers(-5000, 5000), cost=st.floats(1, 1000))
def test_a_stock_at_an_unchanged_cost_is_never_explained_by_itself(expected: int, counted: int, cost: float) -> None:
    assert explanations([moved(AAPL, expected, counted, cost_before=cost, cost_now=cost)], NOW) == {}
