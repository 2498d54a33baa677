"""Numbers in the sentences of a refusal: as they are written by people, and in short where that would never end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibtui.risk.reducing import exact_limit, shown


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("1000", "1000"),
        ("0.00025289", "0.00025289"),
        ("1E+3", "1000"),
        ("1E+999999", "1.000e+999999"),
        ("1E-999999", "1.000e-999999"),
        ("9" * 50, "1.000e+50"),
    ],
)
def test_a_number_is_written_out_unless_that_would_never_end(number: str, words: str) -> None:
    assert shown(Decimal(number)).replace(",", "") == words


def test_a_limit_that_is_no_number_allows_nothing() -> None:
    assert exact_limit(float("nan")) == 0
    assert exact_limit(0.1) == Decimal("0.1")
