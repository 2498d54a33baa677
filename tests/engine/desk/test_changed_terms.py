"""What bounds a working order: who else would close the same, and what its owner holds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibtui.domain.event import ConnectionChanged
from ibtui.domain.order import FOREIGN, OrderStatus, Side
from ibtui.engine.desk.changed_terms import standing
from tests.engine.state_bench import REF, Bench, pending, position, reconciled


@pytest.fixture
def bench() -> Bench:
    """A trader's stop of 100, one of a strategy and one of another program, with 150 held."""
    bench = Bench()
    bench.apply(ConnectionChanged(state="active", epoch=1), reconciled(positions=[position(150)]))
    for ref, owner in ((REF, "you"), ("bbbbbbbbbbbb", "dip"), ("perm-9", FOREIGN)):
        stop = {"side": Side.SELL, "type": "STP", "limit_price": None, "stop_price": Decimal(180)}
        bench.state.order(pending(ref=ref, owner=owner, status=OrderStatus.WORKING, **stop))
    return bench


def test_beside_a_traders_order_stand_all_of_ours(bench: Bench) -> None:
    found = standing(bench.state, bench.order, None)
    assert sorted(order.ref for order in found.beside) == [REF, "bbbbbbbbbbbb"]
    assert found.closable == 150


def test_beside_a_strategys_order_stand_its_own_alone(bench: Bench) -> None:
    mine = bench.state.orders.get("bbbbbbbbbbbb")
    assert mine is not None
    found = standing(bench.state, mine, {})
    assert [order.ref for order in found.beside] == ["bbbbbbbbbbbb"]
    assert found.closable == 0
