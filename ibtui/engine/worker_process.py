"""One worker process: started by exec, talked to without ever waiting for it, ended whatever it does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import cast

from msgspec import Struct

import ibtui
from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.domain.rate import Rate
from ibtui.link.codec import encode, from_worker
from ibtui.link.worker import FromWorker, QuoteMoved, ToWorker

LONGEST_LINE = 256 * 1024
"""Bytes of one message from a worker."""
MESSAGES_PER_SECOND = 1_000
"""What a worker may say; an honest one says a handful."""
UNREAD = 1024 * 1024
"""Bytes that may wait for a worker that does not read."""
_LAST_WORDS = 0.5
"""Seconds between the end of a process and the end of its pipe."""
_PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_CACHE_HOME")
"""Of the engine's environment; nothing that says where its state and its socket lie. Libraries keep caches."""
_sessions: set[int] = set()
"""Of this engine's workers, each of which leads a session of its own; its children are in it, too."""


def session_of_a_worker(pid: int) -> int | None:
    """The session of a process that a worker of this engine is, or has started; None for any other process.

    A process that has left the session (setsid) is not known any more: this stops mistakes, not malice.
    """
    try:
        session = os.getsid(pid)
    except OSError:
        return None
    return session if session in _sessions else None


class WorkerProcess(asyncio.Protocol):
    """A worker and the pipe to it.

    `on_message` gets what it says; nothing is called after `ended` is set. Quotes are latest-wins; anything else is
    sent in order, and a worker that leaves too much unread is ended. `fault` says why it was ended from here.
    """

    def __init__(self, on_message: Callable[[FromWorker], None], on_end: Callable[[], None]) -> None:
        self._on_message = on_message
        self._on_end = on_end
        self._process: asyncio.subprocess.Process
        self._transport: asyncio.Transport
        self._watch: asyncio.Task[None]
        self._received = b""
        self._rate = Rate(MESSAGES_PER_SECOND)
        self._quotes: dict[str, QuoteMoved] = {}
        self._paused = False
        self._closed = asyncio.Event()
        self.ended = asyncio.Event()
        self.fault = ""

    @classmethod
    async def spawn(cls, on_message: Callable[[FromWorker], None], on_end: Callable[[], None]) -> WorkerProcess:
        """Start a worker; OSError when the machine cannot."""
        worker = cls(on_message, on_end)
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                worker._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", "ibtui.worker", str(theirs.fileno())),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    cwd="/",
                    env=_environment(),
                    start_new_session=True,
                )
            ours.setblocking(False)
            transport, _ = await asyncio.get_running_loop().create_connection(lambda: worker, sock=ours)
        except OSError:
            ours.close()
            raise
        worker._transport = transport
        _sessions.add(worker.pid)
        worker._watch = asyncio.create_task(worker._see_it_end())
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    # to the worker

    def say(self, message: ToWorker) -> None:
        """Send `message` after everything before it; a worker that has stopped reading is ended instead."""
        if self._transport.is_closing():
            return
        self._transport.write(encode(cast("Struct", message)))
        if self._transport.get_write_buffer_size() > UNREAD:
            self.end("it does not take what it is sent")

    def say_quote(self, quote: Quote, moment: datetime) -> None:
        """Send the newest quote, which came at `moment`; of those that wait for a worker only the newest."""
        self._say_newest(QuoteMoved(quote=quote, time=moment))

    def end(self, fault: str = "", *, patience: float = 0.0) -> None:
        """Kill it and every process it started in its session: now, or `patience` seconds after SIGTERM."""
        self.fault = self.fault or fault
        if self.ended.is_set():
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGTERM if patience else signal.SIGKILL)
        if patience:
            asyncio.get_running_loop().call_later(patience, self.end)

    @property
    def exit_words(self) -> str:
        """How the process ended: `exit code 3`, `SIGSEGV`."""
        code = self._process.returncode or 0
        if code >= 0:
            return f"exit code {code}"
        return signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=16 * 1024)

    def data_received(self, data: bytes) -> None:
        *lines, self._received = (self._received + data).split(b"\n")
        now = asyncio.get_running_loop().time()
        for line in lines:
            if self.fault:
                return
            if not self._rate.allows(now):
                self.end(f"it said more than {MESSAGES_PER_SECOND:,} things within a second")
            else:
                self._take(line)
        if len(self._received) > LONGEST_LINE:
            self.end("it sent a message without an end")

    def _take(self, line: bytes) -> None:
        try:
            message = from_worker(line)
        except IbtuiError:
            self.end("it sent something that is no message")
        else:
            self._on_message(message)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        quotes, self._quotes = self._quotes, {}
        for waited in quotes.values():
            self._say_newest(waited)

    def _say_newest(self, moved: QuoteMoved) -> None:
        if self._paused:
            self._quotes[moved.quote.symbol] = moved
        else:
            self.say(moved)

    def connection_lost(self, error: Exception | None) -> None:
        self._closed.set()

    async def _see_it_end(self) -> None:
        await self._process.wait()
        # What it said before it ended is still in the pipe; a child of its own may hold the pipe open.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._closed.wait()
        self._transport.abort()
        self.end()
        _end_session(self.pid)
        _sessions.discard(self.pid)
        self.ended.set()
        self._on_end()


def _end_session(session: int) -> None:
    """Kill what is left of a session in groups of its own, where the system lists its processes."""
    with contextlib.suppress(OSError):
        for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
            with contextlib.suppress(OSError):
                if os.getsid(pid) == session:
                    os.kill(pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """What a worker sees of the engine's environment, and where it finds this package."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONPATH": str(Path(ibtui.__file__).parent.parent), "PYTHONUNBUFFERED": "1"}
