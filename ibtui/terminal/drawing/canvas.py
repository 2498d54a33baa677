"""A widget that shows lines of styled runs and repaints only what differs from what it showed before.

Textual writes every region it is told to refresh, changed or not, and each of its updates begins at the widget's left
edge. So lines are compared here before anything is refreshed, and a line is written from its left edge to the last run
that changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ibtui.terminal.drawing import glyphs, palette
from ibtui.terminal.drawing.palette import Role, Surface


class Run(NamedTuple):
    """A piece of text in one style."""

    text: str
    role: Role = "normal"
    bold: bool = False
    chip: bool = False
    """On a ground of the role's own colour."""
    on: Surface | None = None
    """On another surface than its line: a field."""


class Line(NamedTuple):
    """One line of the screen on one surface."""

    runs: tuple[Run, ...] = ()
    on: Surface = "background"


BLANK = Line()


def width_of(text: str) -> int:
    """Screen cells that `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, right: bool = False) -> str:
    """`text` in exactly `width` cells; what does not fit ends in an ellipsis."""
    text = glyphs.show(text)
    length = width_of(text)
    if length > width:
        text = set_cell_size(text, width - 1) + glyphs.show("…") if width > 1 else set_cell_size(text, width)
        return set_cell_size(text, width)
    blank = " " * (width - length)
    return blank + text if right else text + blank


def length(runs: Iterable[Run]) -> int:
    """Screen cells that `runs` take."""
    return sum(width_of(run.text) for run in runs)


def spread(left: Sequence[Run], right: Sequence[Run], width: int) -> tuple[Run, ...]:
    """`left` at the left end and `right` at the right end of a line; the right end is dropped when both do not fit."""
    space = width - length(left) - length(right)
    return (*left, Run(" " * space), *right) if right and space > 0 else tuple(left)


def cut(line: Line, start: int, end: int) -> Line:
    """The cells of a line from `start` up to `end`."""
    kept, at = [], 0
    for run in line.runs:
        shown = run.text[max(start - at, 0) : max(end - at, 0)]
        at += len(run.text)
        if shown:
            kept.append(run._replace(text=shown))
    return Line(tuple(kept), line.on)


def strip(line: Line, width: int) -> Strip:
    """The line in exactly `width` cells; blanks join the run beside them, so that styles are written seldom."""
    segments: list[Segment] = []
    text, current, used = "", _style(Run(""), line.on), 0
    for run in line.runs:
        shown = glyphs.show(run.text)
        style = _style(run, line.on)
        if style != current:
            same_ground = _ground(style) == _ground(current)
            if not same_ground or (shown.strip(" ") and text.strip(" ")):
                segments += [Segment(text, current)] if text else []
                text, current = "", style
            elif shown.strip(" "):
                current = style
        text += shown
        used += width_of(shown)
    ground = _style(Run(""), line.on)
    if used < width and _ground(current) == _ground(ground):
        text += " " * (width - used)
        used = width
    segments.append(Segment(text, current))
    return Strip(segments, used).adjust_cell_length(width, ground)


def _ground(style: Style) -> tuple[object, ...]:
    """What a blank in this style looks like; a reversed one shows its ink."""
    return (style.bgcolor, style.reverse, style.underline, style.reverse and style.color)


def _style(run: Run, on: Surface) -> Style:
    if run.chip:
        return palette.chip(run.role, bold=run.bold)
    return palette.style(run.role, on=run.on or on, bold=run.bold)


def changed_width(before: Line, after: Line, width: int) -> int:
    """Cells from the left edge to the last one that differs; 0 when nothing does."""
    if before == after:
        return 0
    if before.on != after.on or length(before.runs) != length(after.runs):
        return width
    end = length(after.runs)
    for old, new in zip(reversed(before.runs), reversed(after.runs), strict=False):
        if old != new:
            break
        end -= width_of(new.text)
    return min(end, width)


class Canvas(Widget):
    """Shows what `draw` answers; call `repaint` when that may have changed."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Canvas { width: 100%; height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown: list[Line] = []

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """The lines to show in this size, from the top; fewer leave the rest blank."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw, and write those lines that differ from what is on the screen."""
        width, height = self.size
        if not width or not height or not self.display:
            return
        drawn = list(self.draw(width, height))[:height]
        drawn += [BLANK] * (height - len(drawn))
        before, self._shown = self._shown, drawn
        if len(before) != len(drawn):
            self.refresh()
            return
        regions = [
            Region(0, y, end, 1)
            for y, (old, new) in enumerate(zip(before, drawn, strict=True))
            if (end := changed_width(old, new, width))
        ]
        if regions:
            self.refresh(*regions)

    def on_resize(self, event: Resize) -> None:
        self._shown = []
        self.repaint()

    def render_line(self, y: int) -> Strip:
        line = self._shown[y] if y < len(self._shown) else BLANK
        return strip(line, self.size.width)

    def text(self) -> str:
        """What is shown, as plain lines without trailing blanks."""
        return "\n".join("".join(run.text for run in line.runs).rstrip() for line in self._shown)
