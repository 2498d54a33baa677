"""What error codes mean."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from ibtui.broker import errors
from ibtui.broker.errors import Context, Meaning, level, meaning, note_words, why_cancelled

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


def test_no_code_is_in_two_sets() -> None:
    sets = (errors.NOTES, errors.REFUSALS, errors.CANCELLED, errors.CHANGE_REFUSED, errors.OPEN_QUESTIONS)
    assert sum(map(len, sets)) == len(frozenset().union(*sets))


def test_levels() -> None:
    assert level(2104) == "info"
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
    assert note_words(110, "") == "IB code 110"


@pytest.mark.parametrize("code", [10326, 10327])
def test_a_group_that_takes_no_order_refuses_it_and_leaves_open_what_a_change_did(code: int) -> None:
    assert meaning(code, "new") is Meaning.REJECTED
    assert meaning(code, "modify") is Meaning.OPEN
