"""The key sheet has every action with the keys it has now, whole in every width."""

from __future__ import annotations

import pytest

from ibtui.commands.registry import ACTIONS
from ibtui.terminal.drawing.canvas import length
from ibtui.terminal.places.help import sheet


@pytest.mark.parametrize("width", [60, 80, 119, 120, 160, 240])
def test_no_word_is_lost_in_any_width(width: int) -> None:
    blocks = [
        (where, [(" ".join(action.keys), action.help, "focus") for action in ACTIONS if action.where == where])
        for where in dict.fromkeys(action.where for action in ACTIONS)
    ]
    lines = sheet(blocks, width)  # type: ignore[arg-type]
    assert all(length(line.runs) <= width for line in lines)
    text = " ".join(run.text for line in lines for run in line.runs)
    for action in ACTIONS:
        for word in action.help.split():
            assert word in text


def test_a_wide_sheet_is_about_half_as_long() -> None:
    block = [(f"block {n}", [("x", "does something", "focus")] * 8) for n in range(6)]
    narrow, wide = sheet(block, 80), sheet(block, 160)  # type: ignore[arg-type]
    assert len(narrow) == 54
    assert len(wide) <= 30
