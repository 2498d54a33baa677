"""The bar of tabs: the five panes by number with what counts in each, where there is no room for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ibtui.domain.order import OrderStatus
from ibtui.terminal.drawing.canvas import Canvas, Line, Run, length, spread
from ibtui.terminal.drawing.glyphs import BAR
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.model import Model
from ibtui.terminal.panes import positions
from ibtui.terminal.panes.strategies import running


class Tab(NamedTuple):
    """A pane's name here and its count; no count is shown as none."""

    name: str
    total: int | str = 0
    role: Role = "dim"
    """Of the count: the pane's worst news by colour."""


def tabs(model: Model) -> tuple[Tab, ...]:
    """The five panes."""
    orders = model.orders.values()
    strategies = model.strategies.values()
    unknown = any(order.status is OrderStatus.UNKNOWN for order in orders)
    failed = any(strategy.state == "failed" for strategy in strategies)
    risky = positions.bare(model) or positions.over(model) or not model.positions_known
    return (
        Tab("Watch"),
        Tab(
            "Pos", len(positions.shown(model)) or ("" if model.positions_known else "?"), "warning" if risky else "dim"
        ),
        Tab("Ord", sum(order.live for order in orders), "warning" if unknown else "dim"),
        Tab("Strat", sum(map(running, strategies)), "down" if failed else "dim"),
        Tab("Log"),
    )


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
            Run(f" {tab.total}" if tab.total else "", tab.role, tab.role != "dim"),
        ]
    return Line(spread(runs, ends(width - length(runs)), width), "title")


class TabBar(Canvas):
    """The bar of tabs."""

    def __init__(self, model: Model) -> None:
        super().__init__(id="tabs")
        self._model = model
        self._focused = 1
        self._ends: Callable[[int], Sequence[Run]] = lambda room: ()

    def show(self, focused: int, ends: Callable[[int], Sequence[Run]]) -> None:
        """Draw the bar for the focused pane, counted from 1, with the right end of the title it stands for."""
        self._focused, self._ends = focused, ends
        self.repaint()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        return [line(tabs(self._model), self._focused, self._ends, width)]
