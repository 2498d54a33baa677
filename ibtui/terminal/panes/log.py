"""The log: what happened, the newest at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from ibtui.link.messages import LogEntry
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.canvas import Line
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.drawing.table import Cell, Column, Row
from ibtui.terminal.model import Model
from ibtui.terminal.panes.pane import Moment, Pane

COLUMNS = (Column("Time", 8, gap=0), Column("Kind", 5), Column("What happened", 0))

_ROLES: dict[str, tuple[Role, Role]] = {
    "ERROR": ("down", "down"),
    "DATA": ("warning", "warning"),
    "FILL": ("bright", "bright"),
    "ORDER": ("dim", "normal"),
    "STRAT": ("normal", "normal"),
    "EVENT": ("focus", "normal"),
    "ALERT": ("warning", "bright"),
    "INFO": ("dim", "normal"),
}
"""Of the kind and of the text."""


def row(entry: LogEntry, zone: tzinfo) -> Row:
    """The row of one log entry."""
    kind, text = _ROLES[entry.kind]
    return Row(
        str(entry.seq),
        (Cell(fmt.clock(entry.time, zone), "dim"), Cell(entry.kind, kind), Cell(entry.text, text)),
    )


class LogPane(Pane):
    """The pane of the log; it follows the newest line unless the cursor was moved away from it."""

    def __init__(self) -> None:
        super().__init__("log", COLUMNS, empty="nothing yet", headed=False, follow=True)
        self.chatter = True
        """Lines of strategies are among them."""
        self.due = True
        """Lines have come, or others are to be shown: there may be thousands, so they are not gone through in vain."""
        self._made: dict[int, Row] = {}
        self._zone: tzinfo | None = None

    def show(self, model: Model, moment: Moment) -> None:
        if not self.due and moment.zone == self._zone:
            return
        self.due, zone = False, moment.zone
        if zone != self._zone:
            self._made, self._zone = {}, zone
        self._made = {entry.seq: self._made.get(entry.seq) or row(entry, zone) for entry in model.log}
        notes = ("" if self.chatter else "without strategies", "earlier lines were lost" if model.log_gap else "")
        self.note = " · ".join(note for note in notes if note)
        self.set_rows([row for row in self._made.values() if self.chatter or row.cells[1].text != "STRAT"])

    def draw(self, width: int, height: int) -> Sequence[Line]:
        behind = self.behind if self.cursor != "hidden" else 0
        self.news = (f"{behind} newer below", "dim") if behind else ("", "dim")
        return super().draw(width, height)
