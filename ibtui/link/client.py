"""The lasting client of an engine: questions by id and frames on demand, for the terminal."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ibtui.domain.dispatch import handlers
from ibtui.domain.failure import IbtuiError
from ibtui.link import messages
from ibtui.link.codec import encode, from_engine
from ibtui.link.earlier import EARLIER, check_across
from ibtui.link.greeting import greeted, hello
from ibtui.link.unanswered import unanswered


class Client:
    """A lasting conversation in an event loop: questions by id, frames on demand.

    `on_frame` gets each frame; call `painted()` afterwards to be given the next. `on_lost` is called once when the
    engine goes away; every open question then fails with `no_engine`.
    """

    def __init__(self, on_frame: Callable[[messages.Frame], None], on_lost: Callable[[str], None]) -> None:
        self._on_lost = on_lost
        self._ids = itertools.count(1)
        self._open: dict[int, tuple[messages.Ask, asyncio.Future[messages.Answer]]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self.engine: messages.Hello | None = None
        takers: dict[type, Callable[[Any], None]] = {
            messages.Frame: on_frame,
            messages.Reply: lambda reply: self._settle(reply.id, reply.answer),
            messages.Failure: self._failed,
        }
        self._takers = handlers(messages.FromEngine, takers, never=(messages.Hello,))

    async def connect(self, path: Path, after: int = 0) -> None:
        """Open the conversation and subscribe; raises IbtuiError `no_engine` or `engine_version`.

        An engine of the version before is not subscribed to: it only answers (`link.earlier`).
        """
        try:
            reader = await self._greet(path, hello("terminal"))
        except IbtuiError as error:
            if error.code != "engine_version":
                raise
            reader = await self._greet_earlier(path, error)
        else:
            self._write(encode(messages.Subscribe(after=after)) + encode(messages.Next()))
        self._reading = asyncio.create_task(self._read(reader))

    async def _greet(self, path: Path, first: messages.Hello) -> asyncio.StreamReader:
        try:
            reader, self._writer = await asyncio.open_unix_connection(str(path), limit=messages.TO_CLIENT_LIMIT)
        except OSError:
            raise IbtuiError("no_engine", "No engine answers for this profile; start it with `ibtui`.") from None
        self._writer.write(encode(first))
        line = await reader.readline()
        if not line:
            raise IbtuiError("no_engine", "The engine closed the conversation; see its log.")
        self._version = first.version
        self.engine = greeted(from_engine(line, self._version), self._version)
        return reader

    async def _greet_earlier(self, path: Path, refusal: IbtuiError) -> asyncio.StreamReader:
        """As a command: who sees no frames is no terminal that watches over what trades."""
        await self.close()
        try:
            return await self._greet(path, hello("command", EARLIER))
        except IbtuiError:
            raise refusal from None

    def painted(self) -> None:
        """Ask for the next frame."""
        self._write(encode(messages.Next()))

    def _write(self, lines: bytes) -> None:
        if self._writer is not None:
            self._writer.write(lines)

    async def ask(self, question: messages.Ask, within: float = 10.0) -> messages.Answer:
        """The answer within so many seconds; raises IbtuiError with the engine's code, `timeout` or `no_engine`.

        `unanswered` when what can move money was asked and no answer came: it may have been done. `engine_version`
        when the engine is of the version before and that does not work with it: it was not asked.
        """
        if self._writer is None or self.engine is None:
            raise IbtuiError("no_engine", "The terminal is not attached to an engine.")
        check_across(self.engine, question)
        number = next(self._ids)
        future: asyncio.Future[messages.Answer] = asyncio.get_running_loop().create_future()
        self._open[number] = (question, future)
        self._writer.write(encode(messages.Request(id=number, ask=question)))
        try:
            async with asyncio.timeout(within):
                return await future
        except TimeoutError:
            late = IbtuiError("timeout", "The engine did not answer in time; look at Orders before you try again.")
            raise unanswered(question, late) from None
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
                self._take(from_engine(line, self._version))
        except (OSError, ValueError) as error:
            reason = f"The link to the engine broke: {error}."
        except IbtuiError as error:
            reason = error.message
        self._lose(reason)

    def _take(self, message: messages.FromEngine) -> None:
        if handler := self._takers.get(type(message)):
            handler(message)

    def _failed(self, failure: messages.Failure) -> None:
        error = IbtuiError(failure.code, failure.message)
        if failure.id is None:
            raise error
        self._settle(failure.id, error)

    def _settle(self, number: int, answer: messages.Answer | IbtuiError) -> None:
        _, future = self._open.get(number, (None, None))
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
        for number, (question, _) in tuple(self._open.items()):
            self._settle(number, unanswered(question, IbtuiError("no_engine", reason)))
        self._on_lost(reason)
