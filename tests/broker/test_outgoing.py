"""What is written for an order, field by field."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ibtui.broker.parts import make
from ibtui.broker.transport.connection import Connection
from ibtui.broker.transport.library import load
from ibtui.broker.transport.timings import Timings
from ibtui.domain.calendar.clock import SystemClock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import UNSET
from ibtui.domain.order import legs
from tests.broker.sessions import intent

AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")


class Line:
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        self.written: list[tuple[int, Any, Any]] = []
        self.parts = make(
            emit=lambda _: None,
            clock=SystemClock(),
            timings=Timings(),
            recall=None,
            first_order_id=11,
            doubt=lambda: None,
            connectivity=lambda _code, _text: None,
        )
        client = SimpleNamespace(placeOrder=lambda *message: self.written.append(message))
        self.parts.wire.attach(cast("Connection", SimpleNamespace(client=client)))
        self.parts.orders.start("DU1", 5)


async def test_a_bracket_is_written_parent_first_and_released_by_its_last_leg() -> None:
    line = Line()
    wish = intent(limit=150, target=Decimal("160.5"), protect=Decimal(140))
    ids = line.parts.placing.place(legs(wish), {"AAPL": AAPL}, None)
    assert ids == {wish.ref: 11, f"{wish.ref}-t": 12, f"{wish.ref}-s": 13}
    orders = [order for _, _, order in line.written]
    assert [number for number, _, _ in line.written] == [order.orderId for order in orders] == [11, 12, 13]
    assert [order.parentId for order in orders] == [0, 11, 11]
    assert [order.transmit for order in orders] == [False, False, True]
    assert [order.account for order in orders] == ["DU1"] * 3
    assert [order.orderRef for order in orders] == [f"ibtui/you/{leg.ref}" for leg in legs(wish)]
    assert [(order.ocaGroup, order.ocaType) for order in orders] == [("", 0)] + [(f"ibtui-{wish.ref}", 2)] * 2
    assert [(order.action, order.tif) for order in orders] == [("BUY", "DAY"), ("SELL", "GTC"), ("SELL", "GTC")]
    assert [order.lmtPrice for order in orders[:2]] == [150.0, 160.5]
    assert orders[2].auxPrice == 140.0
    assert orders[0].auxPrice > UNSET
    assert orders[2].lmtPrice > UNSET
    assert {contract.conId for _, contract, _ in line.written} == {1}


async def test_nothing_is_written_unless_all_can_be() -> None:
    line = Line()
    wish = intent(limit=150, protect=Decimal(140))
    with pytest.raises(IbtuiError) as caught:
        line.parts.placing.place(legs(wish)[1:], {"AAPL": AAPL}, None)
    assert caught.value.code == "not_listed"
    with pytest.raises(IbtuiError) as caught:
        line.parts.placing.place(legs(wish), {"AAPL": AAPL}, (11, 11))
    assert caught.value.code == "bad_order_id"
    assert not line.written


async def test_ids_stay_above_every_id_ever_seen() -> None:
    line = Line()
    line.parts.placing.raise_to(5)
    assert line.parts.placing.reserve(1) == (11,)
    line.parts.placing.raise_to(40)
    assert line.parts.placing.reserve(2) == (40, 41)
    line.parts.orders.highest_id = 90
    assert line.parts.placing.reserve(1) == (91,)
    assert line.parts.placing.next_id == 92


@pytest.mark.parametrize(("reference", "expected"), [("", 11), ("ibtui/you/abcdefghijkl", 2**31 - 5)])
async def test_only_an_order_of_ours_raises_the_ids(reference: str, expected: int) -> None:
    line = Line()
    _list(line, 2**31 - 6, reference)
    assert line.parts.placing.reserve(1) == (expected,)


async def test_an_id_that_an_open_order_bears_is_not_given_out() -> None:
    line = Line()
    _list(line, 12, "")
    assert line.parts.placing.reserve(2) == (13, 14)


async def test_ids_that_ib_would_refuse_are_not_given_out() -> None:
    line = Line()
    line.parts.placing.raise_to(2**31 - 3)
    with pytest.raises(IbtuiError) as caught:
        line.parts.placing.reserve(3)
    assert caught.value.code == "order_ids_spent"
    assert "client id 5" in caught.value.message
    assert line.parts.placing.reserve(2) == (2**31 - 3, 2**31 - 2)


def _list(line: Line, order_id: int, reference: str) -> None:
    """IB lists an open order under our client id."""
    order = load().order(
        orderId=order_id,
        clientId=5,
        permId=77,
        action="BUY",
        totalQuantity=1.0,
        orderType="MKT",
        account="DU1",
        orderRef=reference,
    )
    contract = load().contract(conId=1, symbol="AAPL", secType="STK", currency="USD")
    state = SimpleNamespace(status="Submitted", warningText="")
    line.parts.orders.describe(order_id, contract, order, state)
