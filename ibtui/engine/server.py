"""The engine's Unix socket: who may talk, and to how many it talks."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from ibtui.engine.conversation import Answerer, Conversation
from ibtui.engine.state import State
from ibtui.engine.tasks import Tasks
from ibtui.engine.view import View
from ibtui.link.messages import TO_ENGINE_LIMIT

_PEER = struct.Struct("3i")
"""pid, uid and gid of the other end, as Linux gives them."""


class Server:
    """Accepts this user's clients on a socket that only this user can reach."""

    def __init__(
        self, *, state: State, view: View, answer: Answerer, tasks: Tasks, counted: Callable[[], None]
    ) -> None:
        self._state = state
        self._view = view
        self._answer = answer
        self._tasks = tasks
        self._counted = counted
        self._server: asyncio.Server | None = None
        self._numbers = itertools.count(1)
        self._open: dict[Conversation, asyncio.Task[None] | None] = {}

    @property
    def clients(self) -> int:
        return len(self._open)

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
        for conversation in list(self._open):
            conversation.close()
        running = [task for task in self._open.values() if task is not None]
        if running:
            await asyncio.wait(running, timeout=0.4)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _same_user(writer):
            writer.close()
            return
        conversation = Conversation(
            next(self._numbers),
            reader,
            writer,
            state=self._state,
            view=self._view,
            answer=self._answer,
            tasks=self._tasks,
        )
        self._open[conversation] = asyncio.current_task()
        self._counted()
        try:
            await conversation.run()
        finally:
            del self._open[conversation]
            self._counted()


def _same_user(writer: asyncio.StreamWriter) -> bool:
    """Whether the peer is this user; where the system does not tell, the socket's mode decides alone."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    credentials = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, option, _PEER.size)
    return bool(_PEER.unpack(credentials)[1] == os.getuid())
