"""One lane for everything that goes to IB: what matters most goes first, and never more in a second than IB takes."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from enum import IntEnum

from msgspec import Struct

from ibtui.domain.failure import IbtuiError
from ibtui.domain.rate import Rate

LIMIT = 45
"""Messages in any second. IB takes 50, says error 100 beyond that, and hangs up after the third time."""
DATA_LIMIT = 30
"""Messages in any second up to which data may fill the lane; the rest is kept for cancels and orders."""
LATER_LIMIT = 25
"""Messages in any second up to which questions that nobody waits for may fill it."""
HEARTBEATS = 1
"""Messages of a second that only a heartbeat may use."""
SECOND = 1.1
"""Seconds that a message counts for: what was written a second apart can arrive closer together."""


class Rank(IntEnum):
    """What goes first while messages wait: the lower the sooner, and in the order asked for within a rank."""

    CANCEL = 0
    ORDER = 1
    RECONCILE = 2
    """Questions about orders, fills, positions and the account."""
    PERSON = 3
    """Data that a person waits for."""
    DATA = 4
    LATER = 5
    """Questions that nobody waits for: what the names of a long list mean."""


class QueuedMessages(Struct, frozen=True):
    """Messages that wait for room: `go` is called when it is there, `lost` when the connection ended before."""

    size: int
    go: Callable[[], None]
    lost: Callable[[], None] | None = None


class Lane:
    """Counts what was written and lets nothing go that would be too much; `told` gets how many orders and cancels wait.

    A message is written as soon as the lane allows; what waits when the connection ends is forgotten, and all but data
    is told so.
    """

    def __init__(
        self, limit: int = LIMIT, data_limit: int = DATA_LIMIT, told: Callable[[int], None] = lambda waiting: None
    ) -> None:
        self._limits = {rank: data_limit if rank >= Rank.PERSON else limit - HEARTBEATS for rank in Rank}
        self._limits[Rank.LATER] = min(LATER_LIMIT, data_limit)
        self._queues: dict[Rank, deque[QueuedMessages]] = {rank: deque() for rank in Rank}
        self._written = Rate(limit, SECOND)
        self._held = 0
        """Room that somebody waited for and has not used yet."""
        self._rests_until = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._told = told
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """Messages of orders and cancels that wait for room."""
        return sum(entry.size for rank in (Rank.CANCEL, Rank.ORDER) for entry in self._queues[rank])

    def count(self) -> None:
        """A message was written that did not wait here: a heartbeat, or one that room was held for."""
        self._written.count(asyncio.get_running_loop().time())

    def put(self, send: Callable[[], None], rank: Rank = Rank.DATA, lost: Callable[[], None] | None = None) -> None:
        """Call `send` once, as soon as a message of this rank has room; now, if it has."""

        def go() -> None:
            self.count()
            send()

        self._queues[rank].append(QueuedMessages(1, go, lost))
        self._drain()

    @contextlib.asynccontextmanager
    async def room(self, size: int, rank: Rank = Rank.ORDER) -> AsyncIterator[None]:
        """Wait until `size` messages have room, and keep it for the block, which counts what it writes.

        Raises IbtuiError("not_connected") when the connection ends first.
        """
        await self._take(size, rank)
        try:
            yield
        finally:
            self._held -= size
            self._drain()

    def rest(self) -> None:
        """IB says that it got too many messages: write nothing but heartbeats for a second."""
        self._rests_until = asyncio.get_running_loop().time() + SECOND

    def clear(self) -> None:
        """The connection ended: forget what has not been written, and tell whoever waits for other than data."""
        forgotten = [entry.lost for queue in self._queues.values() for entry in queue if entry.lost is not None]
        for queue in self._queues.values():
            queue.clear()
        self._stop_timer()
        self._rests_until = float("-inf")
        for lost in forgotten:
            lost()
        self._tell()

    async def _take(self, size: int, rank: Rank) -> None:
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def go() -> None:
            if not taken.done():
                self._held += size
                taken.set_result(None)

        def lost() -> None:
            if not taken.done():
                taken.set_exception(IbtuiError("not_connected", "The connection to IB ended first; nothing was sent."))

        self._queues[rank].append(QueuedMessages(size, go, lost))
        self._drain()
        try:
            await taken
        except asyncio.CancelledError:
            if not taken.cancelled() and taken.exception() is None:  # the room came together with the cancellation
                self._held -= size
                self._drain()
            raise

    def _drain(self) -> None:
        """Let go what has room, best rank first; nothing passes what is of a better rank and waits."""
        now = asyncio.get_running_loop().time()
        if now >= self._rests_until:
            self._rests_until = float("-inf")
            self._let_go(now)
        self._stop_timer()
        if any(self._queues.values()):
            self._wake_later()
        self._tell()

    def _let_go(self, now: float) -> None:
        for rank, queue in self._queues.items():
            while queue and queue[0].size <= self._limits[rank] - self._written.used(now) - self._held:
                queue.popleft().go()
            if queue:
                return

    def _wake_later(self) -> None:
        """When what waits first has room, or the rest is over; room that is held is given back by its block."""
        rank, first = next((rank, queue[0]) for rank, queue in self._queues.items() if queue)
        room = self._written.free_at(self._limits[rank] - self._held - first.size)
        due = max(room, self._rests_until)
        if due > float("-inf"):
            self._timer = asyncio.get_running_loop().call_at(due, self._drain)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell(self) -> None:
        waiting = self.waiting
        if waiting != self._waiting:
            self._waiting = waiting
            self._told(waiting)
