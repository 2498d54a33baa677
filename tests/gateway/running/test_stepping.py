"""Stepped time: nothing happens by itself, and the same requests between the same steps give the same bytes."""

from __future__ import annotations

import asyncio

from ibtui.gateway.running.stepping import STEPPED_START
from ibtui.gateway.serving import ServeOptions, running
from ibtui.gateway.wire import requests
from tests.clocks import PATIENCE
from tests.gateway.raw import AAPL, QUOTES, RawClient, raw_client

_MOST = 64 * 1024 * 1024
"""Bytes to take in while waiting for time to pass."""


class Listener(RawClient):
    """Keeps every byte that came, besides reading it."""

    heard: bytes = b""

    async def _payload(self) -> bytes | None:
        while not self._waiting:
            data = await asyncio.wait_for(self.reader.read(65536), PATIENCE)
            if not data:
                return None
            self.heard += data
            self._waiting += self._frames.feed(data)
        return self._waiting.pop(0)


async def session(seed: int) -> bytes:
    """The bytes of a session with quotes, orders and eleven minutes of time."""
    async with running(ServeOptions(seed=seed, step=True)) as (gateway, _):
        client = Listener(*await asyncio.open_connection("127.0.0.1", gateway.port, limit=_MOST))
        await client.hello()
        await client.start(1)
        for number, symbol in enumerate(("AAPL", "MSFT", "SPY")):
            line = AAPL | {"conId": 0, "symbol": symbol}
            client.send(requests.REQ_MKT_DATA, reqId=number, **line, **QUOTES)
        client.send(requests.REQ_ACCOUNT_UPDATES, subscribe=True, acctCode="")
        client.send(requests.REQ_PNL, reqId=9, account="DU1234567", modelCode="")
        await client.one("pnl")
        client.place(1)
        client.place(2, orderType="LMT", lmtPrice=1)
        for seconds in (60, 600):
            await gateway.pass_time(seconds)
            client.send(requests.REQ_CURRENT_TIME)
            await client.one("currentTime")
        client.send(requests.REQ_EXECUTIONS, **EXECUTIONS)
        await client.one("execDetailsEnd")
        client.writer.close()
        return client.heard


EXECUTIONS = {
    "reqId": 5,
    "clientId": 0,
    "acctCode": "",
    "time": "",
    "symbol": "",
    "secType": "",
    "exchange": "",
    "side": "",
}


async def test_same_seed_and_requests_give_the_same_bytes() -> None:
    first, second, other = await session(3), await session(3), await session(4)
    assert len(first) > 100_000
    assert first == second
    assert first != other


async def test_time_stands_until_it_is_moved() -> None:
    async with running(ServeOptions(step=True)) as (gateway, _), raw_client(gateway) as client:
        await client.hello()
        await client.start(1)
        for _ in range(2):
            client.send(requests.REQ_CURRENT_TIME)
            assert (await client.one("currentTime"))["time"] == STEPPED_START.timestamp()
        await gateway.pass_time(90.5)
        client.send(requests.REQ_CURRENT_TIME)
        assert (await client.one("currentTime"))["time"] == int(STEPPED_START.timestamp() + 90.5)


async def test_running_time_can_be_moved_too() -> None:
    async with running(ServeOptions(speed=0)) as (gateway, _):
        before = gateway.backend.exchange.now
        await gateway.pass_time(120)
        assert (gateway.backend.exchange.now - before).total_seconds() == 120
