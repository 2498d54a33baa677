"""What is left of exits: those of one group can trade once, so they count once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibtui.domain.leaving import fitted
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import Terms


def target(ref: str, quantity: int, price: str, group: str) -> Order:
    terms = Terms(
        symbol="AAPL",
        side=Side.SELL,
        quantity=Decimal(quantity),
        type="LMT",
        limit_price=Decimal(price),
        oca_group=group,
    )
    return Order(ref=ref, owner="you", role="target", terms=terms, status=OrderStatus.WORKING)


@pytest.mark.parametrize(
    ("held", "groups", "left"),
    [
        (50, ("one", "one"), {}),
        (50, ("one", "other"), {"a": 0}),
        (30, ("one", "one"), {"a": 30, "b": 30}),
        (100, ("one", "other"), {}),
    ],
    ids=["one group, as large as what is held", "two groups", "one group, too large", "two groups that fit"],
)
def test_targets_of_one_group_count_once(held: int, groups: tuple[str, str], left: dict[str, int]) -> None:
    orders = [target(ref, 50, price, group) for ref, price, group in zip("ab", ("110", "112"), groups, strict=True)]
    assert {order.ref: quantity for order, quantity in fitted(Decimal(held), orders)} == left
