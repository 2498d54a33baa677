"""Reconciles against a peer that answers late, in part or unreadably."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ibtui.broker.callbacks import callbacks
from ibtui.broker.parts import SessionParts, make
from ibtui.broker.reconcile import ORDER_IDS
from ibtui.broker.transport.connection import Connection
from ibtui.broker.transport.library import load
from ibtui.broker.transport.timings import Timings
from ibtui.domain.calendar.clock import SystemClock
from ibtui.domain.event import Event, Reconciled
from ibtui.domain.failure import IbtuiError


class Peer:
    """Answers every question of a reconcile at once, and completely unless told otherwise."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.parts: SessionParts = make(
            emit=self.events.append,
            clock=SystemClock(),
            timings=Timings(query=0.05, request=0.05),
            recall=None,
            first_order_id=1,
            doubt=lambda: None,
            connectivity=lambda _code, _text: None,
        )
        self.hear = callbacks(self.parts)
        self.positions: Callable[[], None] = self.hear.positionEnd
        self.ids: Callable[[], object] = lambda: self.hear.nextValidId(1)
        client = SimpleNamespace(
            reqIds=lambda _count: self.ids(),
            reqPositions=lambda: self.positions(),
            reqAllOpenOrders=self.hear.openOrderEnd,
            reqCompletedOrders=lambda _api_only: self.hear.completedOrdersEnd(),
            reqExecutions=lambda number, _filter: self.hear.execDetailsEnd(number),
            reqPnLSingle=lambda *_: None,
            reqContractDetails=lambda number, _contract: self.hear.contractDetailsEnd(number),
        )
        self.parts.wire.attach(cast("Connection", SimpleNamespace(client=client)))
        self.parts.orders.start("DU1", 5)
        self.parts.positions.start("DU1")

    def holds(self, quantity: float) -> None:
        contract: Any = load().contract(conId=1, symbol="AAPL", secType="STK", currency="USD")
        self.hear.position("DU1", contract, quantity, 150.0)

    async def reconcile(self) -> Reconciled:
        return await self.parts.reconcile.run(lambda: 3)


async def test_a_complete_answer_is_the_whole_truth() -> None:
    peer = Peer()
    assert (await peer.reconcile()).positions == ()
    assert [event.epoch for event in peer.events if isinstance(event, Reconciled)] == [3]


async def test_a_late_end_marker_does_not_pass_for_a_complete_answer() -> None:
    peer = Peer()
    peer.positions = lambda: peer.holds(100)
    with pytest.raises(IbtuiError, match="positions"):
        await peer.reconcile()
    peer.positions = peer.hear.positionEnd  # it belongs to the question that timed out
    assert [position.quantity for position in (await peer.reconcile()).positions] == [100]


async def test_what_is_no_longer_listed_is_gone() -> None:
    peer = Peer()

    def held() -> None:
        peer.holds(100)
        peer.hear.positionEnd()

    peer.positions = held
    assert len((await peer.reconcile()).positions) == 1
    peer.positions = peer.hear.positionEnd
    assert (await peer.reconcile()).positions == ()


async def test_an_unreadable_message_makes_a_pass_incomplete() -> None:
    peer = Peer()

    def garbled() -> None:
        peer.parts.reconcile.unreadable()
        peer.hear.positionEnd()

    peer.positions = garbled
    with pytest.raises(IbtuiError, match="could not be read") as caught:
        await peer.reconcile()
    assert caught.value.code == "incomplete"
    assert not [event for event in peer.events if isinstance(event, Reconciled)]
    peer.positions = peer.hear.positionEnd
    assert (await peer.reconcile()).positions == ()


async def test_without_the_next_order_id_the_lists_still_are_the_whole_truth() -> None:
    peer = Peer()
    assert (await peer.reconcile()).next_id == 1
    peer.ids = lambda: None
    assert (await peer.reconcile()).next_id is None
    peer.ids = lambda: peer.parts.wire.requests.fail(ORDER_IDS, 321, "refused")
    assert (await peer.reconcile()).next_id is None
