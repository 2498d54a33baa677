"""Columns, cells and rows, and how a row becomes lines of the screen: pure, without a widget."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from ibtui.terminal.drawing.canvas import Line, Run, fit
from ibtui.terminal.drawing.glyphs import BAR
from ibtui.terminal.drawing.palette import Role, Surface

NOTE_LINES = 6
"""A note longer than this is cut."""


class Column(NamedTuple):
    """One column; its width depends on no value, but for fractions and prices of a fine step where `most` says so."""

    title: str
    width: int
    """Cells without the gap; 0 takes the rest of the line and wraps."""
    gap: int = 1
    """How many blanks stand before the column."""
    right: bool = False
    drop: int = 0
    """Narrow: columns with the highest number go first, together; 0 stays."""
    add: int = 0
    """Wide: not in the base set; the lowest number comes first."""
    lead: bool = False
    """Names the row: bold under the cursor."""
    most: int = 0
    """How wide it may become for a figure that must not be cut; 0: it never grows."""


class Cell(NamedTuple):
    """What stands in one column of a row."""

    text: str = ""
    role: Role = "normal"
    bold: bool = False


class Note(NamedTuple):
    """A further line under a row."""

    text: str
    role: Role = "dim"
    indent: int = 3


class Row(NamedTuple):
    """One row: a cell for each column of its table, in their order."""

    key: str
    cells: tuple[Cell, ...]
    notes: tuple[Note, ...] = ()
    selectable: bool = True
    aside: bool = False
    """It is over: when the row under the cursor becomes so, the view does not go with it."""


def span(first: int, shown: int, whole: int) -> str:
    """`1-9/16 ▼`: which of all are seen, from `first` on counted from 0, and where the others are; empty for all."""
    if shown >= whole:
        return ""
    return f"{first + 1}-{first + shown}/{whole} {'▲' if first else ''}{'▼' if first + shown < whole else ''}"


def divider(text: str) -> Row:
    """A line across the pane that names what stands below it."""
    return Row(f"divider {text}", (), (Note(text),), selectable=False, aside=True)


def fit_columns(columns: Sequence[Column], width: int) -> tuple[int, ...]:
    """Indexes of the columns that a width has room for, from left to right."""
    chosen = {index for index, column in enumerate(columns) if not column.add}

    def used() -> int:
        return 1 + sum(columns[index].gap + columns[index].width for index in chosen)

    whole = len(chosen)
    for number in sorted({columns[index].drop for index in chosen} - {0}, reverse=True):
        if used() <= width:
            break
        chosen -= {index for index in chosen if columns[index].drop == number}
    if len(chosen) < whole:
        return tuple(sorted(chosen))
    for _, index in sorted((column.add, index) for index, column in enumerate(columns) if column.add):
        if used() + columns[index].gap + columns[index].width > width:
            break
        chosen.add(index)
    return tuple(sorted(chosen))


def grown(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[Column, ...]:
    """The columns as wide as the cells of these rows need, as far as each may grow."""

    def needed(index: int) -> int:
        return max((len(row.cells[index].text) for row in rows if row.cells), default=0)

    return tuple(
        column._replace(width=max(column.width, min(column.most, needed(index)))) if column.most else column
        for index, column in enumerate(columns)
    )


def heading(columns: Sequence[Column], shown: Sequence[int], width: int) -> Line:
    """The line of column titles."""
    runs = [Run(" ", "dim")]
    for index in shown:
        column = columns[index]
        space = column.width or max(width - sum(len(run.text) for run in runs) - column.gap, 0)
        runs.append(Run(" " * column.gap + fit(column.title, space, column.right), "dim"))
    return Line(tuple(runs))


def lines(row: Row, columns: Sequence[Column], shown: Sequence[int], width: int) -> tuple[Line, ...]:
    """The row's own line, the continuation of its wrapped column, and its notes."""
    if not row.cells:
        return tuple(Line((Run(f" ── {note.text} ".ljust(width - 1, "─"), note.role),)) for note in row.notes)
    runs, used, more = [Run(" ")], 1, []
    for index in shown:
        column, cell = columns[index], row.cells[index]
        space = column.width or max(width - used - column.gap, 1)
        text = cell.text
        if not column.width:
            text, *rest = _wrap(text, space)
            more = [_indented(line, used + column.gap, cell.role, cell.bold) for line in rest]
        runs.append(Run(" " * column.gap + fit(text, space, column.right), cell.role, cell.bold))
        used += column.gap + space
    return (Line(tuple(runs)), *more, *(line for note in row.notes for line in _noted(note, width)))


def under_cursor(line: Line, on: Surface, columns: Sequence[Column], shown: Sequence[int]) -> Line:
    """A row's first line as it looks under the cursor."""
    runs = [
        run._replace(bold=True, role="bright") if columns[index].lead and run.text.strip() else run
        for index, run in zip(shown, line.runs[1:], strict=True)
    ]
    return Line((Run(BAR, "focus"), *runs), on)


def faded(line: Line) -> Line:
    """The line as last known: all of it dim."""
    return Line(tuple(run._replace(role="dim", bold=False) if not run.chip else run for run in line.runs), line.on)


def _wrap(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, max(width, 8), break_long_words=True) or [""]


def _noted(note: Note, width: int) -> list[Line]:
    wrapped = _wrap(note.text, max(width - note.indent - 1, 8))
    if len(wrapped) > NOTE_LINES:
        wrapped = [*wrapped[: NOTE_LINES - 1], " ".join(wrapped[NOTE_LINES - 1 :])]
    space = max(width - note.indent - 1, 0)
    return [_indented(fit(line, space).rstrip(), note.indent, note.role) for line in wrapped]


def _indented(text: str, indent: int, role: Role, bold: bool = False) -> Line:
    return Line((Run(" " * indent + text, role, bold),))
