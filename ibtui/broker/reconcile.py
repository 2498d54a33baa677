"""The whole truth of the broker, asked in order: positions, open orders, completed orders, executions.

Each question counts only when its end marker has come; one that did not end changes nothing: missing is not flat.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ibtui.broker.data.contracts import Contracts, qualify_all
from ibtui.broker.data.positions import PositionFeed
from ibtui.broker.orders.fills import FillReader
from ibtui.broker.orders.placing import Placing
from ibtui.broker.orders.tracking import OrderTracker
from ibtui.broker.transport.library import load
from ibtui.broker.transport.pacing import Rank
from ibtui.broker.transport.requests import Key, RequestError
from ibtui.broker.transport.wire import Wire
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import Event, Reconciled
from ibtui.domain.failure import IbtuiError

POSITIONS = "positions"
OPEN_ORDERS = "open orders"
COMPLETED_ORDERS = "completed orders"
EXECUTIONS = "executions"
ORDER_IDS = "order ids"

QUALIFY = 3.0
"""Seconds that a reconcile spends at most on contract details."""


class Query:
    """One question. What came before a time-out is kept: a late end marker must not pass for a full answer's."""

    def __init__(self, name: str, answer: dict[Any, Any], request: str, *arguments: Any) -> None:
        self.name = name
        self.answer = answer
        self.request = request
        self.arguments = arguments
        self.finished = True

    def begin(self) -> None:
        if self.finished:
            self.answer.clear()
        self.finished = False


@dataclass(eq=False, repr=False)
class Reconcile:
    """Runs the questions one after the other and tells what they add up to."""

    wire: Wire
    contracts: Contracts
    positions: PositionFeed
    orders: OrderTracker
    fills: FillReader
    placing: Placing
    emit: Callable[[Event], None]
    clock: Clock
    seconds: float

    def __post_init__(self) -> None:
        self._lock = asyncio.Lock()
        self._unreadable = 0
        self._queries = (
            Query(POSITIONS, self.positions.answer, "reqPositions"),
            Query(OPEN_ORDERS, self.orders.open_answer, "reqAllOpenOrders"),
            Query(COMPLETED_ORDERS, self.orders.completed_answer, "reqCompletedOrders", False),
            Query(EXECUTIONS, self.fills.answer, "reqExecutions"),
        )

    def start(self) -> None:
        """A new connection: nothing that was asked before will still be answered."""
        for query in self._queries:
            query.finished = True

    def unreadable(self) -> None:
        """A message that matters could not be read: what is being asked now will not be the whole truth."""
        self._unreadable += 1

    async def run(self, epoch: Callable[[], int]) -> Reconciled:
        """One complete pass; IbtuiError("incomplete") names what is missing, IbtuiError("not_connected") when down."""
        async with self._lock:
            time, began, unreadable = self.clock.now(), self.clock.monotonic(), self._unreadable
            next_id = await self._next_id()
            for query in self._queries:
                await self._ask(query)
            await self._qualify()
            if self._unreadable != unreadable:
                raise IbtuiError(
                    "incomplete", "A message about orders or positions could not be read; asking IB again."
                )
            self.orders.settle(began, self.fills.traded)
            told = Reconciled(
                epoch=epoch(),
                orders=tuple(self.orders.open_orders()),
                awaited=tuple(self.orders.awaited(began)),
                completed=tuple(self.orders.ended_orders()),
                reported=self.orders.reported(),
                fills=tuple(self.fills.answer.values()),
                positions=self.positions.all(),
                time=time,
                next_id=next_id,
                client_id=self.orders.client_id,
            )
            self.emit(told)
            return told

    async def _next_id(self) -> int | None:
        """IB's next order id, asked before the lists: what it has by then, they must show. None for no answer."""
        try:
            async with self.wire.lane.room(1, Rank.RECONCILE):
                await self.wire.requests.ask(ORDER_IDS, lambda: self.wire.send("reqIds", 1), self.seconds)
        except (TimeoutError, RequestError):
            return None
        return self.placing.valid_id

    async def _qualify(self) -> None:
        """Learn ticks and multipliers of what was met for the first time, without waiting long for it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUALIFY):
                await qualify_all(self.contracts)

    async def _ask(self, query: Query) -> None:
        key: Key = query.name
        arguments = query.arguments
        if query.name == EXECUTIONS:
            key = self.wire.requests.new_id()
            arguments = (key, load().execution_filter())
        query.begin()
        try:
            async with self.wire.lane.room(1, Rank.RECONCILE):  # what is asked late must not count as answered late
                await self.wire.requests.ask(key, lambda: self.wire.send(query.request, *arguments), self.seconds)
        except TimeoutError:
            raise _incomplete(query.name, f"did not finish within {self.seconds:g} s") from None
        except RequestError as error:
            raise _incomplete(query.name, f"were refused: {error.text}") from None
        query.finished = True


def _incomplete(name: str, what: str) -> IbtuiError:
    return IbtuiError("incomplete", f"IB's {name} {what}; no order is sent until they are complete.")
