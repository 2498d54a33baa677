"""Waiting for the broker: which orders it has not answered yet, and who waits for that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from msgspec.structs import replace

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.order import Order, OrderStatus
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State

PATIENCE = 5.0
"""Seconds after which an unanswered order is unknown."""
REASON = "no answer from IB for 5 s: it may wait for a click in TWS; asking; do not resend"
ASK_AGAIN = (2.0, 3.0, 5.0, 10.0, 10.0, 10.0, 60.0)
"""Seconds between questions about orders that stay unknown; the last one repeats."""


def acknowledged(state: State, order: Order) -> bool:
    """The broker knows of the order, refused it, or we no longer wait for either."""
    return order.ref in state.acknowledged or order.status is not OrderStatus.PENDING


def answered(state: State, order: Order) -> bool:
    """The broker answered; an order that we gave up waiting for is not answered."""
    current = state.orders.get(order.ref) or order
    return acknowledged(state, current) and current.status is not OrderStatus.UNKNOWN


class Answers:
    """Turns silence into `unknown`, and asks the broker until every order is settled; `ask` begins one reconcile."""

    def __init__(self, state: State, clock: Clock, ask: Callable[[], None]) -> None:
        self._state = state
        self._clock = clock
        self._ask = ask
        self._loop = asyncio.get_running_loop()
        self._waits: dict[asyncio.Future[None], Callable[[], bool]] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._again: asyncio.TimerHandle | None = None
        self._asked = 0
        self._unknown: set[str] = set()
        """Refs of orders that are asked about."""
        state.listeners.order.append(self._moved)
        state.listeners.reconciled.append(self._reconciled)

    def expect(self, refs: Collection[str]) -> None:
        """Orders were just sent: their answer is due in five seconds."""
        timer: asyncio.TimerHandle

        def due() -> None:
            self._timers.discard(timer)
            self._due(refs)

        timer = self._loop.call_later(PATIENCE, due)
        self._timers.add(timer)

    async def wait(self, settled: Callable[[], bool], within: float = PATIENCE) -> bool:
        """Return True once `settled`, which is asked after every change of an order; False after so many seconds."""
        if settled():
            return True
        done: asyncio.Future[None] = self._loop.create_future()
        self._waits[done] = settled
        try:
            async with asyncio.timeout(within):
                await done
        except TimeoutError:
            return False
        finally:
            del self._waits[done]
        return True

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        if self._again is not None:
            self._again.cancel()

    def _due(self, refs: Collection[str]) -> None:
        silent = [
            order for ref in refs if (order := self._state.orders.get(ref)) and not acknowledged(self._state, order)
        ]
        for order in silent:
            self._state.order(replace(order, status=OrderStatus.UNKNOWN, reason=REASON, changed=self._clock.now()))
        if silent:
            self._ask()

    def _moved(self, order: Order) -> None:
        for done, settled in self._waits.items():
            if not done.done() and settled():
                done.set_result(None)
        self._look(order)

    def _reconciled(self) -> None:
        """An order that a new engine finds UNKNOWN in its journal has not moved, and is asked about like any other."""
        for order in self._state.orders.all_live():
            self._look(order)

    def _look(self, order: Order) -> None:
        """One that is newly UNKNOWN is asked about as soon as the first, however long others have been it."""
        if order.status is not OrderStatus.UNKNOWN or not ours(order):
            self._unknown.discard(order.ref)
        elif order.ref not in self._unknown:
            self._unknown.add(order.ref)
            self._asked = 0
            if self._again is None or self._again.when() > self._loop.time() + ASK_AGAIN[0]:
                self._later()

    def _later(self) -> None:
        seconds = ASK_AGAIN[min(self._asked, len(ASK_AGAIN) - 1)]
        self._asked += 1
        if self._again is not None:
            self._again.cancel()
        self._again = self._loop.call_later(seconds, self._ask_again)

    def _ask_again(self) -> None:
        self._again = None
        if any(order.status is OrderStatus.UNKNOWN and ours(order) for order in self._state.orders.all_live()):
            self._ask()
            self._later()
