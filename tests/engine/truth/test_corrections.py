"""Executions that are corrected, busted, or whose ids are given out again: everything that counts them follows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ibtui.domain.account import Account
from ibtui.domain.event import Commissioned, Filled
from ibtui.domain.order import FOREIGN, TAKEN_BACK, Order, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import Terms
from ibtui.engine.journal.journal import Recovered
from ibtui.engine.truth import pnl
from tests.engine.state_bench import AAPL, NOW, REF, Bench, fill, moved, pending, reconciled

ACCOUNT = Account(id="DU1", currency="USD")


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.state.order(pending(owner="sma", status=OrderStatus.WORKING))
    return bench


def mine(quantity: int, revision: int = 1, **changes: Any) -> Filled:
    return Filled(fill=fill(1, quantity, revision, owner="sma", **changes))


def test_a_bust_takes_the_order_its_average_and_the_strategy_back(bench: Bench) -> None:
    bench.apply(mine(100), mine(0, revision=2))
    assert (bench.order.filled, bench.order.average_price) == (Decimal(0), None)
    assert bench.order.status is OrderStatus.UNKNOWN
    assert "busted by IB: BUY 0 AAPL" in bench.said()
    held = pnl.holdings(bench.state.fills.of_owner("sma"), NOW)
    assert (held["AAPL"].quantity, held["AAPL"].trades) == (Decimal(0), 0)
    assert bench.state.tally.of("AAPL") == 0
    assert [record.kind for record in bench.records if record.exec_id] == ["FILL", "CORRECTION"]


def test_a_report_from_before_a_correction_does_not_bring_it_back(bench: Bench) -> None:
    bench.apply(mine(100), mine(90, revision=2), moved(OrderStatus.FILLED, filled=Decimal(100)))
    assert bench.order.filled == 90


def test_a_correction_is_remembered_over_a_restart(bench: Bench) -> None:
    later = Bench()
    later.state.recover(Recovered(orders=(pending(filled=Decimal(90)),), fills=(fill(1, 90, 2),), positions={}))
    later.apply(moved(OrderStatus.FILLED, filled=Decimal(100)), Filled(fill=fill(1, 100)))
    assert later.order.filled == 90
    assert later.order.reason == "doubted: IB reports 100 filled of 100, its executions add up to 90; look in TWS"


@pytest.mark.parametrize(
    "other",
    [
        {"symbol": "MSFT", "time": NOW + timedelta(minutes=5)},
        {"side": Side.SELL, "time": NOW + timedelta(minutes=5)},
        {"ref": "b" * 12, "time": NOW + timedelta(minutes=5)},
    ],
)
def test_an_execution_id_that_is_given_out_again_is_another_execution(bench: Bench, other: dict[str, Any]) -> None:
    bench.apply(mine(40), mine(60, **({"ref": "b" * 12} | other)))
    assert bench.order.filled == 40
    assert sum(one.quantity for one in bench.state.fills.of_owner("sma")) == 100
    bench.apply(mine(60, **({"ref": "b" * 12} | other)))
    assert sum(one.quantity for one in bench.state.fills.of_owner("sma")) == 100
    bases = {record.moves[0][1][0] for record in bench.records if record.kind == "FILL"}
    assert len(bases) == 2
    exec_id = fill(1, 1).exec_id
    bench.apply(Commissioned(exec_id=exec_id, commission=1.5, currency="USD"))
    assert [one.commission for one in bench.state.fills.of("b" * 12)] == [1.5]


def test_the_number_of_another_programs_order_that_is_given_out_again_counts_only_its_own(bench: Bench) -> None:
    order = Order(
        ref="perm-9",
        owner=FOREIGN,
        terms=Terms(symbol="MSFT", side=Side.BUY, quantity=Decimal(10), type="MKT"),
        status=OrderStatus.WORKING,
    )
    bench.state.order(order)
    earlier = fill(1, 5, ref="perm-9", owner=FOREIGN, time=NOW - timedelta(days=2), symbol="MSFT")
    bench.apply(Filled(fill=fill(2, 7, ref="perm-9", owner=FOREIGN)))
    bench.apply(Filled(fill=earlier), Filled(fill=fill(1, 10, ref="perm-9", owner=FOREIGN, symbol="MSFT")))
    assert len(bench.state.fills.of("perm-9")) == 3
    assert bench.state.fills.total(order) == 15


def test_an_execution_that_a_message_misnamed_goes_to_its_order_once(bench: Bench) -> None:
    bench.apply(Filled(fill=fill(1, 100, ref="perm-9", owner=FOREIGN)), mine(100))
    assert (bench.order.filled, bench.order.status) == (Decimal(100), OrderStatus.FILLED)
    assert bench.state.fills.of("perm-9") == []
    assert bench.state.tally.of("AAPL") == 100
    bench.apply(Filled(fill=fill(1, 100, ref="perm-9", owner=FOREIGN)))
    assert bench.order.filled == 100


def test_an_execution_whose_contract_a_message_misread_is_put_right(bench: Bench) -> None:
    bench.apply(Filled(fill=fill(1, 100, symbol="MSFT.7", ref="perm-9", owner=FOREIGN)), mine(100))
    assert [bench.state.tally.of(symbol) for symbol in ("AAPL", "MSFT.7")] == [100, 0]
    assert bench.order.filled == 100
    assert "was told as MSFT.7" in bench.said()
    bench.apply(Filled(fill=fill(1, 100, symbol="MSFT.7", ref="perm-9", owner=FOREIGN)))
    assert bench.state.tally.of("MSFT.7") == 0


def test_a_correction_inside_a_reconcile_counts(bench: Bench) -> None:
    bench.apply(mine(100))
    working = pending(owner="sma", status=OrderStatus.WORKING, filled=Decimal(100))
    bench.apply(reconciled([working], [fill(1, 60, 2, owner="sma")]))
    assert (bench.order.filled, bench.order.status) == (Decimal(60), OrderStatus.PARTLY_FILLED)
    assert REF in bench.state.acknowledged


def test_an_execution_that_ib_lists_no_more_is_busted_where_its_order_says_so_too(bench: Bench) -> None:
    bench.apply(mine(40), Filled(fill=fill(2, 60, owner="sma")))
    done = pending(owner="sma", status=OrderStatus.CANCELLED, filled=Decimal(40))
    bench.apply(reconciled(completed=(done,), fills=[fill(1, 40, owner="sma")], reported={REF: Decimal(40)}))
    assert (bench.order.filled, bench.order.status) == (Decimal(40), OrderStatus.CANCELLED)
    assert "busted by IB" in bench.said()
    bench.apply(Filled(fill=fill(2, 60, owner="sma")))
    assert bench.order.filled == 100


@pytest.mark.parametrize("reported", [{}, {REF: Decimal(100)}, {REF: Decimal(70)}])
def test_an_execution_that_is_only_not_listed_stays(bench: Bench, reported: dict[str, Decimal]) -> None:
    bench.apply(mine(40), Filled(fill=fill(2, 60, owner="sma")))
    bench.apply(reconciled(fills=[fill(1, 40, owner="sma")], reported=reported))
    assert bench.order.filled == 100


def test_an_execution_of_days_ago_is_not_missed(bench: Bench) -> None:
    old = fill(2, 60, owner="sma", time=NOW - timedelta(days=2))
    bench.apply(mine(40), Filled(fill=old))
    working = pending(owner="sma", status=OrderStatus.WORKING, filled=Decimal(40))
    bench.apply(reconciled([working], [fill(1, 40, owner="sma")], reported={REF: Decimal(40)}))
    assert bench.order.filled == 100


def test_an_execution_without_a_price_gives_neither_average_nor_profit(bench: Bench) -> None:
    bench.apply(mine(40, price=0.0))
    assert (bench.order.filled, bench.order.average_price) == (Decimal(40), None)
    assert "at no price" in bench.said()
    held = pnl.holdings(bench.state.fills.of_owner("sma"), NOW)
    assert pnl.profit(held, {"AAPL": AAPL}, lambda _: Quote(symbol="AAPL", last=10.0, received=1.0), ACCOUNT) is None
    oil = replace(AAPL, symbol="AAPL", sec_type="FUT")
    assert pnl.profit(held, {"AAPL": oil}, lambda _: Quote(symbol="AAPL", last=10.0, received=1.0), ACCOUNT) == 400


def test_a_report_below_the_executions_that_stays_is_said_once(bench: Bench) -> None:
    bench.apply(mine(100))
    for _ in range(4):
        bench.apply(reconciled(fills=[mine(100).fill], reported={REF: Decimal(70)}))
    assert bench.said().count("IB reports 70 filled of 100, its executions add up to 100") == 1


def test_executions_above_the_quantity_are_doubted_until_they_are_corrected(bench: Bench) -> None:
    bench.apply(mine(900))
    assert bench.order.reason == "doubted: its executions add up to 900 of 100; asked again"
    bench.apply(mine(90))
    assert (bench.order.filled, bench.order.reason) == (Decimal(90), TAKEN_BACK)
