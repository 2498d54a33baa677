"""The log that clients read: a bounded ring of lines by sequence number."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.text.sanitize import whole
from ibtui.link.messages import LogEntry, LogKind

KEPT = 5_000
"""The most lines that the log keeps."""


class Log:
    """The newest lines; each has a number, so that a client can tell what it missed."""

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._lines: deque[LogEntry] = deque(maxlen=KEPT)
        self._last = 0

    def say(self, kind: LogKind, text: str) -> None:
        """Add a line; the text is sanitized here."""
        self._last += 1
        self._lines.append(LogEntry(seq=self._last, time=self._clock.now(), kind=kind, text=whole(text)))
        self._changed()

    def refill(self, lines: Iterable[tuple[datetime, LogKind, str]]) -> None:
        """Begin with lines from before this engine, oldest first, and say below them where they come from."""
        for time, kind, text in lines:
            self._last += 1
            self._lines.append(LogEntry(seq=self._last, time=time, kind=kind, text=whole(text)))
        if self._lines:
            self.say("INFO", "the engine began; what stands above is from its journal")

    @property
    def last(self) -> int:
        """The newest sequence number, 0 when there is no line."""
        return self._last

    def after(self, seq: int) -> tuple[tuple[LogEntry, ...], bool]:
        """The lines that follow `seq`, and whether some of them are lost.

        A number from the future belongs to an engine that ran before this one: everything is new to that client.
        """
        if seq > self._last:
            seq = 0
        first = self._lines[0].seq if self._lines else self._last + 1
        skip = max(seq + 1 - first, 0)
        return tuple(islice(self._lines, skip, None)), 0 < seq + 1 < first and self._last > seq
