"""A client of the engine's socket that writes any line it likes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ibtui.link.codec import encode
from ibtui.link.greeting import hello
from tests.clocks import PATIENCE
from tests.engines import Driver

LIMIT = 16 * 1024 * 1024


class Raw:
    """A client that does only what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def read(self) -> dict[str, Any]:
        line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        message: dict[str, Any] = json.loads(line) if line else {}
        return message


async def raw(engine: Driver, greet: bool = True) -> Raw:
    client = Raw(*await asyncio.open_unix_connection(str(engine.socket), limit=LIMIT))
    if greet:
        client.writer.write(encode(hello("terminal")))
        assert (await client.read())["role"] == "engine"
    return client
