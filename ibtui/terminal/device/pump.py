"""How much may be written to the terminal now, by its own answers.

Behind a terminal lie buffers that say nothing, 64 kB of them: on a slow link the screen would be seconds old, and a
link that stood still would replay what nobody wants to see any more. So each frame asks the terminal behind it where
its cursor is, the next one leaves once that is answered, and frames are as large as the link takes in a part of a
second. A multiplexer answers for itself, before anyone has seen anything: there, and where a terminal answers nothing,
the bytes a second are limited instead.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from textual.app import App


def behind(app: App[Any]) -> bool:
    """Whether something still waits to be written to the terminal; False without a terminal, as in tests.

    Textual's driver writes through a queue of 30 writes, and one more into a full queue stops the whole event loop.
    """
    writer = getattr(app._driver, "_writer_thread", None)
    return writer is not None and not writer._queue.empty()


@dataclass
class _Frame:
    """A frame on its way; `places` of the cursor that are asked about behind it, any of which answers for it."""

    places: set[tuple[int, int]]
    at: float
    """Since when the link had nothing older to carry."""
    size: int


class FrameClock:
    """The frames on their way to a terminal that answers; every time is in monotonic seconds, every size in bytes."""

    FIRST = 3000
    """What is written before anything is known about the link."""
    LEAST, MOST = 500, 1 << 16
    """The smallest and the largest frame."""
    SECONDS = 0.4
    """A frame is what the link carries in this time."""
    AGAIN, AGAIN_MOST = 1.0, 8.0
    """A frame that stays unanswered is asked about again after this, then after twice as long and so on: the answer
    may be lost to another screen size."""
    PATIENCE = 5.0
    """So long an answer is waited for; then one more frame is written, and no other before an answer."""
    SMALL = 200
    """A frame of no more than this tells how long an answer takes by itself."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._frames: list[_Frame] = []
        self._asked = self._again = 0.0
        self._delay = float("inf")
        """Seconds until an answer, however little was written before it."""
        self._most = self.FIRST
        self._key = False
        self.answered = 0
        """How many of its questions the terminal has answered so far."""

    # what may be written

    def key(self) -> None:
        """A key was pressed: what it shows may go out behind a frame that is on its way."""
        self._key = True

    def room(self, now: float) -> int:
        """How large a frame may be written now; 0 for none. No more than two are ever on their way."""
        if len(self._frames) > 1:
            return 0
        if self._frames and not self._key and now - self._asked < self.PATIENCE:
            return 0
        return self._most

    @property
    def waits(self) -> bool:
        """Whether a frame is on its way."""
        return bool(self._frames)

    def sent(self, now: float, size: int, rows: int, columns: int) -> tuple[int, int] | None:
        """A frame is written: the row and column (from 1) to ask about behind it; None where a key may answer that."""
        place = self._place(rows, columns)
        if place is not None:
            self._key = self._key and not self._frames
            self._frames.append(_Frame({place}, now, size))
            self._asked, self._again = now, self.AGAIN
        return place

    def again(self, now: float, rows: int, columns: int) -> tuple[int, int] | None:
        """Where to ask about once more for the last frame that waits for an answer; mostly None."""
        if not self._frames or now - self._asked < self._again:
            return None
        place = self._place(rows, columns)
        if place is not None:
            self._frames[-1].places.add(place)
            self._asked, self._again = now, min(2 * self._again, self.AGAIN_MOST)
        return place

    def _place(self, rows: int, columns: int) -> tuple[int, int] | None:
        """Below row 1: Shift+F3 is written like an answer from there."""
        return None if rows < 2 else (self._random.randint(2, rows), self._random.randint(1, max(columns, 1)))

    # what the terminal says

    def answer(self, row: int, column: int, now: float) -> None:
        """The terminal reported a cursor position: the frame that was asked about is drawn, and those before it."""
        for count, frame in enumerate(self._frames, 1):
            if (row, column) in frame.places:
                size = sum(drawn.size for drawn in self._frames[:count])
                self._learn(now - self._frames[0].at, size)
                del self._frames[:count]
                for waiting in self._frames:
                    waiting.at = now
                self.answered += 1
                return

    def _learn(self, took: float, size: int) -> None:
        """Take the link's speed from an answer."""
        self._delay = min(self._delay * 1.1 if size <= self.SMALL else self._delay, took)
        carried = took - self._delay
        if carried > self.SECONDS:
            self._most = max(int(size * self.SECONDS / carried), self.LEAST)
        elif carried < self.SECONDS / 2 and size > self._most / 2:
            self._most = min(2 * self._most, self.MOST)


class Allowance:
    """How much may be written where nobody answers: so many bytes a second, and some at once after a pause."""

    START = 16_000.0
    """Bytes at once at the start: the whole of a large screen."""
    PAUSED = 2_000.0
    """Bytes at once after a pause."""
    KEY = 4_000.0
    """What a key opens may be written ahead; what follows waits for it."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left = self.START
        self._at: float | None = None
        self._key = False

    def key(self) -> None:
        """A key was pressed: what it shows goes out at once."""
        self._key = True

    def room(self, now: float) -> int:
        """How large a frame may be written now; 0 for none."""
        before, self._at = self._at, now
        if before is not None and self._left < self.PAUSED:
            self._left = min(self._left + (now - before) * self._rate, self.PAUSED)
        left = self._left + (self.KEY if self._key else 0)
        return int(left) if left >= FrameClock.LEAST else 0

    def sent(self, size: int) -> None:
        """Note that a frame has been written to the terminal."""
        self._left -= size
        self._key = False
