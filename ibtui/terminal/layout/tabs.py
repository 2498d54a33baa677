"""The bar of tabs: the panes by number with what counts in each, where there is no room for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ibtui.terminal.drawing.canvas import Canvas, Line, Run, length, spread
from ibtui.terminal.drawing.glyphs import BAR
from ibtui.terminal.model import Model
from ibtui.terminal.panes.pane import Pane, TabCount


class Tab(NamedTuple):
    """A pane's short name and what counts in it."""

    name: str
    counted: TabCount


def tabs(model: Model, panes: Sequence[Pane]) -> tuple[Tab, ...]:
    """One tab for each pane."""
    return tuple(Tab(pane.entry.tab, pane.count(model)) for pane in panes)


def line(shown: Sequence[Tab], focused: int, ends: Callable[[int], Sequence[Run]], width: int) -> Line:
    """The bar with the focused pane's tab marked, counted from 1.

    `ends` gives the right end of the title that the bar stands for, for so many cells.
    """
    runs: list[Run] = []
    for number, tab in enumerate(shown, 1):
        here = number == focused
        runs += [
            Run("  " if number > 1 else ""),
            Run(BAR if here else " ", "focus"),
            Run(f"{number} ", "focus" if here else "dim", here),
            Run(tab.name, "bright" if here else "dim", here),
            Run(f" {tab.counted.total}" if tab.counted.total else "", tab.counted.role, tab.counted.role != "dim"),
        ]
    return Line(spread(runs, ends(width - length(runs)), width), "title")


class TabBar(Canvas):
    """The bar that names the panes where not all of them have room."""

    def __init__(self, model: Model, panes: Sequence[Pane]) -> None:
        super().__init__(id="tabs")
        self._model = model
        self._panes = panes
        self._focused = 1
        self._ends: Callable[[int], Sequence[Run]] = lambda room: ()

    def show(self, focused: int, ends: Callable[[int], Sequence[Run]]) -> None:
        """Draw the bar for the focused pane, counted from 1, with the right end of the title it stands for."""
        self._focused, self._ends = focused, ends
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        return [line(tabs(self._model, self._panes), self._focused, self._ends, width)]
