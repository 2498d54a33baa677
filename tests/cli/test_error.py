"""`ibtui error` prints the one table."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from ibtui.broker.error_table import TABLE
from ibtui.cli.main import commands
from ibtui.domain.failure import IbtuiError


def printed(*arguments: str) -> str:
    return CliRunner().invoke(commands, ["error", *arguments], catch_exceptions=False, standalone_mode=False).output


def test_one_code_says_what_it_means_why_it_comes_and_what_helps() -> None:
    assert printed("383").splitlines() == [
        "383  a precaution: the size is too large",
        "       for an order: TWS holds the order back, and whoever sits there can still send it or delete it",
        "       what helps: send or delete it in TWS, or cancel it here; the limit stands in TWS under Global "
        "Configuration, Presets",
    ]


def test_without_a_code_all_are_listed() -> None:
    assert [int(line.split()[0]) for line in printed().splitlines()] == sorted(entry.code for entry in TABLE)


def test_for_programs() -> None:
    (told,) = json.loads(printed("201", "--json"))
    assert told["code"] == 201
    assert told["cases"]["margin"] == "trade less, or free margin"


def test_a_code_that_nobody_met_is_said_to_be_that() -> None:
    with pytest.raises(IbtuiError, match="77777 is not in the table"):
        CliRunner().invoke(commands, ["error", "77777"], catch_exceptions=False, standalone_mode=False)
