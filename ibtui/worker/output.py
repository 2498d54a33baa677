"""What a strategy prints: lines for the log, as many as a person could read, the rest counted."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

LINES_AT_ONCE = 50
LINES_PER_SECOND = 5
LONGEST_LINE = 300


class Output(io.TextIOBase):
    """A text stream that says whole lines; a flood costs no more than counting its characters."""

    def __init__(self, say: Callable[[str], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._say = say
        self._monotonic = monotonic
        self._budget = float(LINES_AT_ONCE)
        self._filled = monotonic()
        self._line = ""
        self._lost = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        start = 0
        while start < len(text) and self._may_speak():
            end = text.find("\n", start, start + 4 * LONGEST_LINE)
            piece = text[start : end if end >= 0 else start + 4 * LONGEST_LINE]
            start = end + 1 if end >= 0 else start + len(piece)
            self._take(piece, whole=end >= 0)
        self._lost += len(text) - start
        return len(text)

    def _take(self, piece: str, whole: bool) -> None:
        room = LONGEST_LINE - len(self._line)
        self._line += piece[:room]
        self._lost += max(len(piece) - room, 0)
        if whole:
            self._speak(self._line)
            self._line = ""

    def _may_speak(self) -> bool:
        now = self._monotonic()
        self._budget = min(self._budget + (now - self._filled) * LINES_PER_SECOND, LINES_AT_ONCE)
        self._filled = now
        return self._budget >= 1

    def _speak(self, line: str) -> None:
        if self._lost:
            line = f"{line} (and {self._lost:,} characters that were too many to keep)"
            self._lost = 0
        if line.strip():
            self._budget -= 1
            self._say(line)

    def finish(self) -> None:
        """Say what is left: an unfinished line, and how much was not kept."""
        if self._line or self._lost:
            self._speak(self._line)
            self._line = ""
