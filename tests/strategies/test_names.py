"""What a strategy's author imports has one home and a short way to it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ibtui
from ibtui import strategies


def test_the_short_way_leads_to_the_same_names() -> None:
    for name in ibtui.AUTHORS:
        assert getattr(ibtui, name) is getattr(strategies, name)


def test_a_name_that_is_not_there_is_said() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Strateggy'"):
        ibtui.Strateggy  # noqa: B018


def test_importing_the_package_imports_no_strategy() -> None:
    code = "import sys, ibtui; print('ibtui.strategies' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
