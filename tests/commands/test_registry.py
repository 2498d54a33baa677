"""The table of actions has no clash of its own."""

from __future__ import annotations

from collections import Counter

from ibtui.commands.registry import ACTIONS, BY_ID


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(ACTIONS)


def test_no_key_means_two_things_in_one_place() -> None:
    panes = [{"panes", "everywhere", pane} for pane in ("watchlist", "positions", "orders", "strategies", "log")]
    for places in (*panes, {"ticket", "everywhere"}):
        keys = Counter(key for action in ACTIONS if action.where in places for key in action.keys)
        assert [key for key, times in keys.items() if times > 1] == []


def test_only_the_halt_has_priority() -> None:
    assert [action.id for action in ACTIONS if action.priority] == ["halt"]


def test_no_default_key_is_lost_over_ssh() -> None:
    bad = ("alt+", "ctrl+b", "ctrl+a", "ctrl+s", "ctrl+q", "ctrl+z", "shift+enter", "f1", "f10", "f11", "f12")
    assert [key for action in ACTIONS for key in action.keys if key.startswith("alt+") or key in bad] == []


def test_help_is_a_sentence() -> None:
    assert all(action.help.endswith(".") and action.title for action in ACTIONS)
