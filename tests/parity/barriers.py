"""Waiting until nothing is under way: between engine and gateway, in workers, on the way through the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ibtui.broker.transport.connection import Connection
from ibtui.domain.calendar.clock import Clock
from ibtui.engine.desk.desk import Desk
from ibtui.engine.strategies.requests import StrategyRequests
from ibtui.engine.strategies.run import StrategyRun
from ibtui.engine.worker_process import WorkerProcess
from ibtui.gateway.session import ClientSession
from ibtui.link import worker
from tests.parity.heard import Talked

_SPINS = 4
"""Turns of the loop after which what needs no one else is done."""


class Barriers:
    """Counts what goes to and fro, so that `settle` returns when nothing more follows from what has happened.

    A change of no parameters asks a worker whether it has dealt with everything before, and means nothing to it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.talks: dict[WorkerProcess, Talked] = {}
        self._changed = asyncio.Event()
        self._moved = 0
        """Grows with everything that is said, heard, sent or done."""
        self._busy = 0
        self._wire: Callable[[], bool] = lambda: True

    # what is counted

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Within the block the workers and the desk of an engine are counted."""
        with pytest.MonkeyPatch.context() as patch:
            spawn = WorkerProcess.spawn

            async def spawned(*callbacks: Any) -> WorkerProcess:
                return self._watch(await spawn(*callbacks))

            patch.setattr(WorkerProcess, "spawn", spawned)
            for kind, name in ((StrategyRequests, "_carry"), (Desk, "submit"), (Desk, "modify")):
                patch.setattr(kind, name, self._counted(getattr(kind, name)))
            self._watch_wire(patch)
            yield

    def _counted(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*arguments: Any) -> Any:
            self._busy += 1
            try:
                return await call(*arguments)
            finally:
                self._busy -= 1
                self._move()

        return counted

    def _watch(self, process: WorkerProcess) -> WorkerProcess:
        talked = self.talks[process] = Talked(self._clock)
        say, hear = process.say, process._on_message

        def saying(message: worker.ToWorker) -> None:
            if talked.say(message):
                self._move()
            say(message)

        def hearing(message: worker.FromWorker) -> None:
            if talked.hear(message):
                self._move()
            self._changed.set()
            hear(message)

        process.say = saying  # type: ignore[method-assign]
        process._on_message = hearing
        return process

    def _watch_wire(self, patch: pytest.MonkeyPatch) -> None:
        """Count the bytes of the one connection that a gateway has, from its first on."""
        counts = {"asked": 0, "told": 0, "heard": 0}
        receive, make, connect = ClientSession.data_received, ClientSession.connection_made, Connection.__init__

        def received(session: ClientSession, data: bytes) -> None:
            counts["asked"] += len(data)
            receive(session, data)
            self._move()

        def made(session: ClientSession, transport: Any) -> None:
            write = transport.write

            def written(data: bytes) -> None:
                counts["told"] += len(data)
                write(data)

            transport.write = written
            make(session, transport)

        def heard(data: bytes) -> None:
            counts["heard"] += len(data)
            self._move()

        def connected(connection: Connection, *arguments: Any) -> None:
            connect(connection, *arguments)
            library = connection.client.conn
            library.hasData += heard
            self._wire = lambda: counts["told"] == counts["heard"] and counts["asked"] == library.numBytesSent

        patch.setattr(ClientSession, "data_received", received)
        patch.setattr(ClientSession, "connection_made", made)
        patch.setattr(Connection, "__init__", connected)

    def _move(self) -> None:
        self._moved += 1
        self._changed.set()

    # waiting

    async def settle(self, runs: Iterable[StrategyRun]) -> None:
        """Return once nothing is under way and nothing new has come of waiting for that."""
        while True:
            before = self._moved
            await self._until(self._quiet)
            asked = [self._ask(run) for run in runs if run.facts.live]
            await self._until(_all_answered(asked))
            await self._until(self._quiet)
            if self._moved == before:
                return

    def _ask(self, run: StrategyRun) -> Talked:
        process = run._talk.process
        assert process is not None
        talked = self.talks[process]
        if talked.unsure:
            process.say(worker.SetParameters(parameters={}))
        return talked

    def _quiet(self) -> bool:
        return not self._busy and self._wire()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while True:
            for _ in range(_SPINS):
                await asyncio.sleep(0)
            self._changed.clear()
            if condition():
                return
            await self._changed.wait()


def _all_answered(asked: list[Talked]) -> Callable[[], bool]:
    return lambda: all(talked.answered for talked in asked)
