"""One client's conversation: its questions, and one frame for each time it asks for the next."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ibtui import __version__
from ibtui.domain.dispatch import handlers
from ibtui.domain.failure import IbtuiError
from ibtui.engine.door.quota import Quota
from ibtui.engine.door.view import View
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.changes import Changes
from ibtui.engine.truth.state import State
from ibtui.link.codec import encode, from_client
from ibtui.link.earlier import EARLIER, check_client, check_client_frames
from ibtui.link.messages import (
    TO_CLIENT_LIMIT,
    VERSION,
    Answer,
    Ask,
    Failure,
    FromClient,
    FromEngine,
    Hello,
    Next,
    Reply,
    Request,
    Subscribe,
)
from ibtui.link.unanswered import unanswered

TURN = 4
"""Lines of one client that are taken before the others have their turn."""
PAUSED_AFTER, PAUSE = 100, 0.02
"""Requests of one client that are refused before it is not read for so many seconds."""
UNREAD = 1024 * 1024
"""Bytes that a client whose requests are refused may leave unread before it is hung up on."""

Answerer = Callable[[Ask, int], Awaitable[Answer]]


@dataclass(eq=False, repr=False)
class Conversation:
    """Reads lines until the client leaves; what it does not read does not pile up here."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    state: State
    view: View
    answer: Answerer
    tasks: Tasks
    greeted: Callable[[], None]

    def __post_init__(self) -> None:
        self.role = ""
        """What the client says that it is; empty before its hello. One of the version before gets no frames, so it
        is no terminal that watches over what trades."""
        self._version = VERSION
        self._loop = asyncio.get_running_loop()
        self._quota = Quota(self.state.clock.monotonic)
        self._turn = 0
        self._refused = 0
        """Requests since the last pause."""
        self._changes: Changes | None = None
        self._seen = 0
        """The last log line it was sent."""
        self._wants = False
        self._due = False
        takers: dict[type, Callable[[Any], None]] = {
            Hello: self._greeted_again,
            Request: self._ask,
            Subscribe: self._subscribe,
            Next: self._painted,
        }
        self._takers = handlers(FromClient, takers)

    async def run(self) -> None:
        """Talk until the client leaves or breaks the protocol; never raises for what a client does."""
        try:
            await self._greet()
            while not self.writer.is_closing() and (message := await self._read()) is not None:
                self._take(message)
                await self._yield()
        except IbtuiError as error:
            self._say(Failure(id=None, code=error.code, message=error.message))
        except (ConnectionError, OSError):
            pass  # it left in the middle of a line
        finally:
            if self._changes is not None:
                self.state.unwatch(self._changes)
                self._changes = None
            self.close()

    def close(self) -> None:
        """End the conversation with the client."""
        self.writer.close()

    async def _greet(self) -> None:
        hello = await self._read()
        if hello is None:
            return
        if not isinstance(hello, Hello):
            raise IbtuiError("bad_message", "A conversation begins with hello.")
        if hello.version not in (VERSION, EARLIER):
            raise IbtuiError(
                "engine_version",
                f"This engine speaks version {VERSION} of the protocol and the client {hello.version}; "
                "stop the engine with `ibtui stop` and start it again.",
            )
        self._version = hello.version
        self.role = hello.role if hello.version == VERSION else "command"
        self.greeted()
        mine = Hello(version=hello.version, program=__version__, pid=os.getpid(), role="engine", profile=self.view.name)
        self._say(mine)

    async def _read(self) -> FromClient | None:
        try:
            line = await self.reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            raise IbtuiError("bad_message", "A line to the engine is longer than 64 KiB.") from None
        return from_client(line, self._version)

    def _take(self, message: FromClient) -> None:
        self._takers[type(message)](message)

    def _greeted_again(self, hello: Hello) -> None:
        raise IbtuiError("bad_message", "The client said hello twice.")

    def _painted(self, message: Next) -> None:
        self._wants = True
        self._wake()

    def _ask(self, request: Request) -> None:
        try:
            check_client(self._version, request.ask)
            self._quota.take(request.ask)
        except IbtuiError as error:
            self._refused += 1
            self._say(Failure(id=request.id, code=error.code, message=error.message))
            self._hang_up_if_unread(UNREAD)
        else:
            self.tasks.start("request", self._reply(request))

    async def _yield(self) -> None:
        """Let the others have their turn: lines that have come already are read without one, however many they are."""
        self._turn += 1
        if self._refused >= PAUSED_AFTER:
            self._refused = 0
            await asyncio.sleep(PAUSE)
        elif self._turn % TURN == 0:
            await asyncio.sleep(0)

    def _subscribe(self, wanted: Subscribe) -> None:
        check_client_frames(self._version)
        if self._changes is None:
            self._changes = Changes(self._wake, feed=wanted.feed)
            self.state.watch(self._changes)
            self._seen = wanted.after
            self._wake()

    async def _reply(self, request: Request) -> None:
        try:
            self._say(Reply(id=request.id, answer=await self.answer(request.ask, self.number)))
        except IbtuiError as error:
            self._say(Failure(id=request.id, code=error.code, message=error.message))
        except Exception:
            failed = unanswered(request.ask, IbtuiError("internal", "The engine failed inside; its log says where."))
            self._say(Failure(id=request.id, code=failed.code, message=failed.message))
            raise
        finally:
            self._quota.answered()

    def _wake(self) -> None:
        """Something is new or wanted: send a frame once everything of this moment is in it."""
        if self._wants and not self._due:
            self._due = True
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        self._due = False
        if not self._wants or not self._changes:
            return
        self._wants = False
        frame, self._seen = self.view.frame(self._changes, self._seen)
        self._say(frame)

    def _say(self, message: FromEngine) -> None:
        if self.writer.is_closing():
            return
        self.writer.write(encode(message, self._version))
        self._hang_up_if_unread(TO_CLIENT_LIMIT)

    def _hang_up_if_unread(self, limit: int) -> None:
        """On one that asks and asks and never reads; what it left unread would keep a close waiting for ever."""
        if self.writer.transport.get_write_buffer_size() > limit:
            self.writer.transport.abort()
