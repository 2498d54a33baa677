"""An engine of 0.1.0 on a real socket: it answers with the recorded lines, and holds new programs to what it reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from ibtui.link.messages import TO_ENGINE_LIMIT
from tests.earlier import TALKS, Line, talk
from tests.earlier_reader import misread


class RecordedEngine:
    """Answers what the engine of 0.1.0 answered, line for line, and hangs up on a client of another version.

    A question is answered by what was said to the last one of its kind; `asked` has all of them as they came.
    """

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.greeted: list[Any] = []
        """Every hello, in the order they came."""
        self.wrong: list[str] = []
        """What 0.1.0 could not have read."""
        self._answers = {kind: answer for name in TALKS for kind, answer in _answers(talk(name))}
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        self._writers.add(writer)
        with suppress(ConnectionError):
            while line := await reader.readline():
                message = json.loads(line)
                self.wrong += misread("client", message)
                if not self._take(message, writer):
                    break
        self._writers.discard(writer)
        writer.close()

    def drop(self) -> None:
        """Break every conversation."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def _take(self, message: Any, writer: asyncio.StreamWriter) -> bool:
        """Whether the conversation goes on."""
        if message["is"] == "hello":
            self.greeted.append(message)
            known: bool = message["version"] == 1
            (said,) = [line for line in talk("status" if known else "another_version") if line.by == "engine"][:1]
            writer.write(said.text + b"\n")
            return known
        assert message["is"] == "request", "it shows frames that nobody here can read"
        self.asked.append(message["ask"])
        writer.write(json.dumps(self._answers[_kind(message["ask"])] | {"id": message["id"]}).encode() + b"\n")
        return True


def _answers(lines: list[Line]) -> Iterator[tuple[tuple[str, str], Any]]:
    kinds = {line.data["id"]: _kind(line.data["ask"]) for line in lines if line.data["is"] == "request"}
    for line in lines:
        said = json.loads(line.text)
        if said["is"] in ("reply", "failure") and said["id"] is not None:
            yield kinds[said["id"]], said


def _kind(ask: Any) -> tuple[str, str]:
    """What is asked, and of which command."""
    return ask["ask"], ask.get("command", {}).get("do", "")


@asynccontextmanager
async def recorded_engine(path: Path, engine: RecordedEngine | None = None) -> AsyncIterator[RecordedEngine]:
    """The engine of 0.1.0 on a socket at `path`; fails the test for what it could not have read."""
    engine = engine or RecordedEngine()
    server = await asyncio.start_unix_server(engine.serve, str(path), limit=TO_ENGINE_LIMIT)
    try:
        yield engine
    finally:
        server.close()
        engine.drop()
    assert engine.wrong == []
