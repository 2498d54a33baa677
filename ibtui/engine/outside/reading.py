"""Foreign files are read in a process of their own: one that hangs, grows or dies costs itself."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.worker_process import WorkerProcess
from ibtui.link.worker import Entries, Failed, Finished, FromWorker, ReadSignals

PATIENCE = 30.0
"""Seconds that a file may take."""


async def read_apart(file: Path, now: datetime, seconds: float = PATIENCE) -> tuple[tuple[Signal, ...], list[str]]:
    """What a calendar holds, oldest first, and sentences about what was left out of it.

    Raises IbtuiError with one sentence when nothing of it could be read.
    """
    said: asyncio.Queue[FromWorker | None] = asyncio.Queue()
    name = sanitize(file.name, 60)
    try:
        worker = await WorkerProcess.spawn(said.put_nowait, lambda: said.put_nowait(None))
    except OSError as error:
        raise IbtuiError("no_process", f"{name} cannot be read: {error.strerror}.") from None
    signals: list[Signal] = []
    left_out: list[str] = []
    try:
        worker.say(ReadSignals(file=str(file), now=now))
        async with asyncio.timeout(seconds):
            while not isinstance(message := await said.get(), Finished):
                if isinstance(message, Entries):
                    signals += message.signals
                    left_out += message.left_out
                elif message is None:
                    raise IbtuiError("bad_signal", f"reading {name} ended its process ({worker.exit_words}).")
                elif isinstance(message, Failed):
                    raise IbtuiError(message.code, sanitize(message.message))
    except TimeoutError:
        raise IbtuiError("bad_signal", f"reading {name} took more than {seconds:g} s and was given up.") from None
    finally:
        worker.end()
        await worker.ended.wait()
    return tuple(signals), left_out
