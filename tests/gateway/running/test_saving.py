"""A gateway with a state file as a process: stopped, killed, started again; and files that are not its own."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.running.saving import Saving
from ibtui.gateway.running.state import load
from ibtui.gateway.running.stepping import STEPPED_START
from ibtui.gateway.wire import requests
from tests.clocks import PATIENCE
from tests.exchange.floor import ticket
from tests.gateway.raw import RawClient, listed

ROUNDS = 60 if "IBTUI_LONG" in os.environ else 3
"""Kills."""
FIXED = ("--start", "2026-11-23T15:00:00", "--cash", "1000000000")
"""A session that does not turn while a test looks."""
_SERVE = ("-m", "ibtui", "gateway", "--port", "0", "--state")


class Served(NamedTuple):
    process: asyncio.subprocess.Process
    port: int


@asynccontextmanager
async def served(path: Path, *options: str) -> AsyncIterator[Served]:
    """A gateway in a process of its own, ended by SIGTERM if it has not ended by then."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *_SERVE, str(path), *options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    assert line.startswith("ready 127.0.0.1:"), line
    try:
        yield Served(process, int(line.rpartition(":")[2]))
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[RawClient]:
    client = RawClient(*await asyncio.open_connection("127.0.0.1", port))
    try:
        await client.hello()
        await client.start(5)
        yield client
    finally:
        client.writer.close()


async def positions(client: RawClient) -> dict[str, float]:
    client.send(requests.REQ_POSITIONS)
    seen = await client.until("positionEnd")
    return {item.values["symbol"]: float(item.values["position"]) for item in seen if item.name == "position"}


async def executions(client: RawClient) -> list[str]:
    client.send(
        requests.REQ_EXECUTIONS, reqId=1, clientId=0, acctCode="", time="", symbol="", secType="", exchange="", side=""
    )
    return [item.values["execId"] for item in await client.until("execDetailsEnd") if item.name == "execDetails"]


async def fill(client: RawClient, order_id: int) -> str:
    """Buy 100 AAPL at the market; the execution's id."""
    client.place(order_id)
    seen = await client.until("commissionReport")
    return str(next(item.values["execId"] for item in seen if item.name == "execDetails"))


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
async def test_goes_on_after_a_stop_and_after_a_kill(tmp_path: Path, end: signal.Signals) -> None:
    path = tmp_path / "paper.json"
    async with served(path) as first, connected(first.port) as client:
        filled = await fill(client, 7)
        client.place(9, orderType="LMT", lmtPrice="1.25", tif="GTC", orderRef="kept")
        await client.one("orderStatus", orderId=9, status="Submitted")
        before = await listed(client)
        assert b'"kept"' in path.read_bytes()
        first.process.send_signal(end)
        await asyncio.wait_for(first.process.wait(), PATIENCE)
    async with served(path) as second, connected(second.port) as client:
        assert await positions(client) == {"AAPL": 100.0}
        assert await listed(client) == before
        client.send(requests.REQ_IDS, numIds=1)
        assert (await client.one("nextValidId"))["orderId"] == 10
        known = await executions(client)
        assert known in ([filled], [])  # the session may have turned since
        assert await fill(client, 10) != filled
        client.send(requests.CANCEL_ORDER, orderId=9)
        await client.one("orderStatus", orderId=9, status="Cancelled")


