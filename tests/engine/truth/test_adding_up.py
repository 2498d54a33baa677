"""Positions against the last whole count and the fills since: what agrees, what is explained, what is held."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.domain.event import Filled, PositionSeen
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import FOREIGN, OrderStatus, Side
from ibtui.engine.journal.journal import Recovered
from tests.engine.state_bench import AAPL, NOW, Bench, fill, moved, pending, position, reconciled
from tests.engine.truth.kept import Kept

MSFT = replace(AAPL, symbol="MSFT", con_id=2, root="MSFT")


def seen(instrument: Instrument, quantity: int | str, cost: float = 187.0) -> PositionSeen:
    return PositionSeen(account="DU1", instrument=instrument, quantity=Decimal(quantity), average_cost=cost)


def foreign(number: int, quantity: int, side: Side = Side.BUY, **changes: Any) -> Fill:
    return fill(number, quantity, ref=f"perm-{number}", owner=FOREIGN, side=side, **changes)


@pytest.fixture
def bench() -> Bench:
    """A state that has counted 100 AAPL and 50 MSFT once."""
    bench = Bench()
    bench.apply(reconciled(positions=[position(100), seen(MSFT, 50)]))
    return bench


def held(bench: Bench) -> list[str]:
    return [hold.symbol for hold in bench.state.holds.all()]


def shown(bench: Bench) -> dict[str, tuple[int, bool]]:
    return {p.symbol: (int(p.quantity), p.doubted) for p in bench.state.positions.all()}


def test_the_first_whole_count_is_the_base() -> None:
    bench = Bench()
    bench.apply(reconciled(positions=[position(100)]))
    assert held(bench) == []
    bench.apply(reconciled(positions=[position(100)]))
    assert held(bench) == []


@pytest.mark.parametrize("count", [60, 140, -100])
def test_a_count_that_nothing_explains_holds_its_instrument_alone(bench: Bench, count: int) -> None:
    bench.apply(reconciled(positions=[position(count), seen(MSFT, 50)]))
    (hold,) = bench.state.holds.all()
    assert (hold.symbol, hold.expected, hold.counted) == ("AAPL", Decimal(100), Decimal(count))
    assert hold.reason == f"IB counts {count}, our books 100"
    assert shown(bench)["AAPL"] == (count, False)


@pytest.mark.parametrize("count", [40, 1, -1])
def test_a_symbol_that_was_never_held_is_held_too(bench: Bench, count: int) -> None:
    tesla = replace(AAPL, symbol="TSLA", con_id=3, root="TSLA")
    bench.apply(reconciled(positions=[position(100), seen(MSFT, 50), seen(tesla, count)]))
    assert held(bench) == ["TSLA"]


def test_a_flat_account_was_counted_too() -> None:
    bench = Bench()
    bench.apply(reconciled(), reconciled(positions=[position(40)]))
    assert held(bench) == ["AAPL"]


def test_an_empty_answer_holds_everything_and_shows_it_as_it_was(bench: Bench) -> None:
    bench.apply(reconciled())
    assert held(bench) == ["AAPL", "MSFT"]
    assert shown(bench) == {"AAPL": (100, True), "MSFT": (50, True)}
    assert bench.state.closable("AAPL") == 0
    bench.apply(reconciled(positions=[position(100)]))
    assert held(bench) == ["MSFT"]
    assert shown(bench) == {"AAPL": (100, False), "MSFT": (50, True)}
    bench.apply(reconciled(positions=[position(100), seen(MSFT, 50)]))
    assert held(bench) == []
    assert shown(bench) == {"AAPL": (100, False), "MSFT": (50, False)}
    assert "MSFT is no longer held: IB counts 50, as our books do" in bench.said()


def test_an_empty_answer_after_a_restart_is_not_flat() -> None:
    bench = Bench()
    bench.state.recover(Recovered(orders=(), fills=(), positions={"AAPL": Decimal(100)}))
    bench.apply(reconciled())
    assert held(bench) == ["AAPL"]
    assert shown(bench) == {"AAPL": (100, True)}


def test_what_is_stated_to_be_zero_is_flat_and_held(bench: Bench) -> None:
    bench.apply(reconciled(positions=[position(0), seen(MSFT, 50)]))
    assert held(bench) == ["AAPL"]
    assert shown(bench) == {"MSFT": (50, False)}


def test_executions_of_any_program_explain(bench: Bench) -> None:
    bench.apply(reconciled(fills=[foreign(1, 30), foreign(2, 50, Side.SELL, symbol="MSFT")], positions=[position(130)]))
    assert held(bench) == []
    assert shown(bench) == {"AAPL": (130, False)}


def test_an_execution_that_comes_later_ends_the_hold(bench: Bench) -> None:
    counts = [position(130), seen(MSFT, 50)]
    bench.apply(reconciled(positions=counts))
    assert held(bench) == ["AAPL"]
    bench.apply(reconciled(fills=[foreign(1, 30)], positions=counts))
    assert held(bench) == []


def test_a_fill_that_the_count_does_not_contain_yet_is_no_difference_for_two_seconds(bench: Bench) -> None:
    bench.apply(Filled(fill=fill(1, 40)), reconciled(positions=[position(100), seen(MSFT, 50)]))
    assert held(bench) == []
    bench.clock.advance(3)
    bench.apply(reconciled(positions=[position(100), seen(MSFT, 50)]))
    assert held(bench) == ["AAPL"]


def test_a_fill_that_is_fresh_excuses_its_own_instrument_alone(bench: Bench) -> None:
    bench.apply(Filled(fill=fill(1, 40)), reconciled(positions=[position(100), seen(MSFT, 60)]))
    assert held(bench) == ["MSFT"]


def test_what_an_order_just_reported_may_still_get_its_executions(bench: Bench) -> None:
    bench.state.order(pending())
    bench.apply(moved(OrderStatus.FILLED, filled=Decimal(100)))
    counts = [position(200), seen(MSFT, 50)]
    bench.apply(reconciled(positions=counts))
    assert held(bench) == []
    bench.clock.advance(6)
    bench.apply(reconciled(positions=counts))
    assert held(bench) == ["AAPL"]
    bench.apply(reconciled(fills=[fill(1, 100)], positions=counts))
    assert held(bench) == []


def test_what_one_closes_while_it_is_held_leaves_the_difference(bench: Bench) -> None:
    bench.apply(reconciled(positions=[position(60), seen(MSFT, 50)]))
    bench.apply(Filled(fill=fill(1, 60, side=Side.SELL)), position(0))
    hold = bench.state.holds.held("AAPL")
    assert hold is not None
    assert (hold.counted, bench.state.closable("AAPL")) == (Decimal(0), Decimal(0))
    bench.apply(reconciled(positions=[seen(MSFT, 50)]))
    hold = bench.state.holds.held("AAPL")
    assert hold is not None
    assert (hold.expected, hold.counted) == (Decimal(40), Decimal(0))


def test_executions_that_were_told_before_a_restart_are_not_counted_twice() -> None:
    bench = Bench()
    old = foreign(1, 100, time=NOW - timedelta(days=2))
    told = Recovered(orders=(), fills=(), positions={"AAPL": Decimal(100)}, told=frozenset({old.base}))
    bench.state.recover(told)
    bench.apply(reconciled(fills=[old], positions=[position(100)]))
    assert held(bench) == []


def test_a_correction_counts_for_what_it_changes(bench: Bench) -> None:
    bench.apply(Filled(fill=fill(1, 40)), Filled(fill=fill(1, 30, revision=2)))
    bench.clock.advance(3)
    bench.apply(reconciled(positions=[position(130), seen(MSFT, 50)]))
    assert held(bench) == []


def test_an_order_that_holds_is_not_overruled_by_a_count_that_agrees(bench: Bench) -> None:
    bench.state.holds.hold("AAPL", "an order ended, its outcome unknown", order="a")
    bench.apply(reconciled(positions=[position(100), seen(MSFT, 50)]))
    assert held(bench) == ["AAPL"]
    bench.apply(reconciled(positions=[position(140), seen(MSFT, 50)]))
    (hold,) = bench.state.holds.all()
    assert (hold.reason, hold.counted) == ("an order ended, its outcome unknown", Decimal(140))


def test_a_hold_outlives_the_journal_that_knew_what_was_expected(bench: Bench) -> None:
    kept = Kept()
    bench.state.keep(kept)
    bench.apply(reconciled(positions=[position(60), seen(MSFT, 50)]))
    again = Bench()
    kept.values.pop("positions.base", None)
    again.state.keep(kept)
    again.apply(*[reconciled(positions=[position(60), seen(MSFT, 50)])] * 2)
    assert held(again) == ["AAPL"]
    again.apply(reconciled(positions=[position(100), seen(MSFT, 50)]))
    assert held(again) == []


def test_what_explains_an_empty_answer_has_to_stay_so_for_a_while() -> None:
    """An assigned covered call leaves nothing, as a gateway does that has just begun."""
    call = replace(AAPL, symbol="C", con_id=9, sec_type="OPT", expiry="20261120", right="C", multiplier=Decimal(100))
    bench = Bench()
    bench.apply(reconciled(positions=[position(100), seen(call, -1)]), reconciled())
    assert held(bench) == ["AAPL", "C"]
    assert "perhaps assigned" in bench.said()
    bench.clock.advance(61)
    bench.apply(reconciled())
    assert held(bench) == []
    assert shown(bench) == {}
    assert "C -1 -> 0: assigned" in bench.said()


@given(
    start=st.integers(-200, 200),
    trades=st.lists(st.tuples(st.integers(1, 50), st.sampled_from(list(Side)), st.booleans()), max_size=12),
    lost=st.integers(-30, 30),
    seed=st.integers(0, 9),
)
def test_a_hold_is_exactly_where_the_count_is_not_what_the_fills_add_up_to(
    start: int, trades: list[tuple[int, Side, bool]], lost: int, seed: int
) -> None:
    """Whatever fills come live or with the answer, in whatever order, and however often each is told."""
    bench = Bench()
    bench.apply(reconciled(positions=[position(start)] if start else []))
    fills = [foreign(number, quantity, side) for number, (quantity, side, _) in enumerate(trades)]
    live = [Filled(fill=one) for one, (_, _, told) in zip(fills, trades, strict=True) if told]
    random.Random(seed).shuffle(live)
    bench.apply(*live, *live)
    bench.clock.advance(3)
    count = start + sum(int(one.signed) for one in fills) + lost
    bench.apply(reconciled(fills=fills, positions=[position(count)] if count else []))
    assert held(bench) == (["AAPL"] if lost else [])
