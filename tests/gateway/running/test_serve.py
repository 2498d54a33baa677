"""The gateway as a process: ready at once, and gone when told."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest

from ibtui.gateway.services.handshake import NEWEST
from tests.clocks import PATIENCE
from tests.gateway.raw import RawClient

_SERVE = ("-m", "ibtui", "gateway", "--port", "0", "--account", "DU7,DU8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serves_until_told_to_end(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, *_SERVE, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    assert line.startswith("ready 127.0.0.1:")
    client = RawClient(*await asyncio.open_connection("127.0.0.1", int(line.rpartition(":")[2])))
    assert await client.hello() == NEWEST
    await client.start(1)
    process.send_signal(number)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    assert await client.message() is None
    client.writer.close()
