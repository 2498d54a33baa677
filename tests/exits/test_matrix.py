"""Every exit in every state, whole over the socket, time under the test's hand."""

from __future__ import annotations

import logging
import os
import random
from pathlib import Path

import pytest

from tests.exits.cell import play
from tests.exits.expected import READY
from tests.exits.jumping import run
from tests.exits.states import STATES
from tests.exits.table import SENSELESS, TABLE
from tests.guide.tables import GUIDE

CELLS = [(state, action) for state, row in TABLE.items() for action in row]
SOME = 48
"""Cells that the suite plays; `.ci/run long` plays all."""


def chosen(seed: int) -> list[tuple[str, str]]:
    """Some cells, with every state and every action at least once."""
    left = random.Random(seed).sample(CELLS, len(CELLS))
    taken: list[tuple[str, str]] = []
    for of in (0, 1):
        for name in dict.fromkeys(cell[of] for cell in CELLS):
            if all(cell[of] != name for cell in taken):
                taken.append(next(cell for cell in left if cell[of] == name))
    return taken + [cell for cell in left if cell not in taken][: SOME - len(taken)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The seed is the one that pytest-randomly prints."""
    if "action" in metafunc.fixturenames:
        seed = metafunc.config.getoption("randomly_seed", 0)
        cells = CELLS if os.environ.get("IBTUI_LONG") else sorted(chosen(seed))
        metafunc.parametrize(("state", "action"), cells)


def test_exit(tmp_path: Path, state: str, action: str, caplog: pytest.LogCaptureFixture) -> None:
    run(lambda: play(tmp_path, state, action, TABLE[state][action]))
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_the_table_has_every_cell_or_a_reason() -> None:
    assert TABLE.keys() == STATES.keys()
    missing = {(state, action) for state, row in TABLE.items() for action in READY if action not in row}
    assert missing == SENSELESS.keys()


@pytest.mark.parametrize("seed", range(20))
def test_every_state_and_every_action_is_among_some(seed: int) -> None:
    some = chosen(seed)
    assert len(set(some)) == SOME
    assert {state for state, _ in some} == set(TABLE)
    assert {action for _, action in some} == {action for _, action in CELLS}


def test_the_guide_counts_the_cells() -> None:
    assert f"({len(CELLS)} cells, the suite plays {SOME} of them)" in (GUIDE / "contribute.md").read_text()
