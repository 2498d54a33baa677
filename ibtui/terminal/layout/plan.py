"""Where every part of the screen stands in a given size: one pure function that needs no screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from textual.geometry import Region

from ibtui.commands.panes import PANES

WIDE = 160
"""Columns from which there are two columns of panes."""
WIDE_ROWS = 24
"""Rows that two columns need: positions and the ticket's slot one above the other."""
STACKED_ROWS = 36
"""Rows from which one column shows three panes at once."""
STACKED_COLUMNS = 85
SMALLEST = (60, 15)
"""Below this there is one line of state and no order entry."""

_CLOCK = 12
"""Cells of ` 15:42:07 ET `."""
_LEFT = 85
_SLOT_WIDE = 16
_SLOT = 10
_WATCH_ROWS, _STRIP_ROWS = 15, 12
_POSITION_ROWS, _STRATEGY_ROWS = 8, 8
_UPPER = frozenset(pane.id for pane in PANES if pane.upper)


class ScreenPlan(NamedTuple):
    """The parts that are seen and where; what has no place is not shown."""

    places: Mapping[str, Region]
    tabs: bool = False
    """A bar of tabs names the panes, and the one in `untitled` has no title of its own."""
    untitled: str = ""
    brief: bool = True
    """The strip is two lines of context below a rule."""
    order_entry: bool = True


def plan(width: int, height: int, pane: str, upper: str, slot: bool, alert: bool = False) -> ScreenPlan:
    """The places for a screen size.

    `pane` has the focus, `upper` is the pane of the stack's upper place, `slot` says whether the ticket's slot is open.
    The alert line has a row of its own; with two columns it takes the right half of the message's when it speaks.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return _line_of_state(width, height)
    if width >= WIDE and height >= WIDE_ROWS:
        return _two_columns(width, height, slot, alert)
    if width >= STACKED_COLUMNS and height >= STACKED_ROWS:
        return _stack(width, height, upper, slot)
    return _tabs(width, height, pane, slot)


def _line_of_state(width: int, height: int) -> ScreenPlan:
    places = _top(width)
    if height > 1:
        places["message"] = Region(0, height - 1, width, 1)
    if height > 2:
        places["alert"] = Region(0, height - 2, width, 1)
    return ScreenPlan(places, order_entry=False)


def _top(width: int) -> dict[str, Region]:
    """The header and its right end."""
    if width <= _CLOCK:
        return {"header": Region(0, 0, width, 1)}
    return {"header": Region(0, 0, width - _CLOCK, 1), "clock": Region(width - _CLOCK, 0, _CLOCK, 1)}


def _frame(width: int, height: int) -> dict[str, Region]:
    return _top(width) | {
        "message": Region(0, height - 2, width, 1),
        "keys": Region(0, height - 1, width, 1),
    }


def _two_columns(width: int, height: int, slot: bool, alert: bool) -> ScreenPlan:
    body = height - 3
    right = width - _LEFT - 1
    spare = max(body - 42, 0)
    strip = min(max(body - 30, 0), _STRIP_ROWS)
    strip = strip if strip >= 4 else 0
    watch = min(_WATCH_ROWS + spare // 2, (body - strip + 1) // 2 if body < 42 else body)
    positions = min(_POSITION_ROWS + spare // 4, max(body // 5, 4) if body < 42 else body)
    strategies = min(_STRATEGY_ROWS, max(body // 5, 4) if body < 42 else body)
    log_top = 1 + positions + strategies
    places = _frame(width, height) | {
        "watchlist": Region(0, 1, _LEFT, watch),
        "strip": Region(0, 1 + watch, _LEFT, strip),
        "orders": Region(0, 1 + watch + strip, _LEFT, body - watch - strip),
        "positions": Region(_LEFT + 1, 1, right, positions),
        "strategies": Region(_LEFT + 1, 1 + positions, right, strategies),
        "log": Region(_LEFT + 1, log_top, right, body + 1 - log_top),
    }
    if slot:
        _open_over_log(places, right, body)
    if alert:
        places["message"] = Region(0, height - 2, _LEFT, 1)
        places["alert"] = Region(_LEFT + 1, height - 2, right, 1)
    return ScreenPlan({name: place for name, place in places.items() if place.height > 0}, brief=False)


def _open_over_log(places: dict[str, Region], right: int, body: int) -> None:
    """The slot takes the upper part of the log; where the log is too short, it reaches up over strategies."""
    rows = min(_SLOT_WIDE, body)
    top = min(places["log"].y, body + 1 - rows)
    places["slot"] = Region(_LEFT + 1, top, right, rows)
    places["log"] = Region(_LEFT + 1, top + rows, right, body + 1 - top - rows)
    strategies = places["strategies"]
    places["strategies"] = Region(strategies.x, strategies.y, right, min(strategies.height, max(top - strategies.y, 0)))


def _stack(width: int, height: int, upper: str, slot: bool) -> ScreenPlan:
    body = height - 4
    context = 0 if slot else 3
    below = _SLOT if slot else 0
    positions = 7
    orders = 8 if slot else max((body - positions) // 3, 9)
    first = body - 1 - positions - orders - context - below
    y = 2
    places = _frame(width, height) | {"tabs": Region(0, 1, width, 1), "alert": Region(0, height - 3, width, 1)}
    for name, rows in (
        (upper, first),
        ("positions", positions),
        ("orders", orders),
        ("slot", below),
        ("strip", context),
    ):
        if rows:
            places[name] = Region(0, y, width, rows)
        y += rows
    return ScreenPlan(places, tabs=True, untitled=upper)


def _tabs(width: int, height: int, pane: str, slot: bool) -> ScreenPlan:
    below = _SLOT if slot else 3
    # Where the slot would leave the pane no row, the bar of tabs gives its own.
    top = 2 if height - 5 > below else 1
    rows = height - 3 - top - below
    places = _frame(width, height) | {
        "tabs": Region(0, 1, width, top - 1),
        pane: Region(0, top, width, rows),
        "slot" if slot else "strip": Region(0, top + rows, width, below),
        "alert": Region(0, height - 3, width, 1),
    }
    return ScreenPlan({name: place for name, place in places.items() if place.height > 0}, tabs=True, untitled=pane)


def upper_of(pane: str, before: str) -> str:
    """Which pane has the stack's upper place after `pane` got the focus."""
    return pane if pane in _UPPER else before
