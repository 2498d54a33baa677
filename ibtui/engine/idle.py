"""A demo that nobody looks at ends by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

IDLE_DEMO = 1800.0
"""Seconds after which a demo that nobody looks at ends."""


class Idle:
    """Calls `end` when no client was there for that long; only a demo's engine is idle ever."""

    def __init__(self, end: Callable[[], None], *, demo: bool) -> None:
        self._end = end
        self._demo = demo
        self._timer: asyncio.TimerHandle | None = None

    def count(self, clients: int) -> None:
        """So many clients are attached now."""
        self._stop()
        if self._demo and clients == 0:
            self._timer = asyncio.get_running_loop().call_later(IDLE_DEMO, self._end)

    def close(self) -> None:
        """Watch no more: the engine ends anyway."""
        self._demo = False
        self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
