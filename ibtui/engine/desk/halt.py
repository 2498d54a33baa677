"""The halt latch: set until a person resumes, over the end of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from ibtui.domain.failure import IbtuiError
from ibtui.engine.journal.journal import Journal

HALTED = "halted"


class Halted(msgspec.Struct, frozen=True, kw_only=True):
    """Since when trading is halted, and why."""

    since: datetime
    reason: str


class Latch:
    """Set until a person resumes; it outlives the engine. `listeners` get the reason when it is set."""

    def __init__(self, journal: Journal, kept: Callable[[], Awaitable[None]]) -> None:
        """`kept` waits until the safety file is on the disk; it raises IbtuiError when that is refused."""
        self._journal = journal
        self._kept = kept
        self.listeners: list[Callable[[str], None]] = []
        text = journal.latch(HALTED)
        self.halted: Halted | None = msgspec.json.decode(text, type=Halted) if text else None
        self._resuming = False

    def set(self, since: datetime, reason: str) -> None:
        """Halt; a halt that is set already keeps its time and reason."""
        if self.halted is None or self._resuming:
            self._begin(Halted(since=since, reason=reason))

    def add(self, since: datetime, reason: str) -> None:
        """Halt for one more reason: a halt that is set already keeps its time, and names both."""
        before = self.halted
        if before is None:
            self.set(since, reason)
        elif reason not in before.reason:
            self._begin(Halted(since=before.since, reason=f"{before.reason}; {reason}"))

    def _begin(self, halted: Halted) -> None:
        self._resuming = False
        self.halted = halted
        self._write(halted)
        for listener in self.listeners:
            listener(halted.reason)

    async def saved(self) -> bool:
        """Wait until the latch is on the disk, in the journal or in the safety file: one of them is enough to halt."""
        return not all(await self._refusals())

    async def clear(self) -> None:
        """End the halt once that is on the disk, in the journal and in the safety file.

        Raises IbtuiError `journal_failed` when it cannot be, `halted` when somebody halted meanwhile: it stays then.
        """
        before = self.halted
        self._resuming = True
        self._write(None)
        refusal = next((error for error in await self._refusals() if error is not None), None)
        if self.halted is not before:
            if self.halted is None:
                return  # another one resumed
            raise IbtuiError("halted", "Trading was halted again meanwhile; `resume` once more if that is meant.")
        self._resuming = False
        if refusal is not None:
            self._write(before)
            raise IbtuiError("journal_failed", f"Still halted: {refusal.message}")
        self.halted = None

    def _write(self, halted: Halted | None) -> None:
        self._journal.set_latch(HALTED, msgspec.json.encode(halted).decode() if halted is not None else "")

    async def _refusals(self) -> tuple[IbtuiError | None, IbtuiError | None]:
        return await asyncio.gather(_refusal(self._journal.commit()), _refusal(self._kept()))


async def _refusal(writing: Awaitable[None]) -> IbtuiError | None:
    try:
        await writing
    except IbtuiError as error:
        return error
    return None
