"""What a package pulls in when it is imported, seen in a fresh process; what its source must not call."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import ibtui

FORBIDDEN = {
    "ibtui.domain.order": ("ib_insync", "textual", "asyncio", "click"),
    "ibtui.commands.grammar": ("ib_insync", "textual", "asyncio"),
    "ibtui.config": ("ib_insync", "textual", "asyncio"),
    "ibtui.risk.gate": ("ib_insync", "textual", "asyncio"),
    "ibtui.link.caller": ("ib_insync", "textual", "asyncio", "numpy"),
    "ibtui.cli.main": ("ib_insync", "textual", "rich", "asyncio", "numpy", "ibtui.engine", "ibtui.gateway"),
    "ibtui.guide.topics": ("rich", "textual", "asyncio", "click"),
    "ibtui.strategies": ("ib_insync", "textual", "numpy"),
    "ibtui.exchange": ("ib_insync", "textual", "asyncio"),
    "ibtui.recording.reading": ("ib_insync", "textual", "asyncio", "numpy", "pyarrow"),
    "ibtui.gateway.server": ("ib_insync", "textual", "ibtui.broker"),
    "ibtui.worker.load": ("ib_insync", "textual", "ibtui.broker", "ibtui.engine"),
    "ibtui.engine.engine": ("textual", "ibtui.gateway", "ibtui.exchange", "ibtui.strategies"),
    "ibtui.terminal.app": ("ib_insync", "rich.markdown", "ibtui.broker", "ibtui.engine", "ibtui.gateway"),
}


@pytest.mark.parametrize("module", FORBIDDEN)
def test_importing_stays_light(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {FORBIDDEN[module]!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_nothing_waits_by_wait_for() -> None:
    """Before Python 3.12 it drops a cancellation that comes together with the answer; asyncio.timeout does not."""
    package = Path(ibtui.__file__).parent
    assert [str(file) for file in package.rglob("*.py") if "asyncio.wait_for(" in file.read_text()] == []


def test_no_test_module_leans_on_another() -> None:
    """What two of them need stands in a module of the stage: a test can then be moved, split or dropped alone."""
    tests = Path(__file__).parent
    leaning = re.compile(r"^\s*(?:from|import) +(?:tests[\w.]*)?\.?test_\w+", re.MULTILINE)
    assert [str(file) for file in tests.rglob("*.py") if leaning.search(file.read_text())] == []


def test_what_comes_in_many_types_goes_by_a_table() -> None:
    """A ladder of isinstance passes over the type that it forgot; `domain.dispatch.handlers` names it at the start."""
    ladder = re.compile(
        r"^( *)if isinstance\(.*(?:\n(?:\1 .*)?)*(?:\n\1elif isinstance\(.*(?:\n(?:\1 .*)?)*){3,}", re.MULTILINE
    )
    package = Path(ibtui.__file__).parent
    assert [str(file) for file in package.rglob("*.py") if ladder.search(file.read_text())] == []


def test_no_two_public_classes_share_a_name() -> None:
    """A reader who meets Orders or Row anywhere knows whose it is."""
    trees = (ast.parse(file.read_text()) for file in Path(ibtui.__file__).parent.rglob("*.py"))
    names = [
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert len(names) > 500
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_no_folder_is_a_hall() -> None:
    """From about thirty modules on a folder hides what belongs together: it is time for a room."""
    package = Path(ibtui.__file__).parent
    folders = [package, *(folder for folder in package.rglob("*") if folder.is_dir())]
    assert {str(folder): count for folder in folders if (count := len(list(folder.glob("*.py")))) > 32} == {}
