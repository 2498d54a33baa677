"""What error codes mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from ibtui import exchange, gateway
from ibtui.broker.error_table import TABLE, Explanation
from ibtui.broker.errors import Context, Meaning, cure, explain, level, meaning, note_words, why_cancelled, with_cure

CONTEXTS = get_args(Context)
WARNINGS = (165, 399, 404, 492, 2109, 2161, 10167, 10197, 10349)
NEVER_AN_END = (103, 104, 105, 110, 161, 201, 203, 321, 329, 399, 404, 10147, 10148, 10149, 10197, 10349, 77777)


@pytest.mark.parametrize(("code", "context"), list(product(WARNINGS, CONTEXTS)))
def test_a_warning_changes_no_order(code: int, context: Context) -> None:
    assert meaning(code, context) is Meaning.NOTE


@pytest.mark.parametrize(("code", "context"), list(product(NEVER_AN_END, ("modify", "cancel", "live"))))
def test_no_error_ends_an_order_that_ib_has_taken(code: int, context: Context) -> None:
    assert meaning(code, context) not in (Meaning.REJECTED, Meaning.CANCELLED)


@pytest.mark.parametrize(
    ("code", "context", "expected"),
    [
        (201, "new", Meaning.REJECTED),
        (110, "new", Meaning.REJECTED),
        (321, "new", Meaning.REJECTED),
        (201, "modify", Meaning.KEPT),
        (110, "modify", Meaning.KEPT),
        (105, "modify", Meaning.KEPT),
        (329, "modify", Meaning.KEPT),
        (201, "live", Meaning.OPEN),
        (103, "new", Meaning.OPEN),
        (104, "modify", Meaning.OPEN),
        (161, "cancel", Meaning.OPEN),
        (10147, "cancel", Meaning.OPEN),
        (10148, "cancel", Meaning.OPEN),
        (135, "cancel", Meaning.OPEN),
        (201, "cancel", Meaning.OPEN),
        (320, "cancel", Meaning.KEPT),
        (321, "cancel", Meaning.KEPT),
        (322, "cancel", Meaning.KEPT),
        (202, "cancel", Meaning.CANCELLED),
        (202, "live", Meaning.CANCELLED),
        (77777, "new", Meaning.OPEN),
    ],
)
def test_meaning(code: int, context: Context, expected: Meaning) -> None:
    assert meaning(code, context) is expected


def test_the_table_names_each_code_once() -> None:
    codes = [entry.code for entry in TABLE]
    assert len(codes) == len(set(codes))


def test_every_code_that_the_gateway_sends_is_explained() -> None:
    sent = {code for module in (exchange, gateway) for code in refused_codes(Path(module.__path__[0]))}
    assert len(sent) > 30
    assert sorted(code for code in sent | {1100, 1101, 1102, 2103, 2104, 2110} if explain(code) is None) == []


def refused_codes(folder: Path) -> Iterator[int]:
    """The numbers with which the sources in a folder make refusals."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, int):
                    yield first.value


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: str(entry.code))
def test_causes_and_cures_read_as_one_sentence(entry: Explanation) -> None:
    for clause in (entry.cause, entry.cure, *(helps for _, helps in entry.cases)):
        assert not clause.endswith(".")
        assert clause[:1] == clause[:1].lower() or clause.split()[0].rstrip("'s") in ("IB", "TWS")
    assert entry.cause


@pytest.mark.parametrize(
    ("code", "text", "helps"),
    [
        (201, "Order rejected - reason:INSUFFICIENT MARGIN", "trade less, or free margin"),
        (201, "Order rejected - reason:something new", ""),
        (200, "No security definition has been found for the request", "find its name with /"),
        (2110, "Connectivity is broken", ""),
        (77777, "what", ""),
    ],
)
def test_the_cure_is_that_of_the_cause(code: int, text: str, helps: str) -> None:
    assert cure(code, text) == helps
    assert with_cure(code, text) == (f"{text}; {helps}" if helps else text)


@pytest.mark.parametrize("code", [109, 163, 164, 382, 383, 403, 451, 10151, 10331])
def test_a_precaution_of_tws_holds_a_new_order_and_changes_no_other(code: int) -> None:
    assert meaning(code, "new") is Meaning.HELD
    assert meaning(code, "modify") is Meaning.KEPT
    assert {meaning(code, context) for context in ("cancel", "live")} == {Meaning.NOTE}
    assert note_words(code, "whatever").startswith("held by TWS, a precaution:")


def test_levels() -> None:
    assert level(2104) == level(1102) == "info"
    assert level(2103) == "warning"
    assert level(10197) == "error"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Order Canceled - reason:", ""),
        ("Cancelled by Trader", ""),
        ("Order Canceled - reason:Day order expired", "Day order expired"),
        ("", ""),
    ],
)
def test_a_cancellation_that_was_asked_for_needs_no_reason(text: str, reason: str) -> None:
    assert why_cancelled(text) == reason


def test_an_order_that_waits_for_its_market_says_until_when() -> None:
    text = (
        "Order Message: SELL 100 AAPL NASDAQ.NMS Warning: Your order will not be placed at the exchange until "
        "2026-11-24 09:30:00 US/Eastern."
    )
    assert note_words(399, text) == "held by IB until 2026-11-24 09:30:00 US/Eastern"
    assert note_words(399, "Order Message: something else") == "Order Message: something else (399)"
    assert note_words(110, "") == "IB code 110; use a price on the tick"


@pytest.mark.parametrize("code", [10326, 10327])
def test_a_group_that_takes_no_order_refuses_it_and_leaves_open_what_a_change_did(code: int) -> None:
    assert meaning(code, "new") is Meaning.REJECTED
    assert meaning(code, "modify") is Meaning.OPEN
