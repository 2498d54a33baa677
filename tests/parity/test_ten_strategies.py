"""The same class live, in shadow and over the past: the whole cast in one session, three ways over one market."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import tests.insync  # noqa: F401  # before the engine, with a loop
from tests.parity.cast import CAST, THIN
from tests.parity.deeds import Course, Deed, Traded
from tests.parity.reasons import REASONS, compare, named_in_the_guide
from tests.parity.session import Played
from tests.parity.session import played as played

DIFFERS = {"scalper": "the queue"}
"""Whose live fills differ in this session, and why: its limit orders are the first at their price."""
SILENT = {"told"}
"""Those that trade nothing, and do so everywhere."""


@pytest.mark.parametrize("name", CAST)
def test_it_asks_for_and_trades_the_same_three_ways(played: Played, name: str) -> None:
    live, past = played.live[name], played.past(name)
    assert bool(live.trades) != (name in SILENT)
    assert compare(live, played.shadow[name]) == DIFFERS.get(name, "")
    assert compare(live, past) == DIFFERS.get(name, "")
    assert compare(played.shadow[name], past) == ""


def test_an_order_larger_than_the_best_price_shows_differs_by_its_depth(played: Played) -> None:
    live = played.live[THIN]
    assert compare(live, played.shadow[THIN]) == "depth"
    assert compare(live, played.past(THIN)) == "depth"
    assert compare(played.shadow[THIN], played.past(THIN)) == ""


def test_the_guide_names_the_reasons() -> None:
    assert named_in_the_guide() == set(REASONS)


NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def course(second: int, price: float) -> Course:
    return Course([Deed(NOON, "BUY 10 A at market", "why")], [Traded(NOON.replace(second=second), "A", 10, price)], [])


def test_a_fill_that_no_reason_explains_fails() -> None:
    assert compare(course(2, 100.0), course(1, 99.9)) == "a later market"
    with pytest.raises(AssertionError, match="no reason of the guide explains"):
        compare(course(1, 100.0), course(1, 99.9))
    assert compare(course(0, 100.0), course(1, 100.0)) == "the queue"
    with pytest.raises(AssertionError, match="no reason of the guide explains"):
        compare(course(0, 100.0), course(1, 99.9))
