"""What IB's answers to a cancel mean for its order, and for whoever waits for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ibtui.broker.parts import make
from ibtui.broker.transport.connection import Connection
from ibtui.broker.transport.timings import Timings
from ibtui.domain.calendar.clock import SystemClock
from ibtui.domain.event import BrokerSaid, CancelRefused, RateExceeded
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import OrderStatus, legs
from tests.broker.sessions import Story, intent

AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")


class Cancelled:
    """A session with one order whose cancel was written; `ack` is what IB had said of the order, if anything."""

    def __init__(self, ack: str = "Submitted") -> None:
        self.story = Story()
        self.doubts = 0
        self.cancels: list[int] = []
        self.told: list[bool] = []
        self.parts = make(
            emit=self.story,
            clock=SystemClock(),
            timings=Timings(),
            recall=None,
            first_order_id=11,
            doubt=self._doubt,
            connectivity=lambda _code, _text: None,
        )
        client = SimpleNamespace(placeOrder=lambda *_: None, cancelOrder=lambda number, _: self.cancels.append(number))
        self.parts.wire.attach(cast("Connection", SimpleNamespace(client=client)))
        self.parts.orders.start("DU1", 5)
        wish = intent(limit=150)
        self.ref = wish.ref
        self.parts.placing.place(legs(wish), {"AAPL": AAPL}, None)
        if ack:
            self.report("Submitted")
        self.parts.placing.cancel(self.ref, self.told.append)
        if ack not in ("", "Submitted"):
            self.report(ack)

    def _doubt(self) -> None:
        self.doubts += 1

    def report(self, said: str) -> None:
        self.parts.orders.report(11, said, 0.0, 100.0, 0.0, 900, 0, 0.0, 5, "")

    def error(self, number: int, code: int) -> None:
        self.parts.messages.heard(number, code, f"text of {code}")

    @property
    def status(self) -> OrderStatus:
        record = self.parts.orders.book.find(self.ref)
        assert record is not None
        return record.order.status


@pytest.mark.parametrize(
    ("ack", "code", "status"),
    [
        ("Submitted", 161, OrderStatus.UNKNOWN),  # done, perhaps: asked
        ("Submitted", 10148, OrderStatus.UNKNOWN),
        ("Submitted", 10147, OrderStatus.UNKNOWN),
        ("Submitted", 135, OrderStatus.UNKNOWN),
        ("PendingCancel", 161, OrderStatus.WORKING),  # it is being cancelled, as was said
        ("PendingCancel", 10148, OrderStatus.WORKING),
        ("PendingCancel", 10147, OrderStatus.UNKNOWN),
        ("Submitted", 321, OrderStatus.WORKING),
        ("Inactive", 161, OrderStatus.UNKNOWN),  # held by IB is not rejected
        ("", 135, OrderStatus.UNKNOWN),
    ],
)
async def test_an_error_after_a_cancel_is_a_question_and_told(ack: str, code: int, status: OrderStatus) -> None:
    session = Cancelled(ack)
    assert (session.cancels, session.told) == ([11], [True])
    session.error(11, code)
    assert session.status is status
    assert [(told.ref, told.code) for told in session.story.of(CancelRefused)] == [(session.ref, code)]
    assert session.doubts == 1


async def test_the_refusal_of_an_order_that_was_on_its_way_is_no_answer_to_the_cancel() -> None:
    session = Cancelled("")
    session.error(11, 201)
    assert session.status is OrderStatus.REJECTED
    assert session.story.of(CancelRefused) == []


async def test_a_confirmed_cancel_is_no_refusal() -> None:
    session = Cancelled()
    session.error(11, 202)
    assert session.status is OrderStatus.CANCELLED
    assert session.story.of(CancelRefused) == []


@pytest.mark.parametrize("number", [-1, 1, 11])
async def test_error_100_is_about_no_order_whatever_its_id_says(number: int) -> None:
    session = Cancelled()
    session.error(number, 100)
    assert session.status is OrderStatus.WORKING
    assert len(session.story.of(RateExceeded)) == 1
    assert [said.code for said in session.story.of(BrokerSaid)] == [100]
    assert session.doubts == 1
    session.parts.placing.cancel(session.ref, session.told.append)
    assert session.cancels == [11]  # the lane rests
    session.parts.wire.detach()
    assert session.told == [True, False]


async def test_a_cancel_of_what_ended_while_it_waited_is_not_written() -> None:
    session = Cancelled()
    session.parts.wire.lane.rest()
    session.parts.placing.cancel(session.ref, session.told.append)
    session.report("Cancelled")
    lane: Any = session.parts.wire.lane
    lane._rests_until = float("-inf")
    lane._drain()
    assert (session.cancels, session.told) == ([11], [True, False])
