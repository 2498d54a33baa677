"""Keeps requests for data below IB's message limit, so that orders never wait behind them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

LIMIT = 30
"""Messages in any second up to which data may fill the line. IB disconnects above 50; the rest is kept for orders."""

Send = Callable[[], None]


class Lane:
    """The queue of data requests. Orders, cancels and heartbeats do not queue: they are only counted."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._urgent: deque[Send] = deque()
        self._bulk: deque[Send] = deque()
        self._sent: deque[float] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def count(self) -> None:
        """A message that does not wait here was written."""
        self._forget_old()
        self._sent.append(asyncio.get_running_loop().time())

    def put(self, send: Send, *, bulk: bool = True) -> None:
        """Call `send` as soon as the limit allows; what a person waits for (not `bulk`) goes first."""
        (self._bulk if bulk else self._urgent).append(send)
        if self._timer is None:
            self._drain()

    def clear(self) -> None:
        """Forget what has not been sent."""
        self._urgent.clear()
        self._bulk.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        self._forget_old()
        while (self._urgent or self._bulk) and len(self._sent) < self._limit:
            self._sent.append(loop.time())
            (self._urgent or self._bulk).popleft()()
        if self._urgent or self._bulk:
            self._timer = loop.call_at(self._sent[0] + 1.0, self._drain)

    def _forget_old(self) -> None:
        oldest = asyncio.get_running_loop().time() - 1.0
        while self._sent and self._sent[0] <= oldest:
            self._sent.popleft()
