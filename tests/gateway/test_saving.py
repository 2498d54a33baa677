"""A gateway with a state file as a process: stopped, killed, started again; and files that are not its own."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from ibtui.gateway.wire import requests
from tests.clocks import PATIENCE
from tests.gateway.raw import RawClient
from tests.gateway.test_orders_state import listed

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
        async with asyncio.timeout(PATIENCE):  # where the disk is slow a saving may be put off
            while b'"kept"' not in path.read_bytes():
                assert await listed(client) == before
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
