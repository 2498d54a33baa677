"""Who is attached to an engine: every conversation, and how many of them are terminals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from ibtui.engine.truth.state import State


class Attached(Protocol):
    """A conversation, as far as it is counted."""

    @property
    def role(self) -> str:
        """What its hello said it is."""

    def close(self) -> None:
        """End the conversation with the client."""


class Clients:
    """Counts; `counted` is told how many there are, `terminals` how many of them are terminals."""

    def __init__(self, state: State, *, counted: Callable[[int], None], terminals: Callable[[int], None]) -> None:
        self._state = state
        self._counted = counted
        self._terminals = terminals
        self._open: dict[Attached, asyncio.Task[None] | None] = {}

    @property
    def count(self) -> int:
        """How many are attached now."""
        return len(self._open)

    def begin(self) -> None:
        """The engine has started, with nobody attached."""
        self._count()

    def attach(self, conversation: Attached) -> None:
        """One more, which the running task leads."""
        self._open[conversation] = asyncio.current_task()
        self._count()

    def detach(self, conversation: Attached) -> None:
        """Count one client less."""
        del self._open[conversation]
        self.greeted()
        self._count()

    def greeted(self) -> None:
        """One of them said, or took back, that it is a terminal."""
        self._terminals(sum(conversation.role == "terminal" for conversation in self._open))

    async def close(self, seconds: float) -> None:
        """Hang up, and wait so long at most for what was written to be handed over."""
        for conversation in list(self._open):
            conversation.close()
        running = [task for task in self._open.values() if task is not None]
        if running:
            await asyncio.wait(running, timeout=seconds)

    def _count(self) -> None:
        self._state.touch("session")
        self._counted(self.count)
