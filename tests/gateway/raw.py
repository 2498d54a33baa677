"""A client made of nothing but the wire: sends what it is told and shows every message that comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from ibtui.gateway.server import Gateway
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values, decode, encode
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import Frames, frame, split
from ibtui.gateway.wire.orders import PLACE_ORDER
from tests.clocks import PATIENCE

CON_ID = 265598
AAPL: Values = {
    "conId": CON_ID,
    "symbol": "AAPL",
    "secType": "STK",
    "lastTradeDateOrContractMonth": "",
    "right": "",
    "multiplier": "",
    "exchange": "SMART",
    "primaryExchange": "",
    "currency": "USD",
    "localSymbol": "",
    "tradingClass": "",
}
QUOTES: Values = {
    "strike": None,
    "genericTickList": "233",
    "snapshot": False,
    "regulatorySnapshot": False,
    "mktDataOptions": "",
}
"""What reqMktData asks for beside the contract."""


class Message(NamedTuple):
    """One message from the gateway."""

    name: str
    values: Values


class RawClient:
    """One connection; `hello` first, then `start`, then anything."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.version = 0
        self.patience = PATIENCE
        self._frames = Frames()
        self._waiting: list[bytes] = []

    async def hello(self, versions: str = "v157..178") -> int:
        """Greet; the server version, or 0 when the gateway closed instead."""
        self.writer.write(b"API\0" + frame(versions.encode()))
        payload = await self._payload()
        if payload is not None:
            self.version = int(split(payload)[0])
        return self.version

    async def start(self, client_id: int) -> None:
        """Send startApi, and take in the greeting that ends with the last farm."""
        self.send(requests.START_API, clientId=client_id, optionalCapabilities="")
        await self.until("error", errorCode=2158)

    def send(self, layout: Layout, **values: Any) -> None:
        self.writer.write(frame(encode(layout, values, self.version)))

    def send_fields(self, *fields: object) -> None:
        self.writer.write(frame("".join(f"{field}\0" for field in fields).encode()))

    def place(self, order_id: int, **values: Any) -> None:
        """Place a stock order; a market order for 100 AAPL unless told otherwise."""
        self.send(PLACE_ORDER, **blank_order() | AAPL | {"orderId": order_id} | values)

    async def message(self) -> Message | None:
        """The next message; None when the gateway closed the connection."""
        payload = await self._payload()
        if payload is None:
            return None
        fields = split(payload)
        layout = responses.BY_ID[int(fields[0])]
        return Message(layout.name, decode(layout, fields[1:], self.version))

    async def until(self, name: str, **values: Any) -> list[Message]:
        """Messages up to the first of this name with these values, which is the last of the list."""
        seen: list[Message] = []
        while True:
            message = await self.message()
            assert message is not None, f"closed before {name} {values}; saw {seen}"
            seen.append(message)
            if message.name == name and values.items() <= message.values.items():
                return seen

    async def one(self, name: str, **values: Any) -> Values:
        """The first message of this name with these values."""
        return (await self.until(name, **values))[-1].values

    async def _payload(self) -> bytes | None:
        while not self._waiting:
            data = await asyncio.wait_for(self.reader.read(65536), self.patience)
            if not data:
                return None
            self._waiting += self._frames.feed(data)
        return self._waiting.pop(0)


def blank_order() -> Values:
    """placeOrder's fields as a client fills them that wants nothing special."""
    values: Values = {"totalQuantity": 100, "action": "BUY", "orderType": "MKT", "transmit": True, "exemptCode": -1}
    for item in PLACE_ORDER.items:
        name = getattr(item, "name", "")
        if name and name not in values:
            unset = getattr(item, "unset", None) is not None
            values[name] = [] if name == "conditions" else None if unset else "" if item.kind.name == "TEXT" else 0  # type: ignore[union-attr]
    return values


@asynccontextmanager
async def raw_client(gateway: Gateway) -> AsyncIterator[RawClient]:
    """A bare connection."""
    client = RawClient(*await asyncio.open_connection("127.0.0.1", gateway.port))
    try:
        yield client
    finally:
        client.writer.close()


@asynccontextmanager
async def started_client(gateway: Gateway, client_id: int = 1, versions: str = "v157..178") -> AsyncIterator[RawClient]:
    """A connection past its greeting."""
    async with raw_client(gateway) as client:
        await client.hello(versions)
        await client.start(client_id)
        yield client


async def listed(client: RawClient) -> list[dict[str, object]]:
    """What reqAllOpenOrders says of every open order."""
    client.send(requests.REQ_ALL_OPEN_ORDERS)
    seen = await client.until("openOrderEnd")
    return [message.values for message in seen if message.name == "openOrder"]
