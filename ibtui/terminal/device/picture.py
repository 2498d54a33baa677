"""The screen cell by cell: what it is to show, what the terminal was told, and the bytes between the two.

Textual writes whole regions, and all of the screen when anything is moved or opened. What it draws is kept here
instead; a frame holds those cells alone that differ from what the terminal has, as they are when the frame leaves. What
changed twice between two frames is written once, and a frame may be a part: the rest goes with the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from textual.geometry import Region
from textual.strip import Strip

from ibtui.terminal.device.ink import PLAIN, Ink, blank_of, change, ink_of

_NEAR = 4
"""Cells that are written again rather than jumped over: a jump takes four bytes."""
_UNKNOWN = "\0"
"""What no cell is drawn as."""


class _Row:
    """The cells of one row: their characters and what they look like.

    A character of two cells stands in the first of them, and the second is empty.
    """

    __slots__ = ("inks", "texts")

    def __init__(self, text: str, width: int) -> None:
        self.texts = [text] * width
        self.inks = [PLAIN] * width

    def same(self, x: int, other: _Row) -> bool:
        """Whether a cell looks the same in both; of a blank only the ground is seen."""
        if self.texts[x] != other.texts[x]:
            return False
        mine, theirs = self.inks[x], other.inks[x]
        return mine is theirs or mine == theirs or (self.texts[x] == " " and blank_of(mine) == blank_of(theirs))

    def copy(self, start: int, end: int, other: _Row) -> None:
        """Take cells of another row."""
        self.texts[start:end], self.inks[start:end] = other.texts[start:end], other.inks[start:end]

    def put(self, x: int, cells: Sequence[str], ink: Ink) -> None:
        """Draw cells; of a character that they cover a half of, the other half becomes blank."""
        end = x + len(cells)
        start, after = x, end
        while start > 0 and x < end and self.texts[start] == "":
            start -= 1
        while after < len(self.texts) and x < end and self.texts[after] == "":
            after += 1
        self.texts[start:after] = [*" " * (x - start), *cells, *" " * (after - end)]
        self.inks[x:end] = [ink] * len(cells)

    @property
    def even(self) -> bool:
        """Every character takes one cell; else terminals may disagree on where what follows stands."""
        return "".join(self.texts).isascii() or all(len(text) == 1 for text in self.texts)


class Picture:
    """The cells of one terminal; a cell that nothing was drawn into is blank."""

    def __init__(self) -> None:
        self._width = 0
        self._wanted: list[_Row] = []
        self._told: list[_Row] = []
        """What the terminal shows, as far as it is known."""
        self._dirty: set[int] = set()
        self._next = 0
        """The row that a frame begins with behind what goes first, so that every row has its turn."""

    # what is drawn

    def resize(self, width: int, height: int) -> None:
        """A terminal of this size: nobody knows what it shows, and what was drawn before is gone."""
        self._width = width
        self._wanted = [_Row(" ", width) for _ in range(height)]
        self.forget()

    def forget(self, start: int = 0) -> None:
        """The terminal may show anything: all of it is written anew, from the row `start` on."""
        self._told = [_Row(_UNKNOWN, self._width) for _ in self._wanted]
        self._dirty = set(range(len(self._wanted)))
        self._next = start

    @property
    def size(self) -> tuple[int, int]:
        """The size of the screen in columns and rows."""
        return self._width, len(self._wanted)

    def put(self, x: int, y: int, strip: Strip, system: ColorSystem | None) -> None:
        """Draw a strip from a cell on, in the colours that the terminal has; what lies outside is cut off."""
        if not 0 <= y < len(self._wanted):
            return
        row = self._wanted[y]
        for text, style, control in strip:
            cells = () if control else _cells(text)
            row.put(max(x, 0), cells[max(-x, 0) : max(self._width - x, 0)], ink_of(style, system))
            x += len(cells)
        self._dirty.add(y)

    def differs(self, regions: Iterable[Region]) -> bool:
        """Whether the terminal was not told yet what is drawn in one of the regions."""
        return any(self._spans(y, region) for region in regions for y in self._rows_of(region))

    @property
    def pending(self) -> bool:
        """Whether anything was drawn that the terminal was not told."""
        self._dirty = {y for y in self._dirty if self._spans(y, self._whole)}
        return bool(self._dirty)

    # what is written

    def frame(self, first: Sequence[Region], most: int) -> str:
        """The orders that make the terminal show what is drawn, regions of `first` before all others.

        Behind `most` bytes it ends with the row, and what is left goes into the next frame.
        """
        pen = _Pen()
        for region in first:
            for y in self._rows_of(region.intersection(self._whole)):
                self._write(pen, y, region.intersection(self._whole))
                if pen.written >= most:
                    return pen.text
        turn = [(self._next + step) % len(self._wanted) for step in range(len(self._wanted))]
        for y in turn:
            if y in self._dirty:
                self._write(pen, y, self._whole)
                if pen.written >= most:
                    self._next = (y + 1) % len(self._wanted)
                    break
        return pen.text

    @property
    def _whole(self) -> Region:
        return Region(0, 0, self._width, len(self._wanted))

    def _rows_of(self, region: Region) -> list[int]:
        return [y for y in range(region.y, region.bottom) if y in self._dirty]

    def _write(self, pen: _Pen, y: int, region: Region) -> None:
        wanted, told = self._wanted[y], self._told[y]
        for start, end in self._spans(y, region):
            pen.write(start, y, wanted.texts[start:end], wanted.inks[start:end], ends=end == self._width)
            told.copy(start, end, wanted)
        if not self._spans(y, self._whole):
            self._dirty.discard(y)

    def _spans(self, y: int, region: Region) -> list[tuple[int, int]]:
        """Where cells of a row differ, from and up to; short equal pieces between two are taken along."""
        wanted, told = self._wanted[y], self._told[y]
        if wanted.texts == told.texts and wanted.inks == told.inks:
            return []
        changed = [x for x in range(region.x, min(region.right, self._width)) if not wanted.same(x, told)]
        if not changed:
            return []
        if not (wanted.even and told.even):
            return [(0, self._width)]
        spans = [(changed[0], changed[0] + 1)]
        for x in changed[1:]:
            start, end = spans[-1]
            if x - end <= _NEAR and len(set(wanted.inks[end - 1 : x])) == 1:
                spans[-1] = (start, x + 1)
            else:
                spans.append((x, x + 1))
        return spans


@lru_cache(maxsize=4096)
def _cells(text: str) -> tuple[str, ...]:
    """The text cell by cell; where a character takes none or two, all of it stands in the first cell."""
    if text.isascii() or all(cell_len(character) == 1 for character in text):
        return tuple(text)
    return (text, *[""] * (cell_len(text) - 1)) if cell_len(text) else ()


class _Pen:
    """Writes cells by the shortest orders, and remembers where it stands and in which ink it writes."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._at: tuple[int, int] | None = None
        """Where the cursor stands; None behind the last column, where terminals differ."""
        self._ink: Ink | None = None
        self.written = 0
        """How many bytes have been written to the terminal."""

    @property
    def text(self) -> str:
        """All orders; what anybody writes behind them is in no colour of theirs."""
        return "".join([*self._out, "\x1b[m"]) if self._out else ""

    def write(self, x: int, y: int, texts: Sequence[str], inks: Sequence[Ink], *, ends: bool) -> None:
        """Write cells of one row, `ends` when the last of them is the last of the row."""
        out = [self._move(x, y)]
        for text, ink in zip(texts, inks, strict=True):
            if ink != self._ink:
                out.append(self._dip(text, ink))
            out.append(text)
        piece = "".join(out)
        self._out.append(piece)
        self.written += len(piece.encode())
        self._at = None if ends else (x + len(texts), y)

    def _move(self, x: int, y: int) -> str:
        if self._at is None or self._at[1] != y:
            return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
        step = x - self._at[0]
        if step > 0:
            return f"\x1b[{step}C" if step > 1 else "\x1b[C"
        return f"\x1b[{x + 1}G" if step else ""

    def _dip(self, text: str, ink: Ink) -> str:
        """Take another ink; for a blank only what is seen of it."""
        before = self._ink
        if text == " " and before is not None:
            need = blank_of(ink)
            if blank_of(before) == need:
                return ""
            if not need.attributes and not blank_of(before).attributes:
                ink = before._replace(ground=need.ground)
        self._ink = ink
        return change(before, ink)
