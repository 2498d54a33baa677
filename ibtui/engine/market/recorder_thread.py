"""The thread that writes a recording: no file is touched in the event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.dispatch import handlers
from ibtui.recording.rows import Fact, Gap
from ibtui.recording.writer import Writer

FLUSH_SECONDS = 1.0
"""How much a killed engine loses at most; a power cut what the system had not put on the disk."""
LIMIT = 200_000
"""Facts that wait for the disk; more are dropped, and the span is marked."""


class RecordedRow(NamedTuple):
    """A fact to be written."""

    time: datetime
    fact: Fact
    bar_length: str = ""


class GapOpens(NamedTuple):
    """Something begins to be missing."""

    gap: Gap


class GapEnds(NamedTuple):
    """What was missing from the recording is there again."""

    gap: Gap
    end: datetime


class RecordedList(NamedTuple):
    """What is recorded from now on."""

    symbols: tuple[str, ...]


Work = RecordedRow | GapOpens | GapEnds | RecordedList


class RecorderThread:
    """Takes work without waiting; `failed` is told once, in the event loop, why nothing is written any more."""

    def __init__(
        self, root: Path, profile: str, symbols: tuple[str, ...], clock: Clock, failed: Callable[[str], None]
    ) -> None:
        self._root = root
        self._profile = profile
        self._symbols = symbols
        self._clock = clock
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._dropping: datetime | None = None
        self.dropped = 0
        """Facts that were too many for the disk."""
        self.rows = 0
        """How many facts the files of the day hold."""
        self.folder: Path | None = None
        """That of the day which is written now."""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def put(self, work: Work, now: datetime) -> None:
        """Have it written; dropped when too much waits already."""
        if self._queue.qsize() >= LIMIT:
            self.dropped += isinstance(work, RecordedRow)
            self._dropping = self._dropping or now
            return
        if self._dropping is not None:
            gap = Gap(begin=self._dropping, end=now, reason="the disk was too slow")
            self._dropping = None
            self._queue.put(RecordedRow(now, gap))
        self._queue.put(work)

    async def close(self, within: float = 2.0) -> None:
        """Write what waits, end the day's files and the thread."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, within)

    # in the thread

    def _run(self) -> None:
        try:
            writer = Writer(self._root, self._profile, self._symbols, self._clock.now())
            writer.flush(self._clock.now())
            self.folder = writer.day
            while self._take(writer):
                now = self._clock.now()
                writer.flush(now if self._queue.empty() else writer.last)
                self.rows, self.folder = writer.rows, writer.day
            writer.close(self._clock.now())
            self.rows = writer.rows
        except Exception as error:  # whatever it is: the recording ends, and nothing else does
            self._tell(f"{type(error).__name__}: {error}")

    def _take(self, writer: Writer) -> bool:
        """Take work for one flush; False when it was the last."""
        ends = time.monotonic() + FLUSH_SECONDS
        while (left := ends - time.monotonic()) > 0:
            try:
                work = self._queue.get(timeout=left)
            except queue.Empty:
                return True
            if work is None:
                return False
            _WRITERS[type(work)](writer, work)
        return True

    def _tell(self, why: str) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._failed, why)


_WRITERS: Mapping[type, Callable[[Writer, Any], object]] = handlers(
    Work,
    {
        RecordedRow: lambda writer, row: writer.write(row.time, row.fact, row.bar_length),
        GapOpens: lambda writer, work: writer.open_gap(work.gap),
        GapEnds: lambda writer, work: writer.close_gap(work.gap, work.end),
        RecordedList: lambda writer, work: writer.symbols(work.symbols),
    },
)
