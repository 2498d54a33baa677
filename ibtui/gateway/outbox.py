"""What goes out to one client: collected for a turn of the loop, written at once, bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
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


class Outbox:
    """Batches the messages of a loop turn into one write.

    The official client drops everything it has buffered when a burst ends exactly where one of its reads does and
    nothing follows within a second. `on_edge` is called when that could have happened and must send something more.
    """

    def __init__(
        self,
        transport: asyncio.WriteTransport,
        on_edge: Callable[[], None],
        filters: Sequence[Filter],
    ) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._on_edge = on_edge
        self._filters = filters
        self._batch: list[Outgoing] = []
        self._flushing: asyncio.Handle | None = None
        self._quiet: asyncio.TimerHandle | None = None
        self._edges = Edges()
        self.held = False
        """Nothing is written; the batch grows."""

    def add(self, message: Outgoing) -> None:
        self._batch.append(message)
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what has been collected, in one piece."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self.held or not self._batch or self._transport.is_closing():
            return
        batch: Sequence[Outgoing] = self._batch
        self._batch = []
        for change in self._filters:
            batch = change(batch)
        data = b"".join(message.frame for message in batch)
        if data:
            self._write(data)

    def close(self) -> None:
        """Forget what was not written."""
        for handle in (self._flushing, self._quiet):
            if handle is not None:
                handle.cancel()
        self._batch.clear()

    def _write(self, data: bytes) -> None:
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._transport.abort()
            return
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        if self._edges.passed(len(data)):
            self._quiet = self._loop.call_later(_QUIET, self._on_edge)


class Edges:
    """Tells whether a burst may have ended on the edge of a read.

    A reader that was idle starts its pieces where an earlier write ended; which one is not known, so the newest few
    all count.
    """

    def __init__(self) -> None:
        self._ends = [0]

    def passed(self, length: int) -> bool:
        """Count a write; True if it ended a whole number of pieces after one of the writes before it."""
        end = self._ends[-1] + length
        edge = any((end - start) % _RECEIVE == 0 for start in self._ends)
        self._ends = [*self._ends[1 - _REMEMBERED :], end]
        return edge
