"""The engine's table of parts: how it is written, and that the guide's drawing shows every part of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ibtui
from ibtui.engine import engine, parts
from tests.guide.tables import GUIDE

TABLE = Path(parts.__file__)


def _named() -> list[str]:
    """The names of the table, from the top down."""
    targets = [target for node in _statements(TABLE) if isinstance(node, ast.Assign) for target in node.targets]
    return [target.attr for target in targets if isinstance(target, ast.Attribute)]


def _statements(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text()))


def test_every_part_is_named_once() -> None:
    names = _named()
    assert len(names) == len(set(names)) > 40


@pytest.mark.parametrize("module", [parts, engine])
def test_nothing_is_set_in_a_part_from_outside(module: object) -> None:
    """What a part needs is an argument of its constructor: only a thing's own attributes are assigned to."""
    strange = []
    for node in _statements(Path(str(getattr(module, "__file__", "")))):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        strange += [ast.unparse(t) for t in targets if isinstance(t, ast.Attribute) and ast.unparse(t.value) != "self"]
    assert strange == []


def test_no_part_is_a_closure_over_the_table() -> None:
    """A part that reaches for the table when it is called hides what it is made of."""
    closures = [node for node in _statements(TABLE) if isinstance(node, ast.Lambda) and "self" in ast.unparse(node)]
    assert [ast.unparse(node) for node in closures] == []


def test_the_guide_draws_every_part() -> None:
    page = (GUIDE / "contribute.md").read_text()
    chapter = page.partition("## The engine's wiring\n")[2].partition("\n## ")[0]
    (drawing,) = re.findall(r"```\n(.*?)```", chapter, re.DOTALL)
    drawn = re.findall(r"[a-z_]+", drawing)
    assert [name for name in _named() if name not in drawn] == []


def test_the_guide_says_in_which_file_a_part_stands_that_has_another_name() -> None:
    chapter = (GUIDE / "contribute.md").read_text().partition("## The engine's wiring\n")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| `([\w/.]+)` \|$", chapter, re.MULTILINE))
    assert {name: file for name, file in _files().items() if Path(file).stem != name} == told


def _files() -> dict[str, str]:
    """By each name of the table the file of its class, or of what made it, below the package."""
    root = Path(ibtui.__file__).parent
    modules = {
        alias.name: node.module
        for node in _statements(TABLE)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found: dict[str, str] = {}
    for node in _statements(TABLE):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
            module = str(modules[node.value.func.id]).removeprefix("ibtui.").replace(".", "/") + ".py"
            assert (root / module).exists()
            found |= {target.attr: module for target in node.targets if isinstance(target, ast.Attribute)}
    return found
