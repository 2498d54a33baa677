"""What goes out to one client: collected for a turn of the loop, written at once, bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

MOST_UNREAD = 32 * 1024 * 1024
"""Bytes a client may leave unread before it is cut off."""

_RECEIVE = 4096
"""The official client reads in pieces of this size."""
_QUIET = 0.25
"""Seconds without a byte after which a burst counts as over; the official client gives up after 1."""
_REMEMBERED = 64


class Outgoing(NamedTuple):
    """One message on its way: its id, and its frame."""

    id: int
    frame: bytes


Filter = Callable[[Sequence[Outgoing]], Sequence[Outgoing]]
"""Changes what a client is sent: given a batch, what goes out instead."""


class ClientOutbox:
    """Batches the messages of a loop turn into one write.

    The official client drops everything it has buffered when a burst ends exactly where one of its reads does and
    nothing follows within a second. `on_edge` is called when that could have happened and must send something more:
    once it has been quiet for a while, or `at_once`, which makes what is written independent of time.
    """

    def __init__(
        self,
        transport: asyncio.WriteTransport,
        on_edge: Callable[[], None],
        filters: Sequence[Filter],
        at_once: bool = False,
    ) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._on_edge = on_edge
        self._filters = filters
        self._at_once = at_once
        self._ids: list[int] = []
        self._frames: list[bytes] = []
        self._flushing: asyncio.Handle | None = None
        self._quiet: asyncio.TimerHandle | None = None
        self._edges = Edges()
        self.held = False
        """Nothing is written; the batch grows."""

    def add(self, number: int, frame: bytes) -> None:
        """Queue a message: its id, and its frame."""
        self._ids.append(number)
        self._frames.append(frame)
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what has been collected, in one piece."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self.held or not self._frames or self._transport.is_closing():
            return
        frames = self._frames
        if self._filters:
            frames = self._filtered(map(Outgoing, self._ids, frames))
        self._ids, self._frames = [], []
        data = b"".join(frames)
        if data:
            self._write(data)

    def _filtered(self, messages: Iterable[Outgoing]) -> list[bytes]:
        batch: Sequence[Outgoing] = list(messages)
        for change in self._filters:
            batch = change(batch)
        return [message.frame for message in batch]

    def close(self) -> None:
        """Forget what was not written."""
        for handle in (self._flushing, self._quiet):
            if handle is not None:
                handle.cancel()
        self._ids.clear()
        self._frames.clear()

    def _write(self, data: bytes) -> None:
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._transport.abort()
            return
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        if self._edges.passed(len(data)):
            if self._at_once:
                self._on_edge()
                self.flush()
            else:
                self._quiet = self._loop.call_later(_QUIET, self._on_edge)


class Edges:
    """Tells whether a burst may have ended on the edge of a read.

    A reader that was idle starts its pieces where an earlier write ended; which one is not known, so the newest few
    all count.
    """

    def __init__(self) -> None:
        self._ends = deque([0], _REMEMBERED)
        """Where writes ended, counted within a piece."""

    def passed(self, length: int) -> bool:
        """Count a write; True if it ended a whole number of pieces after one of the writes before it."""
        end = (self._ends[-1] + length) % _RECEIVE
        edge = end in self._ends
        self._ends.append(end)
        return edge
