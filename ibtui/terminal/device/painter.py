"""Brings what Textual draws onto the terminal: cells that differ, in frames that the link can carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.color import ColorSystem
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region

from ibtui.terminal.device.guard import TypingGuard
from ibtui.terminal.device.picture import Picture
from ibtui.terminal.device.pump import Allowance, FrameClock

Update = LayoutUpdate | ChopsUpdate
_SILENT_AFTER = 1.0
"""A terminal that answered nothing for so long after the first frame is written to by the bytes a second."""


class Painter:
    """The picture of one terminal, and when it is written."""

    def __init__(self, guard: TypingGuard, multiplexed_rate: int) -> None:
        self._guard = guard
        self._picture = Picture()
        self._clock = FrameClock()
        self._allowance = Allowance(multiplexed_rate)
        self._began: float | None = None
        self._carried = 0
        """Answers when the engine was last asked for a frame."""

    # what is drawn

    def draw(self, update: Update, size: tuple[int, int], system: ColorSystem | None) -> None:
        """Take what Textual drew; a terminal of another size than before is painted anew."""
        if size != self._picture.size:
            self._picture.resize(*size)
        for x, y, strip in _pieces(update):
            self._picture.put(x, y, strip, system)

    def forget(self, start: int = 0) -> None:
        """Something else was written to the terminal: it is painted anew, from a row on."""
        self._picture.forget(start)

    def differs(self, regions: Sequence[Region]) -> bool:
        """Whether something of these regions was not written yet."""
        return self._picture.differs(regions)

    @property
    def pending(self) -> bool:
        """Whether anything is left to write."""
        return self._picture.pending

    # what is written

    def frame(self, now: float, first: Sequence[Region], *, whole: bool) -> str:
        """What to write now; empty for nothing. `whole` when the terminal shows a frame all at once."""
        room = self._room(now)
        text = self._picture.frame(first, room) if room else ""
        if not text:
            return ""
        if self._began is None:
            self._began = now
        size = len(text.encode())
        self._allowance.sent(size)
        text = f"{SYNC_START}{text}{SYNC_END}" if whole else text
        return text + ("" if self._by_time(now) else _question(self._clock.sent(now, size, *self._below)))

    def again(self, now: float) -> str:
        """A question to write about a frame that waits for its answer too long; mostly empty."""
        return _question(self._clock.again(now, *self._below))

    def key(self) -> None:
        """A key was pressed: what it shows need not wait for the frame on its way."""
        self._clock.key()
        self._allowance.key()

    def answer(self, row: int, column: int, now: float) -> None:
        """The terminal reported a cursor position, row and column from 1."""
        self._clock.answer(row, column, now)

    def carried(self) -> bool:
        """Whether the terminal has drawn a frame since this was last true, or needs none: the next may be made."""
        if self._clock.waits and self._clock.answered == self._carried:
            return False
        self._carried = self._clock.answered
        return True

    def _room(self, now: float) -> int:
        allowed = self._allowance.room(now)
        return allowed if self._by_time(now) else self._clock.room(now)

    def _by_time(self, now: float) -> bool:
        """Nobody answers for what a person sees."""
        if self._guard.answers:
            return False
        return self._guard.by_time or (self._began is not None and now - self._began >= _SILENT_AFTER)

    @property
    def _below(self) -> tuple[int, int]:
        columns, rows = self._picture.size
        return rows, columns


def _question(place: tuple[int, int] | None) -> str:
    return "" if place is None else f"\x1b[{place[0]};{place[1]}H\x1b[6n"


def _pieces(update: Update) -> list[tuple[int, int, Any]]:
    """The strips of an update with the cells that they begin at."""
    return _laid_out(update) if isinstance(update, LayoutUpdate) else _spans(update)


def _laid_out(update: LayoutUpdate) -> list[tuple[int, int, Any]]:
    pieces = []
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            pieces.append((x, y, strip))
            x += strip.cell_length
    return pieces


def _spans(update: ChopsUpdate) -> list[tuple[int, int, Any]]:
    pieces = []
    for y, start, end in update.spans:
        for right, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < end and right > start:
                pieces.append((x, y, strip if right <= end else strip.crop(0, end - x)))
    return pieces
