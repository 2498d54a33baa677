"""The panes of the main screen, in the order of their numbers: one table feeds keys, tabs, layout, help and guide."""

from __future__ import annotations

from msgspec import Struct


class PaneEntry(Struct, frozen=True, kw_only=True):
    """One pane, as everything that lists panes knows it."""

    id: str
    """Stable name: its place in the registry, its widget's id, `pane.ID` in the `[keys]` table."""
    title: str
    """Of its title bar and of its part of the key sheet."""
    tab: str
    """The short title, where a bar of tabs stands for titles."""
    key: str
    """Default key that goes there."""
    article: str = ""
    """`the ` where the sentence that names it needs one."""
    upper: bool = False
    """In a stack it shares the upper place; the last one that had the focus shows."""


PANES: tuple[PaneEntry, ...] = (
    PaneEntry(id="watchlist", title="Watchlist", tab="Watch", key="1", article="the ", upper=True),
    PaneEntry(id="positions", title="Positions", tab="Pos", key="2"),
    PaneEntry(id="orders", title="Orders", tab="Ord", key="3"),
    PaneEntry(id="strategies", title="Strategies", tab="Strat", key="4", upper=True),
    PaneEntry(id="log", title="Log", tab="Log", key="5", article="the ", upper=True),
)

PANE_IDS: tuple[str, ...] = tuple(pane.id for pane in PANES)
"""By their numbers, from 1."""


def pane_entry(id: str) -> PaneEntry:  # noqa: A002
    """The pane of that id; KeyError for another."""
    return PANES[pane_number(id) - 1]


def pane_number(id: str) -> int:  # noqa: A002
    """Its number, from 1; KeyError for an id that no pane has."""
    if id not in PANE_IDS:
        raise KeyError(id)
    return PANE_IDS.index(id) + 1
