"""Exit codes are a table without doubles."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import ibtui
from ibtui.cli.exits import EXITS, status_of


def test_every_error_code_leads_to_one_exit_code() -> None:
    codes = Counter(code for entry in EXITS for code in entry.codes)
    assert [code for code, times in codes.items() if times > 1] == []


def test_statuses_are_unique_and_ordered() -> None:
    statuses = [entry.status for entry in EXITS]
    assert statuses == sorted(set(statuses))


def test_a_code_that_no_table_knows_is_a_failure() -> None:
    assert status_of("no_such_code") == 1


def raised_codes() -> set[str]:
    """Every code that the source raises, refuses or fails with."""
    codes: set[str] = set()
    for file in Path(ibtui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                code = node.args[0]
                if node.func.id in ("IbtuiError", "Refusal") and isinstance(code, ast.Constant):
                    codes.add(str(code.value))
    return codes


def test_every_code_that_the_source_raises_is_in_the_table() -> None:
    codes = {code for entry in EXITS for code in entry.codes}
    assert sorted(raised_codes() - codes) == []
