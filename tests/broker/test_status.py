"""From IB's words to our states."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.broker.orders.status import STATUS, Parent, move, stands
from ibtui.domain.order import OrderStatus

WORDS = {said for said, _ in STATUS}
PARENTS: tuple[Parent, ...] = ("none", "open", "filled")
STATUSES = st.sampled_from(list(OrderStatus))
SAID = st.sampled_from(sorted(WORDS))


def test_every_word_is_decided_for_every_parent() -> None:
    assert set(STATUS) == set(product(WORDS, PARENTS))


@pytest.mark.parametrize(
    ("said", "parent", "filled", "status"),
    [
        ("PreSubmitted", "open", 0, OrderStatus.WAITING),
        ("PreSubmitted", "none", 0, OrderStatus.WORKING),
        ("PreSubmitted", "filled", 0, OrderStatus.WORKING),
        ("Submitted", "none", 40, OrderStatus.PARTLY_FILLED),
        ("PendingCancel", "none", 0, OrderStatus.WORKING),
        ("PendingSubmit", "none", 0, OrderStatus.PENDING),
        ("Submitted", "none", 100, OrderStatus.FILLED),
        ("Cancelled", "none", 40, OrderStatus.CANCELLED),
        ("Cancelled", "none", 100, OrderStatus.FILLED),
        ("Inactive", "none", 0, OrderStatus.WAITING),
        ("Teleported", "none", 0, OrderStatus.UNKNOWN),
    ],
)
def test_stands(said: str, parent: Parent, filled: int, status: OrderStatus) -> None:
    assert stands(said, parent, Decimal(filled), Decimal(100)) is status


@given(STATUSES, SAID)
def test_filled_is_final(new: OrderStatus, said: str) -> None:
    assert move(OrderStatus.FILLED, new, said) is OrderStatus.FILLED


@given(STATUSES, SAID)
def test_nothing_goes_back_to_pending(old: OrderStatus, said: str) -> None:
    assert move(old, OrderStatus.PENDING, said) is not OrderStatus.PENDING or old is OrderStatus.PENDING


def test_an_ended_order_that_works_again_is_a_contradiction() -> None:
    assert move(OrderStatus.CANCELLED, OrderStatus.WORKING, "Submitted") is OrderStatus.UNKNOWN
    assert move(OrderStatus.REJECTED, OrderStatus.PARTLY_FILLED, "Submitted") is OrderStatus.UNKNOWN


def test_an_overtaken_message_changes_nothing() -> None:
    assert move(OrderStatus.CANCELLED, OrderStatus.WORKING, "PendingCancel") is OrderStatus.CANCELLED


def test_a_cancelled_order_can_turn_out_filled() -> None:
    assert move(OrderStatus.CANCELLED, OrderStatus.FILLED, "Filled") is OrderStatus.FILLED


def test_an_unknown_order_is_settled_by_a_report() -> None:
    assert move(OrderStatus.UNKNOWN, OrderStatus.WORKING, "Submitted") is OrderStatus.WORKING
