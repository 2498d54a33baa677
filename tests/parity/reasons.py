"""Why the first fill that differs may differ: each reason by the name that it has in the guide."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.guide.tables import PAGES
from tests.parity.deeds import Course, Traded

_ROW = re.compile(r"^\| \*\*(.+?)\*\* \|", re.MULTILINE)


def named_in_the_guide() -> set[str]:
    """The reasons that the guide's table names."""
    text = PAGES["strategies"].read_text()
    section = text.partition("## What is the same")[2].partition("\n## ")[0]
    return set(_ROW.findall(section))


def _alike(one: Traded, other: Traded) -> bool:
    return one.symbol == other.symbol and one.quantity * other.quantity > 0


def _depth(live: Traded, other: Traded) -> bool:
    worse = (live.price - other.price) * live.quantity >= 0
    return _alike(live, other) and live.time == other.time and worse and abs(live.quantity) < abs(other.quantity)


def _later(live: Traded, other: Traded) -> bool:
    return _alike(live, other) and live.quantity == other.quantity and live.time > other.time


def _queue(live: Traded, other: Traded) -> bool:
    same = (live.symbol, live.quantity, live.price) == (other.symbol, other.quantity, other.price)
    return same and live.time < other.time


REASONS: dict[str, Callable[[Traded, Traded], bool]] = {"depth": _depth, "a later market": _later, "the queue": _queue}
"""Each says whether it explains that the first of two fills is what became of the second live."""


def reason(live: Traded, other: Traded) -> str:
    """The name of what explains the difference; empty for nothing."""
    return next((name for name, explains in REASONS.items() if explains(live, other)), "")


def compare(live: Course, other: Course) -> str:
    """The reason of the first fill that differs, empty where the two are the same throughout; else AssertionError.

    Up to that fill what was asked for is the same, with its reason; from there on positions are not the same any more.
    """
    assert live.refused == other.refused == []
    pairs = list(zip(live.trades, other.trades, strict=False))
    first = next(((one, two) for one, two in pairs if one != two), None)
    if first is None:
        assert live.deeds == other.deeds
        assert live.trades == other.trades
        return ""
    until = min(first[0].time, first[1].time)
    assert [deed for deed in live.deeds if deed.time < until] == [deed for deed in other.deeds if deed.time < until]
    found = reason(*first)
    assert found, f"no reason of the guide explains that {first[0]} is not {first[1]}"
    return found
