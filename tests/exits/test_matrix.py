"""Every exit in every state, whole over the socket, time under the test's hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exits.cell import play
from tests.exits.jumping import run
from tests.exits.table import DEFECTS, TABLE

CELLS = [
    pytest.param(state, action, marks=[pytest.mark.xfail(reason=DEFECTS[state, action], strict=False)])
    if (state, action) in DEFECTS
    else (state, action)
    for state, row in TABLE.items()
    for action in row
]


@pytest.mark.parametrize(("state", "action"), CELLS)
def test_exit(tmp_path: Path, state: str, action: str) -> None:
    run(lambda: play(tmp_path, state, action, TABLE[state][action]))
