"""The two clients of an engine: a blocking one for a single question, an asynchronous one for the terminal."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from ibtui import __version__
from ibtui.domain.failure import IbtuiError
from ibtui.link.codec import encode, from_engine
from ibtui.link.messages import (
    TO_CLIENT_LIMIT,
    VERSION,
    Answer,
    Ask,
    Failure,
    Frame,
    FromEngine,
    Hello,
    Next,
    Reply,
    Request,
    Subscribe,
)


def _hello(role: Literal["terminal", "command"]) -> Hello:
    return Hello(program=__version__, pid=os.getpid(), role=role)


def _greeted(message: FromEngine) -> Hello:
    if isinstance(message, Failure):
        raise IbtuiError(message.code, message.message)
    if not isinstance(message, Hello) or message.version != VERSION:
        raise IbtuiError("engine_version", "The running engine is of another version; stop it with `ibtui stop`.")
    return message


class Caller:
    """One blocking conversation, for the command line; raises IbtuiError `no_engine` or `timeout`."""

    def __init__(self, path: Path, timeout: float = 10.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise IbtuiError("no_engine", "No engine answers for this profile; start it with `ibtui`.") from None
        self._lines = self._socket.makefile("rb")
        self._say(_hello("command"))
        self.engine = _greeted(self._read())

    def ask(self, question: Ask) -> Answer:
        """The engine's answer; raises IbtuiError with the engine's own code and sentence when it refuses."""
        self._say(Request(id=1, ask=question))
        while True:
            message = self._read()
            if isinstance(message, Reply):
                return message.answer
            if isinstance(message, Failure):
                raise IbtuiError(message.code, message.message)

    def _say(self, message: Hello | Request) -> None:
        try:
            self._socket.sendall(encode(message))
        except OSError:
            raise IbtuiError("no_engine", "The engine closed the conversation; see its log.") from None

    def _read(self) -> FromEngine:
        try:
            line = self._lines.readline(TO_CLIENT_LIMIT)
        except TimeoutError:
            raise IbtuiError("timeout", "The engine did not answer in time; see `ibtui status` and its log.") from None
        except OSError:
            line = b""
        if not line:
            raise IbtuiError("no_engine", "The engine closed the conversation; see its log.")
        return from_engine(line)

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Client:
    """A lasting conversation in an event loop: questions by id, frames on demand.

    `on_frame` gets each frame; call `painted()` afterwards to be given the next. `on_lost` is called once when the
    engine goes away; every open question then fails with `no_engine`.
    """

    def __init__(self, on_frame: Callable[[Frame], None], on_lost: Callable[[str], None]) -> None:
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._ids = itertools.count(1)
        self._open: dict[int, asyncio.Future[Answer]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self.engine: Hello | None = None

    async def connect(self, path: Path, after: int = 0) -> None:
        """Open the conversation and subscribe; raises IbtuiError `no_engine` or `engine_version`."""
        try:
            reader, self._writer = await asyncio.open_unix_connection(str(path), limit=TO_CLIENT_LIMIT)
        except OSError:
            raise IbtuiError("no_engine", "No engine answers for this profile; start it with `ibtui`.") from None
        self._writer.write(encode(_hello("terminal")))
        line = await reader.readline()
        if not line:
            raise IbtuiError("no_engine", "The engine closed the conversation; see its log.")
        self.engine = _greeted(from_engine(line))
        self._writer.write(encode(Subscribe(after=after)) + encode(Next()))
        self._reading = asyncio.create_task(self._read(reader))

    def painted(self) -> None:
        """Ask for the next frame."""
        if self._writer is not None:
            self._writer.write(encode(Next()))

    async def ask(self, question: Ask, within: float = 10.0) -> Answer:
        """The engine's answer within so many seconds; raises IbtuiError with the engine's code, or `timeout`, or `no_engine`."""
        if self._writer is None:
            raise IbtuiError("no_engine", "The terminal is not attached to an engine.")
        number = next(self._ids)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._open[number] = future
        self._writer.write(encode(Request(id=number, ask=question)))
        try:
            return await asyncio.wait_for(future, within)
        except TimeoutError:
            raise IbtuiError(
                "timeout", "The engine did not answer in time; look at Orders before you try again."
            ) from None
        finally:
            self._open.pop(number, None)

    async def close(self) -> None:
        """Leave; the engine goes on."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _read(self, reader: asyncio.StreamReader) -> None:
        reason = "The engine went away."
        try:
            while line := await reader.readline():
                self._take(from_engine(line))
        except (OSError, ValueError) as error:
            reason = f"The link to the engine broke: {error}."
        except IbtuiError as error:
            reason = error.message
        self._lose(reason)

    def _take(self, message: FromEngine) -> None:
        if isinstance(message, Frame):
            self._on_frame(message)
        elif isinstance(message, Reply):
            self._settle(message.id, message.answer)
        elif isinstance(message, Failure):
            error = IbtuiError(message.code, message.message)
            if message.id is None:
                raise error
            self._settle(message.id, error)

    def _settle(self, number: int, answer: Answer | IbtuiError) -> None:
        future = self._open.get(number)
        if future is None or future.done():
            return
        if isinstance(answer, IbtuiError):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    def _lose(self, reason: str) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for number in tuple(self._open):
            self._settle(number, IbtuiError("no_engine", reason))
        self._on_lost(reason)
