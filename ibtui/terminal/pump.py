"""When not to draw: a frame is held back while the terminal has not taken the last one.

Textual's driver writes through a queue of 30 writes, and putting one more into a full queue stops the whole event loop:
a stalled SSH connection would freeze the keys. Behind that queue lie buffers that say nothing, 64 kB of them: on a slow
link the screen would be seconds old. So a terminal that answers is asked behind each frame where its cursor is.
"""

from __future__ import annotations

import random
from typing import Any

from textual.app import App


def behind(app: App[Any]) -> bool:
    """Whether something still waits to be written to the terminal; False without a terminal, as in tests."""
    writer = getattr(app._driver, "_writer_thread", None)
    return writer is not None and not writer._queue.empty()


class FrameClock:
    """Whether the terminal has drawn the last frame, by its own answer; every time is in monotonic seconds."""

    AGAIN = 1.0
    """A frame that stays unanswered is asked about again after this: the answer may be lost to another screen size."""
    PATIENCE = 5.0
    """So long one frame is waited for; then the next is drawn: nothing stands still on a screen that is seen."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._asked: set[tuple[int, int]] = set()
        self._first = self._last = 0.0

    def ask(self, now: float, rows: int, columns: int) -> tuple[int, int] | None:
        """A frame is on its way: the row and column (from 1) to ask about; None where a key could give the answer."""
        if rows < 2:
            return None
        place = (self._random.randint(2, rows), self._random.randint(1, max(columns, 1)))
        self._first = self._first if self._asked else now
        self._asked.add(place)
        self._last = now
        return place

    def answer(self, row: int, column: int) -> None:
        """The terminal reported a cursor position; what was asked before it is drawn, too."""
        if (row, column) in self._asked:
            self._asked.clear()

    def waits(self, now: float) -> bool:
        """Whether the next frame has to wait: the last is not known to be drawn."""
        if self._asked and now - self._first >= self.PATIENCE:
            self._asked.clear()
        return bool(self._asked)

    def due(self, now: float) -> bool:
        """Whether it is time to ask about a frame once more."""
        return bool(self._asked) and now - self._last >= self.AGAIN
