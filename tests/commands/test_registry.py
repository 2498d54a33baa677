"""The table of actions has no clash of its own."""

from __future__ import annotations

from collections import Counter

from ibtui.commands.panes import PANE_IDS, PANES
from ibtui.commands.registry import ACTIONS, BY_ID, HEADINGS


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(ACTIONS)


def test_no_key_means_two_things_in_one_place() -> None:
    panes = [{"panes", "everywhere", pane} for pane in PANE_IDS]
    for places in (*panes, {"ticket", "everywhere"}):
        keys = Counter(key for action in ACTIONS if action.where in places for key in action.keys)
        assert [key for key, times in keys.items() if times > 1] == []


def test_only_the_halt_has_priority() -> None:
    assert [action.id for action in ACTIONS if action.priority] == ["halt"]


def test_no_default_key_is_lost_over_ssh() -> None:
    bad = ("alt+", "ctrl+b", "ctrl+a", "ctrl+s", "ctrl+q", "ctrl+z", "shift+enter", "f1", "f10", "f11", "f12")
    assert [key for action in ACTIONS for key in action.keys if key.startswith("alt+") or key in bad] == []


def test_help_is_a_sentence() -> None:
    assert all(action.help.endswith(".") for action in ACTIONS)


def test_every_action_works_in_a_place_that_the_key_sheet_names() -> None:
    assert {action.where for action in ACTIONS} <= set(HEADINGS)


def test_every_pane_has_a_key_that_goes_there_and_a_heading() -> None:
    assert [(BY_ID[f"pane.{pane.id}"].keys, HEADINGS[pane.id]) for pane in PANES] == [
        ((pane.key,), pane.title) for pane in PANES
    ]
