"""Messages come back as they were sent, and nothing else is taken for one."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.commands.command import Trade
from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import Terms
from ibtui.link.codec import encode, from_client, from_engine
from ibtui.link.messages import Do, Frame, Preview, Request


@pytest.mark.parametrize(
    "text", ["buy 100 AAPL @ 187.25 tp 190 sl 180", "cancel all", "start sma_cross fast=5", "halt"]
)
def test_every_kind_of_command_travels(text: str) -> None:
    for ask in (Preview(command=parse(text)), Do(command=parse(text), wait=True)):
        request = Request(id=7, ask=ask)
        assert from_client(encode(request)) == request


@given(st.decimals(min_value="0.00001", max_value=10**9, places=5))
def test_prices_are_json_numbers_and_stay_exact(price: Decimal) -> None:
    order = Order(
        ref="a",
        terms=Terms(symbol="A", side=Side.BUY, quantity=Decimal(1), type="LMT", limit_price=price),
        status=OrderStatus.WORKING,
    )
    line = encode(Frame(orders=(order,)))
    assert isinstance(json.loads(line)["orders"][0]["terms"]["limit_price"], int | float)
    frame = from_engine(line)
    assert isinstance(frame, Frame)
    assert frame.orders[0].limit_price == price


def asked(quantity: str) -> bytes:
    """A program's own line that asks for an order of so much."""
    command = f'{{"do":"trade","terms":{{"side":"BUY","symbol":"A","type":"MKT","quantity":{quantity}}}}}'
    return f'{{"is":"request","id":1,"ask":{{"ask":"do","command":{command}}}}}\n'.encode()


@pytest.mark.parametrize(
    "quantity", ['"100"', '"1_000"', '"１００"', '"1,5"', '"nan"', '"Infinity"', "1e999999", "1e99", "1e-99"]
)
def test_a_number_of_an_order_is_a_json_number_of_human_size(quantity: str) -> None:
    with pytest.raises(IbtuiError) as caught:
        from_client(asked(quantity))
    assert caught.value.code == "bad_message"


@pytest.mark.parametrize(("quantity", "number"), [("100", 100), ("0.5", "0.5"), ("1e3", 1000), ("-5", -5)])
def test_any_json_number_of_human_size_is_read(quantity: str, number: int | str) -> None:
    request = from_client(asked(quantity))
    assert isinstance(request, Request)
    assert isinstance(request.ask, Do)
    assert isinstance(request.ask.command, Trade)
    assert request.ask.command.quantity == Decimal(number)


@given(st.binary(max_size=200))
def test_garbage_is_one_refusal(line: bytes) -> None:
    with pytest.raises(IbtuiError) as caught:
        from_client(line)
    assert caught.value.code == "bad_message"


def test_a_message_of_the_other_direction_is_refused() -> None:
    with pytest.raises(IbtuiError, match="protocol"):
        from_client(encode(Frame()))
