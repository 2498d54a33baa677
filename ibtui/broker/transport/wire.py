"""The way to IB that every part of the session shares: whatever connection there is now, or none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ibtui.broker.transport.connection import Connection
from ibtui.broker.transport.farms import Farms
from ibtui.broker.transport.pacing import Lane, Rank
from ibtui.broker.transport.requests import Requests
from ibtui.domain.failure import IbtuiError


def not_connected() -> IbtuiError:
    return IbtuiError("not_connected", "There is no connection to IB; wait until the session is active.")


class Wire:
    """Sends in two ways: in its turn in the paced lane, or at once (heartbeats, and what holds room in the lane)."""

    def __init__(self, told: Callable[[int], None] = lambda waiting: None) -> None:
        """`told` gets how many orders and cancels wait for IB's message limit."""
        self.requests = Requests()
        self.farms = Farms()
        self.lane = Lane(told=told)
        self.connection: Connection | None = None

    @property
    def connected(self) -> bool:
        return self.connection is not None

    def attach(self, connection: Connection) -> None:
        self.connection = connection

    def detach(self) -> None:
        """The connection is gone: open questions fail, what was queued is forgotten."""
        self.connection = None
        self.lane.clear()
        self.requests.close()

    def write(self, request: str, *arguments: Any) -> None:
        """Write one message now, by the name of the library's client method; IbtuiError("not_connected") when down."""
        if self.connection is None:
            raise not_connected()
        try:
            getattr(self.connection.client, request)(*arguments)
        except ConnectionError:
            raise not_connected() from None

    def send(self, request: str, *arguments: Any) -> None:
        """Write one message now: a heartbeat, or what holds room in the lane."""
        self.write(request, *arguments)
        self.lane.count()

    def queue(self, request: str, *arguments: Any, rank: Rank = Rank.DATA) -> None:
        """Write one message in its turn; it is forgotten when the connection ends first."""

        self.in_turn(lambda: self.write(request, *arguments), rank)

    def in_turn(self, write: Callable[[], None], rank: Rank) -> None:
        """Call `write`, which writes one message, in its turn; never when the connection ends first."""

        def send() -> None:
            with contextlib.suppress(IbtuiError):  # the connection is ending: whoever waits for an answer is told then
                write()

        self.lane.put(send, rank)

    async def ask(self, request: str, *arguments: Any, seconds: float, rank: Rank = Rank.PERSON) -> list[Any]:
        """Ask a question that carries a request id first, in the paced lane, and return all of its answer.

        Raises RequestError when IB refuses, IbtuiError("no_answer") when it is silent for `seconds` after the question
        was written, IbtuiError("not_connected").
        """
        if self.connection is None:
            raise not_connected()
        number = self.requests.new_id()
        try:
            return await self.requests.ask(
                number, lambda: self.send(request, number, *arguments), seconds, self.lane.room(1, rank)
            )
        except TimeoutError:
            raise IbtuiError("no_answer", f"IB did not answer within {seconds:g} s; try again.") from None
