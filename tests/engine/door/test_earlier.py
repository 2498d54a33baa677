"""A client of 0.1.0 at this engine: what looks, stops or takes back works as it did; the rest is refused in words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from ibtui.domain.calendar.clock import SetClock
from tests.clocks import PATIENCE
from tests.earlier import AFTER, restore, talk, with_strategies
from tests.earlier_reader import misread
from tests.engine.markets import CALM, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

NOBODY = 9
"""A port where no gateway listens: orders stay as the journal tells of them."""
LIMIT = 16 * 1024 * 1024
TERMS = ("symbol", "side", "quantity", "type", "limit_price", "stop_price", "tif", "role", "owner", "parent", "combo")


class Before:
    """Says what clients of 0.1.0 said, line by line, and is particular about what it reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, line: bytes) -> Any:
        """What comes back for a line; fails the test when 0.1.0 could not have read it, or not all of it."""
        self._writer.write(line + b"\n")
        message = json.loads(await self._line(), parse_float=Decimal)
        assert misread("engine", message) == []
        return message

    async def ask(self, line: bytes) -> Any:
        """The answer to a question."""
        return (await self.say(line))["answer"]

    async def ended(self) -> bool:
        """Whether the engine hung up."""
        return await self._line() == b""

    async def _line(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readline()

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def before(engine: Driver, talked: str) -> AsyncIterator[Before]:
    """A client of 0.1.0 that was greeted as the one in a recorded conversation."""
    client = Before(*await asyncio.open_unix_connection(str(engine.socket), limit=LIMIT))
    hello = await client.say(talk(talked)[0].text)
    assert (hello["version"], hello["role"]) == (1, "engine")
    try:
        yield client
    finally:
        client.close()


def questions(talked: str) -> list[bytes]:
    """What the client asked in a recorded conversation, a line each."""
    return [line.text for line in talk(talked) if line.by == "client"][1:]


async def test_it_reads_the_whole_status(tmp_path: Path) -> None:
    restore("running", tmp_path)
    running = running_engine(tmp_path, NOBODY, ready=False, clock=SetClock(AFTER), **CALM)
    async with running as engine, before(engine, "status") as client:
        status = await client.ask(questions("status")[0])
    recorded = talk("status")[-1].data["answer"]
    now = {order["ref"]: [order[name] for name in TERMS] for order in status["orders"]}
    assert now == {order["ref"]: [order[name] for name in TERMS] for order in recorded["orders"]}


async def test_it_looks_at_a_flatten_and_sends_it(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market sl 180")
        async with before(engine, "previews") as client:
            halt, stop, cancel, flatten, send = questions("previews")
            assert [(await client.ask(check))["orders"] for check in (halt, stop, cancel)] == [[], [], []]
            plan = await client.ask(flatten)
            assert [leg["symbol"] for leg in plan["legs"]] == ["AAPL"]
            token = json.loads(send)["ask"]["token"].encode()
            sent = await client.ask(send.replace(token, plan["token"].encode()))
            assert [order["status"] for order in sent["orders"]] == ["filled"]


async def test_it_halts_stops_strategies_cancels_and_flattens(tmp_path: Path) -> None:
    with_strategies(tmp_path)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market sl 180")
        await engine.do("buy 10 MSFT market")
        await engine.do("start rests symbol=AAPL")
        async with before(engine, "halt") as client:
            halt, status, stop_rests, _, cancel, settle, buy, *_ = questions("halt")
            assert (await client.ask(halt))["message"].startswith("halted")
            assert (await engine.status()).halted
            assert (await client.ask(status))["halted"] is True
            assert (await client.ask(stop_rests))["message"] == "rests is off."
            cancelled = await client.ask(cancel)
            assert {order["status"] for order in cancelled["orders"]} == {"cancelled"}
            flattened = await client.ask(questions("flatten")[0])
            assert [closing["symbol"] for closing in flattened["closings"]] == ["MSFT"]
            for line in (settle, buy, *questions("orders")[:1]):
                refused = await client.say(line)
                assert (refused["is"], refused["code"]) == ("failure", "engine_version")
        await engine.until(lambda now: [position.symbol for position in now.positions if position.quantity] == ["AAPL"])


async def test_its_terminal_is_told_what_to_do_and_hung_up_on(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        counted: list[int] = []
        engine.engine.parts.clients._terminals = counted.append
        async with before(engine, "frames") as client:
            told = await client.say(questions("frames")[0])
            assert (told["is"], told["id"], told["code"]) == ("failure", None, "engine_version")
            assert "leave it and start the newer one" in told["message"]
            assert await client.ended()
        assert set(counted) == {1}, "one that sees no frames does not watch over what trades"


async def test_it_ends_the_engine(tmp_path: Path) -> None:
    running = running_engine(tmp_path, NOBODY, ready=False, **CALM)
    async with running as engine, before(engine, "shutdown") as client:
        assert (await client.ask(questions("shutdown")[0]))["message"].startswith("The engine has ended")


async def test_a_program_of_somebodys_own_goes_on_telling_signals(tmp_path: Path) -> None:
    signal = {"time": "2026-03-02T15:00:00Z", "kind": "prediction", "symbol": "AAPL", "value": 0.7}
    line = json.dumps({"is": "request", "id": 1, "ask": {"ask": "tell", "signals": [signal]}}).encode()
    running = running_engine(tmp_path, NOBODY, ready=False, **CALM)
    async with running as engine, before(engine, "status") as client:
        assert (await client.ask(line))["count"] == 1
