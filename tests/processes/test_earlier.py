"""The command line at an engine of the version before: what looks, stops or takes back works, the rest says why not."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from typing import Any

import pytest

from ibtui.cli.exits import status_of
from tests.earlier import lost, talk
from tests.earlier_engine import RecordedEngine, recorded_engine
from tests.processes.programs import Done, Home

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


class Ending(RecordedEngine):
    """Its process, which does nothing else, ends when it is told to."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self._process = process

    def _take(self, message: Any, writer: asyncio.StreamWriter) -> bool:
        goes_on = super()._take(message, writer)
        if message.get("ask") == {"ask": "shutdown"}:
            self._process.terminate()
        return goes_on


@contextmanager
def waiting() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing until it is ended."""
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()


@asynccontextmanager
async def old_engine(home: Home) -> AsyncIterator[RecordedEngine]:
    """An engine of 0.1.0 as the profile `paper` of a user has it."""
    state = home.folder / "ibtui" / "paper"
    state.mkdir(parents=True)
    with waiting() as process:
        facts = {"pid": process.pid, "socket": str(state / "engine.sock"), "program": "0.1.0", "version": 1}
        (state / "engine.json").write_text(json.dumps(facts))
        async with recorded_engine(state / "engine.sock", Ending(process)) as engine:
            yield engine


async def run(home: Home, *arguments: str) -> Done:
    return await asyncio.to_thread(home.run, *arguments)


async def test_status_prints_what_it_printed(home: Home) -> None:
    async with old_engine(home):
        done = await run(home, "status", "--json")
    assert done.code == 0
    before = talk("status")[-1].data["answer"]
    del before["answer"]
    assert lost(before, json.loads(done.out, parse_float=Decimal)) == []


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("halt", "unknown", "halted: 6 cancels sent, 5 confirmed"),
        ("cancel MSFT", "", "1 cancel sent, 1 confirmed"),
        ("flatten MSFT", "", "SELL 10 MSFT MKT filled"),
        ("stop all close", "", "no strategy was running"),
    ],
)
async def test_it_is_done(home: Home, command: str, code: str, said: str) -> None:
    async with old_engine(home) as engine:
        done = await run(home, "do", command, "--yes")
        assert said in done.out
        assert done.code == (status_of(code) if code else 0)
        assert [ask["command"]["do"] for ask in engine.asked] == [command.split()[0]]


async def test_an_order_is_refused_before_it_is_asked_for(home: Home) -> None:
    async with old_engine(home) as engine:
        done = await run(home, "do", "buy 100 AAPL market", "--yes", "--json")
        assert (done.code, done.error) == (status_of("engine_version"), "engine_version")
        assert engine.asked == []


async def test_it_is_ended(home: Home) -> None:
    async with old_engine(home) as engine:
        done = await run(home, "stop", "--json")
        assert (done.code, done.json["stopped"]) == (0, True)
        assert engine.asked == [{"ask": "shutdown"}]
