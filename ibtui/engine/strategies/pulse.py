"""Whether a strategy's hooks still return: a ping every second, answered between two hooks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import Struct


class Timing(Struct, frozen=True, kw_only=True):
    """How long a worker may take, in seconds."""

    load: float = 10.0
    """To import its file, and again to run `on_start`."""
    finish: float = 0.5
    """To run `on_stop` before it is killed."""
    beat: float = 1.0
    """Seconds between two pings."""
    hung: int = 5
    """Beats without an answer until it is shown as hung."""
    hopeless: int = 15
    """Beats without an answer until it counts as failed and is killed."""


class Pulse:
    """Pings a worker; `show` gets a sentence while it is hung and "" when it is not, `fail` ends one without hope.

    Beats are counted, not seconds: after the machine slept nothing is overdue.
    """

    def __init__(
        self, timing: Timing, *, ping: Callable[[], None], show: Callable[[str], None], fail: Callable[[str], None]
    ) -> None:
        self._timing = timing
        self._ping = ping
        self._show = show
        self._fail = fail
        self._unanswered = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._beat())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def answered(self) -> None:
        """The worker has dealt with everything up to the last ping."""
        self._unanswered = 0
        self._show("")

    async def _beat(self) -> None:
        while True:
            if self._unanswered == 0:
                self._ping()
            self._unanswered += 1
            await asyncio.sleep(self._timing.beat)
            seconds = self._unanswered * self._timing.beat
            if self._unanswered > self._timing.hopeless:
                self._fail(f"a hook did not return within {seconds:g} s")
            elif self._unanswered > self._timing.hung:
                last = self._timing.hopeless * self._timing.beat
                self._show(f"hung: a hook has been running for {seconds:g} s; it is ended after {last:g} s")
