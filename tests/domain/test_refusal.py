"""A refusal says its figures in one sentence, and is known by code, limit and owner, never by what it says."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.refusal import Measured, Refusal


@pytest.mark.parametrize(
    ("measured", "value", "limit"),
    [
        (Measured(1_234.5, 1_000_000), "1,234.5", "1,000,000"),
        (Measured(Decimal("20000"), 10_000.0), "20000", "10,000"),
        (Measured(501.0, 500, "money"), "501.00", "500.00"),
        (Measured(float("nan"), 500, "money"), "nan", "500.00"),
        (Measured(24.986, 24.9, "percent"), "24.99 %", "24.9 %"),
        (Measured(3.04, 2.5, "seconds", 1), "3.0 s", "2.5 s"),
        (Measured(4_000, 3_600, "seconds", 0), "4,000 s", "3,600 s"),
    ],
)
def test_figures_are_shown_by_their_unit(measured: Measured, value: str, limit: str) -> None:
    refusal = Refusal("over_limit", "It is {value}; the limit is {limit}.", "order_value", "", measured)
    assert refusal.sentence == f"It is {value}; the limit is {limit}."
    assert Refusal("over_limit", "It is {value}.", "order_value", "dip", measured).sentence == f"It is {value} (dip)."


def test_without_figures_the_words_are_the_sentence() -> None:
    assert Refusal("halted", "A {value} of braces stays.").sentence == "A {value} of braces stays."


def test_alike_are_those_of_one_code_limit_and_owner() -> None:
    def one(value: float, owner: str = "", limit: str = "order_value") -> Refusal:
        return Refusal("over_limit", "{value}", limit, owner, Measured(value, 1.0))

    assert one(2).kind == one(3).kind
    assert len({one(2).kind, one(2, "dip").kind, one(2, limit="gross_value").kind}) == 3


def test_an_error_carries_the_refusal_to_another_process() -> None:
    refusal = Refusal("over_limit", "It is {value}.", "order_value", "dip", Measured(2.0, 1.0, "money"))
    error = pickle.loads(pickle.dumps(IbtuiError.of(refusal)))
    assert (error.code, error.message, error.refusal) == ("over_limit", "It is 2.00 (dip).", refusal)
    assert error.kind == refusal.kind == ("over_limit", "order_value", "dip")
    assert IbtuiError("no_order", "There is none.").kind == ("no_order", "", "")
