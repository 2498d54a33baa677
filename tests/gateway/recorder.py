"""A server that agrees on a version and then only listens: what real clients write, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.framing import Frames, Greeting, frame, split
from tests.clocks import PATIENCE
from tests.insync import ib_insync


class Recorder:
    """Requests as they came, each a list of fields that begins with the message id."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.port = 0
        self._requests: asyncio.Queue[list[str]] = asyncio.Queue()

    async def request(self, number: int) -> list[str]:
        """The next request of this id, without the id; what comes before it is skipped."""
        while True:
            fields = await asyncio.wait_for(self._requests.get(), PATIENCE)
            if fields[0] == str(number):
                return fields[1:]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting, frames, greeted = Greeting(), Frames(), False
        while data := await reader.read(65536):
            if not greeted:
                agreed = greeting.feed(data)
                if agreed is None:
                    continue
                greeted, data = True, agreed.rest
                writer.write(frame(f"{self.version}\0now\0".encode()))
            for payload in frames.feed(data):
                self._requests.put_nowait(split(payload))
        writer.close()


@asynccontextmanager
async def recording(version: int) -> AsyncIterator[Recorder]:
    recorder = Recorder(version)
    server = await asyncio.start_server(recorder.serve, "127.0.0.1", 0)
    recorder.port = server.sockets[0].getsockname()[1]
    try:
        yield recorder
    finally:
        server.close()
        await server.wait_closed()


AAPL = {
    "conId": 265598,
    "symbol": "AAPL",
    "secType": "STK",
    "lastTradeDateOrContractMonth": "20261218",
    "strike": 12.5,
    "right": "C",
    "multiplier": "100",
    "exchange": "SMART",
    "primaryExchange": "NASDAQ",
    "currency": "USD",
    "localSymbol": "AAPL",
    "tradingClass": "NMS",
}


def fields_of(values: Values, expected: dict[str, Any]) -> dict[str, Any]:
    """The named values, as the clients hold them."""
    return {name: float(values[name]) if isinstance(expected[name], float) else values[name] for name in expected}


@asynccontextmanager
async def connected(recorder: Recorder) -> AsyncIterator[Any]:
    """ib_insync's client past its greeting, which is all that a recorder answers."""
    client = ib_insync.IB().client
    client.MaxRequests = 0
    connecting = asyncio.ensure_future(client.connectAsync("127.0.0.1", recorder.port, 1, timeout=None))
    await recorder.request(requests.START_API.id)
    yield client
    connecting.cancel()
    with suppress(asyncio.CancelledError):
        await connecting
