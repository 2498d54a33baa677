"""Every limit that a refusal names is one that a person can find in the configuration."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec

import ibtui.risk
from ibtui import config
from ibtui.domain.limits import Ceilings


def named_limits() -> set[str]:
    """The names of limits with which the judges refuse, where they are written out."""
    found = set()
    for file in Path(ibtui.risk.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"Refusal": 2, "_over": 0, "_worth": 2, "_share": 3}.get(node.func.id)
                if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                    found.add(ast.literal_eval(node.args[place]))
    return found


def test_refusals_name_limits_that_there_are() -> None:
    known = {field.name for kind in (Ceilings, config.Limits) for field in msgspec.structs.fields(kind)}
    named = named_limits()
    assert named - known == set()
    assert {"collar_percent", "quote_age", "order_value", "position_quantity", "gross_percent", "hours"} <= named
