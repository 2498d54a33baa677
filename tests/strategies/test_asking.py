"""What a strategy asks for in numbers, as exact terms."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.order import Change
from ibtui.domain.terms import Side
from ibtui.strategies.author.asking import asked
from ibtui.strategies.paper.working import Working

NUMBERS = st.floats(1e-6, 1e9, allow_nan=False)


@given(st.sampled_from(Side), NUMBERS, st.none() | NUMBERS, st.none() | NUMBERS)
def test_terms_say_the_numbers_as_they_were_written(
    side: Side, quantity: float, limit: float | None, stop: float | None
) -> None:
    if limit is not None and stop is not None:
        with pytest.raises(ValueError, match="not both"):
            asked("A", side, quantity, limit, stop)
        return
    terms = asked("A", side, quantity, limit, stop)
    assert (float(terms.quantity), terms.side) == (quantity, side)
    assert terms.type == ("LMT" if limit is not None else "STP" if stop is not None else "MKT")
    assert terms.price == (None if limit is stop is None else Decimal(str(limit if limit is not None else stop)))


@given(st.sampled_from(Side), NUMBERS, st.none() | NUMBERS, st.booleans())
def test_an_order_on_bars_asks_for_what_it_was_asked_for(
    side: Side, quantity: float, price: float | None, stops: bool
) -> None:
    prices = {"stop" if stops else "limit": price}
    terms = asked("A", side, quantity, **prices)
    assert Working.of("r", terms).terms() == terms


@pytest.mark.parametrize("number", [0, -1, float("nan"), float("inf"), "x"])
@pytest.mark.parametrize("name", ["quantity", "limit", "stop"])
def test_a_number_that_no_order_has_is_named(name: str, number: float) -> None:
    with pytest.raises(ValueError, match=f"the {name} must be a positive number"):
        asked("A", Side.BUY, **({"quantity": 1.0} | {name: number}))


def test_a_stop_on_bars_takes_no_limit_from_a_change() -> None:
    order = Working.of("r", asked("A", Side.SELL, 1, stop=90))
    changed = Change(ref="r", limit_price=Decimal(80), stop_price=Decimal(91)).applied(order.terms())
    assert Working.of("r", changed).price == 91
