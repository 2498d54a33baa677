"""An event loop whose time jumps: five seconds of patience cost nothing, and nothing is late because the machine is.

While anything can be read, a thread owes an answer or a process of ours computes, time stands still. Only when nothing
happens any more does it go to the next timer, at once.
"""

from __future__ import annotations

import asyncio
import os
import selectors
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
A = TypeVarTuple("A")

GRACE = 0.001
"""Real seconds in which nothing may be readable before time goes on: what was written to a local socket is there."""
OWED = 0.01
"""Real seconds after which a loop that waits for a thread or a process looks again."""


class _Selector(selectors.DefaultSelector):
    """Instead of sleeping it tells the loop to jump."""

    loop: JumpingLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.loop.owed or timeout is None or computing():
            return super().select(OWED)
        ready = super().select(GRACE)
        if not ready:
            self.loop.jump(timeout)
        return ready


def computing() -> bool:
    """Whether a process that this one started does anything but wait."""
    try:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        return any(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "SI" for pid in children)
    except OSError:  # one of them has just ended, or this is no Linux
        return False


class JumpingLoop(asyncio.SelectorEventLoop):
    """`owed` counts what threads were asked and have not answered: time stands still for them."""

    def __init__(self) -> None:
        self._virtual = 1_000.0
        self.owed = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self._virtual

    def jump(self, seconds: float) -> None:
        """Let so many seconds have passed; nothing was due in them."""
        self._virtual += seconds

    @contextmanager
    def owing(self) -> Iterator[None]:
        """While the block runs a thread or a process works for it, and time stands still."""
        self.owed += 1
        try:
            yield
        finally:
            self.owed -= 1

    def run_in_executor(self, executor: Any, func: Callable[[Unpack[A]], T], *args: *A) -> asyncio.Future[T]:
        answer = super().run_in_executor(executor, func, *args)
        self.owed += 1
        answer.add_done_callback(self._paid)
        return answer

    def _paid(self, _: object) -> None:
        self.owed -= 1

    async def shutdown_default_executor(self, *args: Any) -> None:
        """Wait for the threads that end; a limit on that, which asyncio has from 3.12 on, would be reached at once."""
        with self.owing():
            await super().shutdown_default_executor(*args)


class LoopClock:
    """The time of a jumping loop as engine and gateway read it; the calendar can leap without anybody waiting."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime) -> None:
        self._loop = loop
        self._began = loop.time()
        self._start = start
        self._leapt = 0.0

    def now(self) -> datetime:
        passed = timedelta(seconds=self._loop.time() - self._began)
        return (self._start + passed).astimezone(UTC)

    def monotonic(self) -> float:
        return self._loop.time() + self._leapt

    def leap(self, by: timedelta) -> None:
        """It is later by so much, as after a suspended machine: no timer of the loop has come nearer."""
        self._start += by
        self._leapt += by.total_seconds()


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end in a loop whose time jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main())
