"""The engine's Unix socket: who may talk, and what becomes of a worker that tries."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from ibtui.engine.door.clients import Clients
from ibtui.engine.door.conversation import Answerer, Conversation
from ibtui.engine.door.view import View
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.state import State
from ibtui.engine.worker_process import session_of_a_worker
from ibtui.link.codec import encode
from ibtui.link.messages import TO_ENGINE_LIMIT, Failure

_PEER = struct.Struct("3i")
"""pid, uid and gid of the other end, as Linux gives them."""
HELLO = 1.0
"""Seconds that one who will be refused has for the hello."""
_LOCAL, _LOCAL_PEER_PID = 0, 2
"""SOL_LOCAL and LOCAL_PEERPID of macOS."""


@dataclass(eq=False, repr=False, kw_only=True)
class Server:
    """Accepts this user's clients on a socket that only this user can reach."""

    state: State
    view: View
    answer: Answerer
    tasks: Tasks
    clients: Clients

    def __post_init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._numbers = itertools.count(1)
        self._refused: set[int] = set()
        """Sessions of workers that were told off in the log."""

    async def start(self, path: Path) -> None:
        """Listen; the caller holds the profile's lock, so nobody else does."""
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._accept, str(path), limit=TO_ENGINE_LIMIT)
        finally:
            os.umask(before)

    async def close(self) -> None:
        """Stop listening and hang up, after what was written has been handed over."""
        if self._server is not None:
            self._server.close()
        await self.clients.close(0.4)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _same_user(writer):
            writer.close()
            return
        session = session_of_a_worker(_peer_pid(writer))
        if session is not None:
            await self._refuse_worker(session, reader, writer)
            return
        conversation = Conversation(
            next(self._numbers),
            reader,
            writer,
            state=self.state,
            view=self.view,
            answer=self.answer,
            tasks=self.tasks,
            greeted=self.clients.greeted,
        )
        self.clients.attach(conversation)
        try:
            await conversation.run()
        finally:
            self.clients.detach(conversation)

    async def _refuse_worker(self, session: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A strategy asks for orders by its hooks, where its limits hold; here it would trade as the user."""
        text = "A strategy's process does not talk to the engine's socket: it asks for orders in its hooks."
        if session not in self._refused:
            self._refused.add(session)
            self.state.log.say("ERROR", f"Refused on the engine's socket, process {session}: {text}")
        # Its hello is read first: a client whose hello finds a closed socket would not look for the reason.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(HELLO):
                await reader.readuntil(b"\n")
        writer.write(encode(Failure(id=None, code="from_strategy", message=text)))
        writer.close()


def _peer_pid(writer: asyncio.StreamWriter) -> int:
    """The process at the other end when it connected; -1 where the system does not tell, or not in our terms."""
    sock = writer.get_extra_info("socket")
    option = getattr(socket, "SO_PEERCRED", None)
    if option is not None:
        pid = int(_PEER.unpack(sock.getsockopt(socket.SOL_SOCKET, option, _PEER.size))[0])
    else:
        pid = int(sock.getsockopt(_LOCAL, _LOCAL_PEER_PID)) if sys.platform == "darwin" else -1
    return pid if pid > 0 else -1


def _same_user(writer: asyncio.StreamWriter) -> bool:
    """Whether the peer is this user; where the system does not tell, the socket's mode decides alone."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    credentials = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, option, _PEER.size)
    return bool(_PEER.unpack(credentials)[1] == os.getuid())
