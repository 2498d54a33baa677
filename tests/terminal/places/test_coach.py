"""The coach: five steps that follow what the user does, in whatever order."""

from __future__ import annotations

from itertools import permutations

from ibtui.terminal.keys import Keymap
from ibtui.terminal.places.coach import STEPS, Coach


def test_the_coach_advances_as_the_user_acts() -> None:
    coach, keys = Coach(), Keymap()
    lines = []
    for deed, _ in STEPS:
        lines.append(coach.line(keys, "AAPL") or "")
        assert coach.did(deed)
    assert [line[:3] for line in lines] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    assert "b buys AAPL" in lines[0]
    assert coach.line(keys, "AAPL") is None


def test_steps_done_early_are_skipped() -> None:
    coach = Coach()
    assert not coach.did("halt")
    assert coach.did("send")
    assert (coach.line(Keymap(), "AAPL") or "").startswith("3/5")
    assert coach.did("strategy")
    assert (coach.line(Keymap(), "AAPL") or "").startswith("5/5")


def test_every_order_of_deeds_ends_it() -> None:
    for deeds in permutations(deed for deed, _ in STEPS):
        coach = Coach()
        for deed in deeds:
            coach.did(deed)
        assert coach.line(Keymap(), "AAPL") is None


def test_it_can_be_hidden_once() -> None:
    coach = Coach()
    assert coach.hide()
    assert not coach.hide()
    assert coach.line(Keymap(), "AAPL") is None


def test_it_names_the_user_s_own_keys() -> None:
    assert "o buys ESZ6" in (Coach().line(Keymap({"order.buy": "o"}), "ESZ6") or "")
