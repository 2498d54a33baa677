"""The way to IB that every part of the session shares: whatever connection there is now, or none."""

from __future__ import annotations

from typing import Any

from ibtui.broker.connection import Connection
from ibtui.broker.pacing import Lane
from ibtui.broker.requests import Requests
from ibtui.domain.failure import IbtuiError


def not_connected() -> IbtuiError:
    return IbtuiError("not_connected", "There is no connection to IB; wait until the session is active.")


class Wire:
    """Sends in two ways: at once (orders, questions of a reconcile, heartbeats) or in the paced lane of data."""

    def __init__(self) -> None:
        self.requests = Requests()
        self.lane = Lane()
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
        """Write one message now and let data requests make room for it."""
        self.write(request, *arguments)
        self.lane.count()

    def queue(self, request: str, *arguments: Any, bulk: bool = True) -> None:
        """Write one message when the pacing allows it; it is forgotten when the connection ends first."""
        self.lane.put(lambda: self.write(request, *arguments), bulk=bulk)

    async def ask(self, request: str, *arguments: Any, seconds: float) -> list[Any]:
        """Ask a question that carries a request id first, in the paced lane, and return all of its answer.

        Raises RequestError when IB refuses, IbtuiError("no_answer") after `seconds`, IbtuiError("not_connected").
        """
        if self.connection is None:
            raise not_connected()
        number = self.requests.new_id()
        try:
            return await self.requests.ask(number, lambda: self.queue(request, number, *arguments, bulk=False), seconds)
        except TimeoutError:
            raise IbtuiError("no_answer", f"IB did not answer within {seconds:g} s; try again.") from None
