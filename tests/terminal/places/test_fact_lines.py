"""The lines of a sheet: every name stands apart from what it says, and what is long goes on below it."""

from __future__ import annotations

import pytest

from ibtui.terminal.places.details import fact_lines


@pytest.mark.parametrize("name", ["state", "fourteen chars", "a parameter of a person"])
@pytest.mark.parametrize("width", [40, 80, 160])
def test_a_name_never_touches_what_it_says(name: str, width: int) -> None:
    facts = [("profile", "demo, paper"), (name, "word " * 30)]
    shown = ["".join(run.text for run in line.runs) for line in fact_lines(facts, width)]
    column = max(16, len(name) + 3)
    assert shown[0] == f"{'  profile':<{column}}demo, paper"
    assert shown[1].startswith(f"  {name} ")
    assert all(line[:column].strip() in (name, "") and line[column:].startswith("word") for line in shown[1:])