async def test_kills_at_random_moments_lose_no_fill_that_was_told(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    told: set[str] = set()
    for _ in range(ROUNDS + 1):
        async with served(tmp_path / "paper.json", *FIXED) as gateway, connected(gateway.port) as client:
            known = set(await executions(client))
            assert told <= known, f"{len(told - known)} of {len(told)} fills were lost with seed {seed}"
            assert (await positions(client)).get("AAPL", 0.0) == 100 * len(known)
            kill = asyncio.get_running_loop().call_later(chance.uniform(0.0, 0.2), gateway.process.kill)
            with suppress(ConnectionError):
                async for execution in trading(client, await next_id(client)):
                    told.add(execution)
            kill.cancel()


async def trading(client: RawClient, order_id: int) -> AsyncIterator[str]:
    """Buy 100 AAPL over and over until the connection ends; the ids of executions as they are told."""
    client.place(order_id)
    while (message := await client.message()) is not None:
        if message.name == "execDetails":
            yield str(message.values["execId"])
            order_id += 1
            client.place(order_id)


async def next_id(client: RawClient) -> int:
    client.send(requests.REQ_IDS, numIds=1)
    return int((await client.one("nextValidId"))["orderId"])


async def test_a_line_that_a_kill_cut_off_was_told_to_nobody(tmp_path: Path) -> None:
    path = tmp_path / "paper.json"
    async with served(path) as first, connected(first.port) as client:
        await fill(client, 7)
        first.process.kill()
        await first.process.wait()
    *whole, last = path.read_bytes().splitlines(keepends=True)
    for cut in (0, 1, len(last) // 2, len(last) - 1):
        path.write_bytes(b"".join(whole) + last[:cut])
        exchange, _ = load(path)
        assert len(exchange.executions()) <= 1
    path.write_bytes(b"".join(whole) + last)
    assert len(load(path)[0].executions()) == 1


async def test_changes_that_grow_long_become_a_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "paper.json"
    backend = Backend(Exchange(start=STEPPED_START))
    saving = Saving(backend, path)
    saving.begin()
    monkeypatch.setattr("ibtui.gateway.running.saving.LONGEST", 0)
    lines = []
    for _ in range(30):
        backend.exchange.place(ticket("BUY", 1))
        saving.note(backend.take())
        lines.append(path.read_bytes().count(b"\n"))
        assert load(path)[0].executions() == backend.exchange.executions()
    assert 1 < max(lines) < 30
    assert lines.count(1) >= 2
    saving.end()
    assert path.read_bytes().count(b"\n") == 1


async def test_a_disk_that_is_full_for_a_while_costs_only_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "paper.json"
    backend = Backend(Exchange(start=STEPPED_START))
    saving = Saving(backend, path)
    saving.begin()

    def change() -> None:
        backend.exchange.place(ticket("BUY", 1))
        saving.note(backend.take())

    change()
    with monkeypatch.context() as full:
        write = os.pwrite
        full.setattr(os, "pwrite", lambda file, data, at: write(file, data[:100], at))
        full.setattr(os, "fsync", _full)
        change()
    assert "The state cannot be written" in caplog.text
    assert len(load(path)[0].executions()) == 1
    change()
    assert load(path)[0].executions() == backend.exchange.executions()
    assert len(backend.exchange.executions()) == 3
    saving.end()


def _full(file: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_time_that_is_stepped_stands_where_it_stood(tmp_path: Path) -> None:
    path = tmp_path / "paper.json"
    async with served(path, "--step", "--control", str(tmp_path / "control")) as first:
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control"))
        writer.write(b'{"do": "advance", "seconds": 90}\n')
        advanced = await reader.readline()
        writer.close()
        first.process.terminate()
        assert await asyncio.wait_for(first.process.wait(), PATIENCE) == 0
    async with served(path, "--step", "--control", str(tmp_path / "control")):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control"))
        writer.write(b'{"do": "time"}\n')
        assert await reader.readline() == advanced
        writer.close()


async def told(path: Path) -> tuple[int | None, str]:
    """Exit code and standard error of a gateway that does not start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *_SERVE, str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert output == b""
    return process.returncode, errors.decode()


@pytest.mark.parametrize(
    "content", [b"", b"my diary\n", b'{"exchange": {}}', b"[" * 5000, b"\xff\xfe\x00", b'{"a": 1}\n' * 1000]
)
async def test_a_foreign_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "diary.txt"
    path.write_bytes(content)
    code, errors = await told(path)
    assert code == 2
    assert str(path) in errors
    assert "Traceback" not in errors
    assert errors.count("\n") == 1
    assert path.read_bytes() == content


async def test_places_that_hold_no_file_are_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "paper.json", Path("/dev/zero")):
        code, errors = await told(path)
        assert (code, errors.count("\n")) == (2, 1), errors
        assert str(path) in errors


async def test_two_gateways_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "paper.json"
    async with served(path):
        code, errors = await told(path)
        assert code == 2
        assert "in use by another gateway" in errors


async def test_a_link_to_a_file_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    link.symlink_to(real)
    async with served(link):
        pass
    assert link.is_symlink()
    assert real.stat().st_size > 100
