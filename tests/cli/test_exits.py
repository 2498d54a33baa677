"""Exit codes are a table without doubles."""

from __future__ import annotations

from collections import Counter

from ibtui.cli.exits import EXITS, status_of


def test_every_error_code_leads_to_one_exit_code() -> None:
    codes = Counter(code for entry in EXITS for code in entry.codes)
    assert [code for code, times in codes.items() if times > 1] == []


def test_statuses_are_unique_and_ordered() -> None:
    statuses = [entry.status for entry in EXITS]
    assert statuses == sorted(set(statuses))


def test_a_code_that_no_table_knows_is_a_failure() -> None:
    assert status_of("no_such_code") == 1
