"""What is said when orders fill."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

import pytest
from msgspec.structs import replace

from ibtui.domain.order import OrderStatus
from ibtui.domain.position import Position
from ibtui.link.messages import Frame
from ibtui.terminal.model import Model
from ibtui.terminal.news import fill_words, news
from tests.terminal.scripted import order, snapshot

FILLED = order(
    "a", symbol="AAPL", quantity=Decimal(100), filled=Decimal(100), status=OrderStatus.FILLED, average_price=187.25
)


def _model(**position: object) -> Model:
    model = Model()
    held = Position(symbol="AAPL", quantity=Decimal(100))
    model.apply(snapshot(positions=(replace(held, **position),)))
    return model


@pytest.mark.parametrize(
    ("position", "standing"),
    [
        ({"cover": "full", "stop": 180.0}, "position +100 · stop 180.00 covers it"),
        ({"cover": "part", "stop": 180.0}, "position +100 · stop 180.00 covers a part"),
        ({"cover": "OVER", "stop": 180.0}, "position +100 · stop 180.00 · OVER"),
        ({}, "position +100 · BARE"),
        ({"quantity": Decimal(0)}, "position flat"),
    ],
)
def test_a_fill_says_price_time_and_where_it_leaves_the_position(position: dict[str, object], standing: str) -> None:
    assert fill_words(FILLED, _model(**position), UTC) == f"BUY 100 AAPL filled at 187.25  15:42:07 · {standing}"


def test_a_part_and_a_strategy_s_fill_say_so() -> None:
    part = replace(FILLED, filled=Decimal(40), status=OrderStatus.PARTLY_FILLED, owner="sma_cross")
    assert fill_words(part, _model(), UTC).startswith("BUY 40 of 100 AAPL filled at 187.25 for sma_cross")


def test_only_a_new_fill_of_the_order_that_was_answered_is_news() -> None:
    frame, mine = Frame(orders=(FILLED,)), frozenset({"a"})
    assert news({}, mine, frame, _model(), UTC) == fill_words(FILLED, _model(), UTC)
    assert news({}, frozenset(), frame, _model(), UTC) is None
    assert news({"a": Decimal(100)}, mine, frame, _model(), UTC) is None
    assert news({}, mine, replace(frame, snapshot=True), _model(), UTC) is None
