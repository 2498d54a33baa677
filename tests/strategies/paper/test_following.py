"""Exits follow the position: smaller with a part of it, gone with the whole, none left by a flip."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.strategies.paper.desk import Counting

CALM = (100, 101, 99, 100)


def held(quantity: float = 100, **exits: float | None) -> Counting:
    """A long position with its exits at work."""
    desk = Counting()
    desk.ask(quantity, **exits)
    desk.bar(*CALM)
    return desk


def test_a_partial_exit_makes_stop_and_target_smaller() -> None:
    desk = held(sl=95, tp=110)
    desk.ask(-50)
    desk.bar(*CALM)
    assert desk.working() == [("stop", "SELL", 50, 95), ("target", "SELL", 50, 110)]
    assert desk.bar(96, 97, 90, 91) == [("stop", -50, 95)]
    assert desk.held == 0


def test_a_target_without_a_stop_follows_too() -> None:
    desk = held(tp=110)
    desk.ask(-60)
    desk.bar(*CALM)
    assert desk.working() == [("target", "SELL", 40, 110)]


def test_a_closed_position_takes_its_exits_away() -> None:
    desk = held(sl=95, tp=110)
    desk.ask(-100)
    desk.bar(*CALM)
    assert desk.working() == []


def test_a_flip_leaves_none() -> None:
    desk = held(sl=95, tp=110)
    desk.ask(-150)
    desk.bar(*CALM)
    assert (desk.held, desk.working()) == (-50, [])


def test_what_a_flip_brings_is_as_large_as_what_is_held() -> None:
    desk = held(sl=95)
    desk.ask(-150, sl=105)
    desk.bar(*CALM)
    assert desk.working() == [("stop", "BUY", 50, 105)]


def test_an_entry_that_only_reduces_leaves_no_exit_that_would_enlarge() -> None:
    desk = held()
    desk.ask(-40, sl=105, tp=90)
    desk.bar(*CALM)
    assert (desk.held, desk.working()) == (60, [])


def test_targets_without_a_stop_make_room_for_those_beside_stops() -> None:
    desk = held(60, tp=110)
    desk.ask(40, sl=95, tp=112)
    desk.bar(*CALM)
    desk.ask(-30)
    desk.bar(*CALM)
    assert sorted(desk.working()) == [
        ("stop", "SELL", 40, 95),
        ("target", "SELL", 30, 110),
        ("target", "SELL", 40, 112),
    ]


def test_of_several_stops_the_one_that_guards_least_goes_first_then_the_farther() -> None:
    desk = held(60, sl=95)
    desk.ask(40, sl=96)
    desk.bar(*CALM)
    desk.ask(-50)
    desk.bar(*CALM)
    assert desk.working() == [("stop", "SELL", 50, 95)]
    desk = held(50, sl=95)
    desk.ask(50, sl=96)
    desk.bar(*CALM)
    desk.ask(-70)
    desk.bar(*CALM)
    assert desk.working() == [("stop", "SELL", 30, 96)]


def test_a_limit_that_closes_all_joins_the_stop_and_goes_with_it() -> None:
    desk = held(sl=95)
    desk.ask(-100, limit=105)
    assert desk.bar(96, 97, 94, 95) == [("stop", -100, 95)]
    assert desk.working() == []


def test_a_close_leaves_the_stop_until_it_has_filled() -> None:
    desk = held(sl=95)
    desk.book.close("A")
    assert sorted(role for role, *_ in desk.working()) == ["exit", "stop"]
    assert desk.bar(94, 95, 93, 94) == [("exit", -100, 94)]
    assert desk.working() == []


def test_a_stop_that_was_sent_as_an_entry_follows_what_closes_the_position() -> None:
    desk = held()
    desk.ask(-100, stop=90)
    desk.ask(-100, limit=105)
    assert desk.bar(100, 106, 99, 104) == [("entry", -100, 105)]
    assert desk.working() == []


def test_a_stop_that_guards_a_position_stays_overnight() -> None:
    desk = held()
    guards, opens, day = desk.ask(-100, stop=90), desk.ask(100, stop=110), desk.ask(-10, limit=120)
    desk.bar(*CALM)
    desk.book.standing.expire(desk.day_ends("A"))
    assert list(desk.book.standing.by_ref) == [guards.ref]
    assert (opens.overnight, day.overnight) == (False, False)


PRICES = st.integers(90, 110)


class Following(RuleBasedStateMachine):
    """Whatever is asked for and whatever trades: no exit is larger than the position or would enlarge it."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Counting()

    @rule(
        signed=st.integers(-60, 60).filter(bool),
        away=st.none() | st.integers(1, 8),
        reward=st.none() | st.integers(1, 8),
    )
    def bracket(self, signed: int, away: int | None, reward: int | None) -> None:
        side = 1 if signed > 0 else -1
        sl, tp = (None if gap is None else 100 + way * side * gap for gap, way in ((away, -1), (reward, 1)))
        self.desk.ask(signed, sl=sl, tp=tp)

    @rule(signed=st.integers(-60, 60).filter(bool), price=PRICES)
    def limit(self, signed: int, price: int) -> None:
        self.desk.ask(signed, limit=price)

    @rule()
    def close(self) -> None:
        self.desk.book.close("A")

    @rule(opened=PRICES, up=st.integers(0, 6), down=st.integers(0, 6), place=st.integers(0, 12))
    def bar(self, opened: int, up: int, down: int, place: int) -> None:
        low, high = opened - down, opened + up
        self.desk.bar(opened, high, low, low + place % (high - low + 1))

    @invariant()
    def exits_only_close(self) -> None:
        groups: dict[tuple[str, str], float] = {}
        for order in self.desk.book.orders("A"):
            if order.status.at_work and order.role in ("stop", "target"):
                assert order.side.sign * self.desk.held < 0
                key = order.role, order.oca_group
                groups[key] = max(groups.get(key, 0.0), float(order.quantity))
        for role in ("stop", "target"):
            assert sum(size for (kind, _), size in groups.items() if kind == role) <= abs(self.desk.held) or not groups


TestFollowing = Following.TestCase
TestFollowing.settings = settings(max_examples=60, stateful_step_count=30)


@pytest.mark.parametrize("sign", [1, -1])
def test_shorts_as_longs(sign: int) -> None:
    desk = Counting()
    desk.ask(100 * sign, sl=100 - 5 * sign)
    desk.bar(*CALM)
    desk.ask(-30 * sign)
    desk.bar(*CALM)
    assert [quantity for _, _, quantity, _ in desk.working()] == [70]
