"""A pane: one title bar with number, name and note, the worst news at its right end, and a grid below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from ibtui.commands.panes import pane_entry, pane_number
from ibtui.terminal.drawing.canvas import Line, Run, length, spread
from ibtui.terminal.drawing.glyphs import BAR
from ibtui.terminal.drawing.grid import LiveGrid
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.drawing.table import Column
from ibtui.terminal.model import Model


class Moment(NamedTuple):
    """When the screen is drawn."""

    now: datetime
    """The time of day, aware."""
    monotonic: float
    """Seconds on the clock that quotes are measured by."""
    zone: tzinfo
    """In which times of day are shown."""


class TabCount(NamedTuple):
    """What the bar of tabs says beside a pane's name; no count is shown as none."""

    total: int | str = 0
    role: Role = "dim"
    """The pane's worst news by colour."""


class Pane(LiveGrid):
    """A grid under its title bar; a new pane is a subclass, an entry in `commands.panes` and a place in the layout."""

    def __init__(
        self,
        entry: str,
        columns: Sequence[Column],
        *,
        empty: str = "",
        headed: bool = True,
        follow: bool = False,
    ) -> None:
        super().__init__(columns, id=entry, empty=empty, headed=headed, follow=follow)
        self.number = pane_number(entry)
        self.entry = pane_entry(entry)
        self.note = ""
        """What is counted in the pane, shown beside its name."""
        self.news: tuple[str, Role] = ("", "warning")
        """The worst that is to be known of this pane."""
        self.titled = True
        """False where a bar of tabs stands for the title."""
        self._last_known = ""

    def show(self, model: Model, moment: Moment) -> None:
        """Bring the rows up to the model."""
        raise NotImplementedError

    def count(self, model: Model) -> TabCount:
        """What its tab says; nothing where a count says little."""
        return TabCount()

    def symbol(self, model: Model) -> str | None:
        """The instrument of the row under the cursor; None where the row has none, or rows of this kind never have."""
        return None

    def leave(self, key: str | None, model: Model) -> bool:
        """The cursor has left the row with that key; whether that changes what is shown."""
        return False

    def set_stale(self, since: str) -> None:
        """Draw everything as last known at that time of day; empty: it is true again."""
        if since != self._last_known:
            self.stale, self._last_known = bool(since), since
            self.repaint()

    @property
    def head_height(self) -> int:
        return super().head_height + self.titled

    def head(self, width: int) -> list[Line]:
        columns = super().head(width)
        return [self._title(width), *columns] if self.titled else columns

    def _title(self, width: int) -> Line:
        active = self.cursor == "active"
        left = [
            Run(BAR if active else " ", "focus"),
            Run(f"{self.number} ", "focus" if active else "dim", active),
            Run(self.entry.title, "bright" if active else "normal", active),
            Run(f"  {self.note}" if self.note else "", "dim"),
        ]
        return Line(spread(left, self.title_end(width - length(left)), width), "title")

    def title_end(self, room: int) -> list[Run]:
        """The right end of the title: the pane's worst news, or since when it is old, and which rows are in view.

        Of news and rows the latter stay where there is no room for both.
        """
        text, role = self.news
        if self.stale:
            text, role = f"last known {self._last_known}", "warning"
        ends = [run for run in (Run(f" {text} ", role), Run(f" {self.span} ", "focus")) if run.text.strip()]
        while ends and length(ends) >= room:
            del ends[0]
        return ends
