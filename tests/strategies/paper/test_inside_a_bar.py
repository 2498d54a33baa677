"""What happens inside a bar: every path of prices that its four figures allow is walked, and the rule held to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.paper.desk import Counting


class Ticks(NamedTuple):
    """A bar in whole ticks."""

    open: int
    high: int
    low: int
    close: int


class Bracket(NamedTuple):
    """An entry of one share with its exits; `kind` is MKT, LMT or STP."""

    sign: int
    kind: str
    price: int
    stop: int | None
    target: int | None


def outcomes(bar: Ticks, bracket: Bracket) -> set[tuple[str, int]]:
    """How the bracket can stand at the close, and at which price it left, over all paths that step from tick to tick.

    A path begins at the open, ends at the close, stays between low and high and touches both.
    """
    seen, queue, ends = set(), [_step(bracket, bar, bar.open, (False, False, "out"), bar.open)], set()
    while queue:
        place = queue.pop()
        if place in seen:
            continue
        seen.add(place)
        price, high, low, stands = place
        if price == bar.close and high and low:
            ends.add(stands)
        for after in (price - 1, price + 1):
            if bar.low <= after <= bar.high:
                queue.append(_step(bracket, bar, after, (high, low, stands), bar.open))
    return ends


def _step(bracket: Bracket, bar: Ticks, price: int, before: tuple[bool, bool, object], opened: int) -> tuple:  # type: ignore[type-arg]
    high, low, stands = before
    if stands == "out" and _enters(bracket, price, opened):
        stands = "in"
    if stands == "in":
        stands = _leaves(bracket, price)
    return price, high or price == bar.high, low or price == bar.low, stands


def _enters(bracket: Bracket, price: int, opened: int) -> bool:
    beyond = (price - bracket.price) * bracket.sign
    return bracket.kind == "MKT" or (beyond <= 0 if bracket.kind == "LMT" else beyond >= 0)


def _leaves(bracket: Bracket, price: int) -> object:
    if bracket.stop is not None and (price - bracket.stop) * bracket.sign <= 0:
        return "stop", price
    if bracket.target is not None and (price - bracket.target) * bracket.sign >= 0:
        return "target", price
    return "in"


def worst(bar: Ticks, bracket: Bracket) -> object:
    """The outcome that is worth least at the close."""
    return min(outcomes(bar, bracket), key=lambda stands: _value(bar, bracket, stands))


def _value(bar: Ticks, bracket: Bracket, stands: object) -> int:
    left = bar.close if stands in ("in", "out") else stands[1]  # type: ignore[index]
    return bracket.sign * left


def ruled(bar: Ticks, bracket: Bracket) -> object:
    """What the book makes of it."""
    desk = Counting()
    prices = {"LMT": {"limit": bracket.price}, "STP": {"stop": bracket.price}}.get(bracket.kind, {})
    desk.ask(bracket.sign, **prices, sl=bracket.stop, tp=bracket.target)
    fills = desk.bar(*bar)
    if not fills:
        return "out"
    return "in" if len(fills) == 1 else (fills[1][0], int(fills[1][2]))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Ticks, Bracket]:
    low = draw(st.integers(10, 13))
    high = draw(st.integers(low, low + 7))
    bar = Ticks(draw(st.integers(low, high)), high, low, draw(st.integers(low, high)))
    kind, sign = draw(st.sampled_from(("MKT", "LMT", "STP"))), draw(st.sampled_from((1, -1)))
    price = draw(st.integers(low - 1, high + 1))
    inside = price if kind != "MKT" and _met_inside(bar, sign, kind, price) else bar.open
    away = st.none() | st.integers(1, 8)
    stop, target = draw(away), draw(away)
    return bar, Bracket(
        sign,
        kind,
        price,
        None if stop is None else inside - sign * stop,
        None if target is None else inside + sign * target,
    )


def _met_inside(bar: Ticks, sign: int, kind: str, price: int) -> bool:
    return (bar.open - price) * sign * (1 if kind == "LMT" else -1) > 0


@given(cases())
@settings(max_examples=1500)
def test_what_is_certain_is_taken_and_else_the_worse(case: tuple[Ticks, Bracket]) -> None:
    bar, bracket = case
    possible = outcomes(bar, bracket)
    found = ruled(bar, bracket)
    assert found in possible
    assert _value(bar, bracket, found) == _value(bar, bracket, worst(bar, bracket))
    if len(possible) == 1:
        assert found in possible


def table() -> Iterator[tuple[str, str, Ticks, object]]:
    """Each way into a long position by what the bar does to its exits: stop 8, target 12; a stop enters at 11, a
    limit at 9.
    """
    yield "MKT", "untouched", Ticks(10, 11, 9, 10), "in"
    yield "MKT", "target", Ticks(10, 12, 9, 10), ("target", 12)
    yield "MKT", "stop", Ticks(10, 11, 8, 10), ("stop", 8)
    yield "MKT", "both", Ticks(10, 12, 8, 10), ("stop", 8)
    yield "STP", "untouched", Ticks(10, 11, 9, 10), "in"
    yield "STP", "target", Ticks(10, 12, 9, 10), ("target", 12)
    yield "STP", "stop", Ticks(10, 11, 8, 10), ("stop", 8)
    yield "STP", "both", Ticks(10, 12, 8, 10), ("stop", 8)
    yield "LMT", "untouched", Ticks(10, 11, 9, 10), "in"
    yield "LMT", "target, perhaps before", Ticks(10, 12, 9, 10), "in"
    yield "LMT", "target by the close", Ticks(10, 12, 9, 12), ("target", 12)
    yield "LMT", "stop", Ticks(10, 11, 8, 10), ("stop", 8)
    yield "LMT", "both", Ticks(10, 12, 8, 12), ("stop", 8)


@pytest.mark.parametrize(("kind", "what", "bar", "stands"), [*table()])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_table(sign: int, kind: str, what: str, bar: Ticks, stands: object) -> None:
    price = {"STP": 11, "LMT": 9}.get(kind, 10)
    if sign < 0:  # the same upside down
        bar = Ticks(20 - bar.open, 20 - bar.low, 20 - bar.high, 20 - bar.close)
        stands = stands if stands == "in" else (stands[0], 20 - stands[1])  # type: ignore[index]
    turned = Bracket(sign, kind, price if sign > 0 else 20 - price, 10 - 2 * sign, 10 + 2 * sign)
    assert ruled(bar, turned) == stands


def test_a_target_that_is_certain_inside_the_bar_of_its_entry_is_taken() -> None:
    desk = Counting()
    desk.ask(100, stop=101, sl=97, tp=103)
    assert desk.bar(100, 104, 99.5, 100) == [("entry", 100, 101), ("target", -100, 103)]
    assert desk.working() == []


@pytest.mark.parametrize(("sl", "tp", "price"), [(99, 105, 98), (90, 97, 98)])
def test_what_the_entry_is_beyond_already_trades_there(sl: float, tp: float, price: float) -> None:
    desk = Counting()
    desk.ask(1, limit=98, sl=sl, tp=tp)
    assert [fill[2] for fill in desk.bar(100, 101, 95, 99)] == [98, price]


def test_of_two_prices_on_one_side_of_the_open_the_nearer_is_met_first() -> None:
    desk = Counting()
    desk.ask(100, sl=95, tp=105)
    desk.bar(100, 101, 99, 100)
    desk.ask(-50, limit=103)
    assert desk.bar(100, 106, 99, 104) == [("entry", -50, 103), ("target", -50, 105)]
