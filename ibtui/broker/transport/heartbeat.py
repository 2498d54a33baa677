"""Proof that IB still answers: a question for the time each second, one at a time, in nobody's queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ibtui.broker.transport.connection import EndedError
from ibtui.broker.transport.timings import Timings
from ibtui.broker.transport.wire import Wire, not_connected
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import Event, RoundTrip
from ibtui.domain.failure import IbtuiError

YOUNG = 2.0
"""Seconds for which an answer proves that the connection lives."""


class Heartbeat:
    """A half-open connection takes orders and never answers; only a question finds it out."""

    def __init__(self, wire: Wire, emit: Callable[[Event], None], clock: Clock, timings: Timings) -> None:
        self._wire = wire
        self._emit = emit
        self._clock = clock
        self._timings = timings
        self._answered = float("-inf")
        self._asked = 0.0
        self._flight: asyncio.Future[None] | None = None

    def start(self) -> None:
        """A new connection: nothing is proved yet."""
        self.stop()

    def stop(self) -> None:
        self._answered = float("-inf")
        if self._flight is not None and not self._flight.done():
            self._flight.set_exception(not_connected())
            self._flight.exception()  # nobody may be waiting
        self._flight = None

    async def run(self) -> None:
        """Ask for ever; raises EndedError when an answer stays away."""
        while True:
            try:
                async with asyncio.timeout(self._timings.silence):
                    await asyncio.shield(self._ask())
            except TimeoutError:
                raise EndedError("lost", f"IB has not answered for {self._timings.silence:g} s.") from None
            await asyncio.sleep(self._timings.heartbeat)

    async def prove(self, limit: float) -> None:
        """Return when IB has answered within the last seconds; IbtuiError("no_answer") after `limit` seconds."""
        if self._clock.monotonic() - self._answered < YOUNG:
            return
        try:
            async with asyncio.timeout(limit):
                await asyncio.shield(self._ask())
        except TimeoutError:
            raise IbtuiError("no_answer", "IB does not answer; nothing was sent. Check the connection.") from None

    def forget(self) -> None:
        """Time has passed that nobody counted: the last answer proves nothing any more."""
        self._answered = float("-inf")

    def answer(self, seconds: int) -> None:
        """Take over the time that IB told as the proof that it answers."""
        if self._flight is None:
            return
        self._answered = self._clock.monotonic()
        self._flight.set_result(None)
        self._flight = None
        self._emit(RoundTrip(seconds=self._answered - self._asked, time=seconds))

    def _ask(self) -> asyncio.Future[None]:
        """The question that is in flight, or a new one."""
        if self._flight is None:
            self._wire.send("reqCurrentTime")
            self._asked = self._clock.monotonic()
            self._flight = asyncio.get_running_loop().create_future()
        return self._flight
