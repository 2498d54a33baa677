"""What every built-in strategy owes its reader, and the program that lists them."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from ibtui.strategies.author.parameters import describe, traded, values
from ibtui.strategies.builtin.names import BUILTIN, builtin
from ibtui.strategies.load import from_builtin
from ibtui.strategies.page import page, text_of


@pytest.mark.parametrize("name", BUILTIN)
def test_its_page_says_what_it_does_and_what_the_past_can_say(name: str) -> None:
    doc = inspect.getdoc(builtin(name)) or ""
    summary, blank, *rest = doc.splitlines()
    assert summary.endswith(".")
    assert (blank, len(rest) > 3) == ("", True)
    assert sum(line.startswith("Over past bars:") for line in rest) == 1
    text = text_of(page(from_builtin(name)))
    assert all(parameter.name in text and parameter.help for parameter in describe(builtin(name)))


@pytest.mark.parametrize("name", BUILTIN)
def test_its_parameters_are_bounded_and_say_what_it_trades(name: str) -> None:
    strategy = builtin(name)
    assert traded(strategy, values(strategy, {}))
    for parameter in describe(strategy):
        if parameter.kind in ("int", "float"):
            assert parameter.low is not None
            assert parameter.high is not None


def test_the_list_is_there_before_any_of_them_is_imported() -> None:
    code = (
        "import sys; from ibtui.strategies.builtin.names import BUILTIN; "
        "print([m for m in sys.modules if m in {v.partition(':')[0] for v in BUILTIN.values()}])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
