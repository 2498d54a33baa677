"""The one live grid: every pane's rows, drawn on Textual's line API with a cursor, notes under rows, and scrolling.

It keeps its own scroll position instead of Textual's scroll view: a scrolled or inserted row then costs only the lines
that read differently afterwards, and no scrollbar takes a column from the figures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message

from ibtui.terminal.drawing import table
from ibtui.terminal.drawing.canvas import BLANK, Canvas, Line, Run
from ibtui.terminal.drawing.palette import Surface
from ibtui.terminal.drawing.table import Column, Row

CursorState = Literal["active", "held", "hidden"]
Move = int | Literal["first", "last", "page_up", "page_down"]
_UNSIZED = 80
"""Cells to lay rows out in until the first resize tells."""
WHEEL = 3
"""Lines that one step of the mouse wheel scrolls."""


class LiveGrid(Canvas):
    """Rows under fixed columns; rows are known by their keys, and the cursor stays on its key."""

    class Picked(Message):
        """A row was clicked; the grid's cursor stands on it."""

        def __init__(self, grid: LiveGrid) -> None:
            super().__init__()
            self.grid = grid

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        id: str,  # noqa: A002 - Textual's name
        empty: str = "",
        headed: bool = True,
        follow: bool = False,
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.headed = headed
        """The columns' titles stand above the rows."""
        self.empty = empty
        """What stands in the place of rows when there are none."""
        self.follow = follow
        """Newest at the bottom: the cursor stays on the last row until it is moved away."""
        self.cursor: CursorState = "hidden"
        """`active` where keys go, `held` while they go elsewhere and come back, else not drawn."""
        self.stale = False
        """Everything is as last known and drawn dim."""
        self._rows: list[Row] = []
        self._foot: tuple[Row, ...] = ()
        self._blocks: dict[str, tuple[Row, tuple[Line, ...]]] = {}
        self._starts: list[int] = [0]
        self._index = 0
        self._top = 0
        self._grown = self.columns
        """The columns as wide as the rows need; they shrink only when other rows come, or prices would shift them."""
        self._columns_shown = table.fit_columns(self.columns, _UNSIZED)

    # what it shows

    def set_rows(self, rows: Sequence[Row], foot: Sequence[Row] = ()) -> None:
        """Show these rows, and below them `foot`, which never scrolls away.

        Lines that read as before are not written again.
        """
        before, last = self._under_cursor, not self.behind
        visible = self._cursor_visible
        self._grow(rows)
        self._rows, self._foot = list(rows), tuple(foot)
        if self.follow and last:
            self._index = max(len(self._rows) - 1, 0)
        else:
            self._index = self._find(before.key if before else None)
        self._measure()
        self._place_view(visible and not self._ended(before))
        self.repaint()

    def _grow(self, rows: Sequence[Row]) -> None:
        same = [row.key for row in rows] == [row.key for row in self._rows]
        columns = table.grown(self._grown if same else self.columns, rows)
        if columns != self._grown:
            self._grown, self._blocks = columns, {}
            self._columns_shown = table.fit_columns(columns, self.size.width or _UNSIZED)

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor; None without rows."""
        return self._under_cursor.key if self._under_cursor else None

    @property
    def _under_cursor(self) -> Row | None:
        return self._rows[self._index] if self._index < len(self._rows) else None

    def _ended(self, before: Row | None) -> bool:
        """Whether what the cursor stands on is over now and was not before."""
        now = self._under_cursor
        return before is not None and now is not None and now.key == before.key and now.aside and not before.aside

    @property
    def behind(self) -> int:
        """How many rows lie below the cursor's."""
        return max(len(self._rows) - 1 - self._index, 0)

    # its cursor

    def mark(self, cursor: CursorState) -> None:
        """Draw the cursor so; a view without it shows its top, or what it follows."""
        changed = "hidden" in (cursor, self.cursor) and cursor != self.cursor
        self.cursor = cursor
        if changed:
            self._place_view(True)
        self.repaint()

    def move(self, by: Move) -> bool:
        """Move the cursor over the rows that can be selected; whether it stands elsewhere now."""
        choices = [index for index, row in enumerate(self._rows) if row.selectable]
        if not choices:
            return False
        at = max(bisect_right(choices, self._index) - 1, 0)
        page = max(self._body_height() // 2, 1)
        steps = {"first": -len(choices), "last": len(choices), "page_up": -page, "page_down": page}
        step = by if isinstance(by, int) else steps[by]
        return self._set_cursor(choices[min(max(at + step, 0), len(choices) - 1)])

    def select(self, key: str) -> bool:
        """Move the cursor to a key; False when no row has it."""
        found = next((index for index, row in enumerate(self._rows) if row.key == key and row.selectable), None)
        if found is None:
            return False
        self._set_cursor(found)
        return True

    def _set_cursor(self, index: int) -> bool:
        moved, self._index = index != self._index, index
        self._reveal()
        self.repaint()
        return moved

    def _find(self, key: str | None) -> int:
        """Where a key stands now; where it is gone, the row that took its place."""
        for index, row in enumerate(self._rows):
            if row.key == key:
                return index
        choices = [index for index, row in enumerate(self._rows) if row.selectable]
        return choices[min(self._index, len(choices) - 1)] if choices else 0

    # lines

    def head(self, width: int) -> list[Line]:
        """The lines above the rows."""
        return [table.heading(self._grown, self._columns_shown, width)] if self.headed else []

    def draw(self, width: int, height: int) -> Sequence[Line]:
        head = self.head(width)[: height - 1]
        drawn = list(head)
        if not self._rows and self.empty:
            drawn.append(Line((Run(f" {self.empty}", "dim"),)))
        below = self._foot_shown(height - len(head))
        room = height - len(drawn) - len(below)
        drawn += [self._line(y) for y in range(self._top, self._top + min(room, self._starts[-1]))]
        drawn += [line for row in below for line in table.lines(row, self._grown, self._columns_shown, width)]
        drawn += [BLANK] * (height - len(drawn))
        return [self._fade(line, y >= len(head)) for y, line in enumerate(drawn)]

    @property
    def span(self) -> str:
        """`1-9/16 ▼`: which rows are in view and where the others are; empty when all of them are."""
        height = self._body_height()
        if self._starts[-1] <= height or (self.follow and self._top >= self._starts[-1] - height):
            return ""
        choices = [at for at, row in enumerate(self._rows) if row.selectable]
        seen = [number for number, at in enumerate(choices) if self._in_view(at)]
        return table.span(seen[0], len(seen), len(choices)) if seen else ""

    def _in_view(self, index: int) -> bool:
        return self._top <= self._starts[index] < self._top + self._body_height()

    def _foot_shown(self, height: int) -> tuple[Row, ...]:
        """What stands below the rows; nothing where it would leave no room for one of them."""
        return self._foot if len(self._foot) < height else ()

    def _fade(self, line: Line, body: bool) -> Line:
        return table.faded(line) if self.stale and body else line

    def _line(self, y: int) -> Line:
        index = bisect_right(self._starts, y) - 1
        if index >= len(self._rows):
            return BLANK
        row = self._rows[index]
        part = y - self._starts[index]
        line = self._blocks[row.key][1][part]
        if part or index != self._index or self.cursor == "hidden" or not row.selectable:
            return line
        surface: Surface = "cursor" if self.cursor == "active" else "cursor_unfocused"
        return table.under_cursor(line, surface, self._grown, self._columns_shown)

    def _measure(self) -> None:
        """Lay the rows out as lines; those that are the same keep theirs."""
        width, old = self.size.width or _UNSIZED, self._blocks
        self._blocks = {}
        for row in self._rows:
            known = old.get(row.key)
            if known is None or known[0] != row:
                known = (row, table.lines(row, self._grown, self._columns_shown, width))
            self._blocks[row.key] = known
        self._starts = [0, *accumulate(len(self._blocks[row.key][1]) for row in self._rows)]

    # scrolling

    def _body_height(self) -> int:
        room = max(self.size.height - self._head_height(), 1)
        return room - len(self._foot_shown(room))

    @property
    def head_height(self) -> int:
        """How many lines `head` has."""
        return int(self.headed)

    def _head_height(self) -> int:
        return min(self.head_height, max(self.size.height - 1, 0))

    @property
    def _cursor_visible(self) -> bool:
        if self._index >= len(self._rows):
            return True
        start, end = self._starts[self._index], self._starts[self._index + 1]
        return start >= self._top and end <= self._top + self._body_height()

    def _place_view(self, reveal: bool) -> None:
        """After rows or the focus changed: without focus a view stands at its top, or at what it follows."""
        if self.cursor == "hidden":
            self._top = max(self._starts[-1] - self._body_height(), 0) if self.follow else 0
        elif reveal:
            self._reveal()
        else:
            self._stand_at(self._top)

    def _reveal(self) -> None:
        """Scroll as little as shows the whole row under the cursor."""
        height = self._body_height()
        if self._index < len(self._rows):
            start, end = self._starts[self._index], self._starts[self._index + 1]
            self._top = min(max(self._top, end - height), start)
        self._stand_at(self._top)

    def _stand_at(self, top: int) -> None:
        self._top = min(max(top, 0), max(self._starts[-1] - self._body_height(), 0))

    def _scroll(self, lines: int) -> None:
        if self.cursor == "hidden":
            self.post_message(self.Picked(self))
            return
        self._stand_at(self._top + lines)
        self.repaint()

    def on_resize(self, event: Resize) -> None:
        # Textual calls the handler of every class in turn: the canvas repaints after this.
        self._columns_shown = table.fit_columns(self._grown, event.size.width)
        self._blocks = {}
        self._measure()
        self._place_view(True)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._scroll(WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._scroll(-WHEEL)

    def on_click(self, event: Click) -> None:
        y = event.y - self._head_height()
        index = bisect_right(self._starts, y + self._top) - 1
        if y >= 0 and index < len(self._rows) and self._rows[index].selectable:
            self._set_cursor(index)
        self.post_message(self.Picked(self))
