"""The resync report on a state alone: what it counts, and that each reconnect is reported once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ibtui.domain.event import Commissioned, ConnectionChanged, ConnectionState, OrderMoved, QuoteChanged
from ibtui.domain.order import OrderStatus
from ibtui.domain.quote import Quote
from ibtui.engine.truth.resync import Resync
from ibtui.engine.truth.since import Since
from tests.engine.state_bench import REF, Bench, fill, pending, position, reconciled


class Desk(Bench):
    """A bench with the reports of its reconnects."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.resync = Resync(self.state, self.told.append)
        self.quote("AAPL")
        self.quote("MSFT")
        self.becomes("active")
        self.apply(reconciled(positions=(position(10),)))

    def becomes(self, state: ConnectionState) -> None:
        self.apply(ConnectionChanged(state=state, epoch=1))

    def quote(self, symbol: str) -> None:
        self.apply(QuoteChanged(quote=Quote(symbol=symbol, bid=1.0, ask=1.1, received=self.clock.monotonic())))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    desk.resync.close()


async def test_a_reconnect_is_reported_once_when_every_line_is_back(desk: Desk) -> None:
    desk.becomes("disconnected")
    desk.clock.advance(7)
    desk.becomes("active")
    desk.quote("AAPL")
    assert desk.told == []
    desk.quote("MSFT")
    desk.quote("MSFT")
    assert desk.told == [
        "connected again after 7 s: 0 orders before, 0 after; 0 fills recovered; 2 of 2 market data lines restored"
    ]


async def test_a_line_that_did_not_come_back_is_counted_when_the_link_breaks_again(desk: Desk) -> None:
    desk.state.order(pending(status=OrderStatus.WORKING))
    desk.becomes("disconnected")
    desk.apply(reconciled(fills=(fill(1, 100),), positions=(position(110),)))
    desk.becomes("active")
    desk.quote("AAPL")
    desk.becomes("disconnected")
    assert len(desk.told) == 1
    assert ": 1 order before, 0 after; 1 fill recovered; 1 of 2 market data lines restored; " in desk.told[0]
    assert "changed: AAPL 10 -> 110" in desk.told[0]


async def test_what_a_terminal_saw_is_not_told_to_the_next_one(desk: Desk) -> None:
    since = Since(desk.state, Latches(), lambda: (), [])
    desk.state.order(pending(status=OrderStatus.WORKING))
    since.terminals(1)
    desk.apply(OrderMoved(ref=REF, status=OrderStatus.CANCELLED))
    since.terminals(0)
    desk.state.order(pending(ref="b" * 12, status=OrderStatus.WORKING))
    desk.apply(OrderMoved(ref="b" * 12, status=OrderStatus.REJECTED, reason="margin"))
    desk.apply(OrderMoved(ref="b" * 12, status=OrderStatus.REJECTED, reason="margin, once more"))
    assert [happening.text for happening in since.told().happenings] == ["BUY 100 AAPL LMT 187.25 rejected: margin"]


async def test_a_fill_that_was_told_before_the_terminal_left_is_not_told_again(desk: Desk) -> None:
    since = Since(desk.state, Latches(), lambda: (), [])
    since.terminals(1)
    desk.state.filled(fill(1, 40))
    since.terminals(0)
    desk.apply(Commissioned(exec_id=fill(1, 40).exec_id, commission=1.0, currency="USD", realized_pnl=None))
    desk.apply(reconciled(fills=(fill(1, 40), fill(2, 60)), positions=(position(110),)))
    told = [happening.text for happening in since.told().happenings if happening.kind == "fill"]
    assert told == ["BUY 60 AAPL 189.00 · you"]


class Latches(dict[str, str]):
    """Settings that outlive nothing."""

    def latch(self, key: str) -> str | None:
        return self.get(key)

    def set_latch(self, key: str, value: str) -> None:
        self[key] = value
