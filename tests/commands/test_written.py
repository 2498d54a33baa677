"""What a command is shown as is what a person could have typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.commands.command import Close, Flatten, Trade
from ibtui.commands.grammar import parse
from ibtui.commands.written import written
from ibtui.domain.order import Side
from ibtui.domain.terms import OrderType, Terms, TimeInForce

NUMBERS = st.decimals(min_value="0.000001", max_value=10**9, places=6)
SYMBOLS = st.sampled_from(["AAPL", "EUR.USD", "ESZ6", "AAPL261218C00190000"])
PRICES = st.none() | NUMBERS


@st.composite
def trades(draw: st.DrawFn) -> Trade:
    kind = draw(st.sampled_from(OrderType))
    return Trade(
        terms=Terms(
            side=draw(st.sampled_from(Side)),
            quantity=draw(NUMBERS),
            symbol=draw(SYMBOLS),
            type=kind,
            limit_price=draw(NUMBERS) if kind is OrderType.LMT else None,
            stop_price=draw(NUMBERS) if kind is OrderType.STP else None,
            tif=draw(st.sampled_from(TimeInForce)),
        ),
        target=draw(PRICES),
        protect=draw(PRICES),
    )


CLOSES = st.builds(Close, symbol=SYMBOLS, quantity=PRICES, limit_price=PRICES, outside=st.booleans())
FLATTENS = st.builds(Flatten, target=SYMBOLS | st.just("all"), outside=st.booleans())


@given(trades() | CLOSES | FLATTENS)
def test_it_is_read_back_as_the_same_command(command: Trade | Close | Flatten) -> None:
    assert parse(written(command)) == command


@pytest.mark.parametrize(
    "text",
    [
        "buy 100 AAPL @ 187.25 tp 195 sl 180 gtc",
        "sell 1 ESZ6 stop 5000.25",
        "close AAPL 50 @ 190",
        "flatten all outside",
    ],
)
def test_it_reads_as_it_is_typed(text: str) -> None:
    command = parse(text)
    assert isinstance(command, Trade | Close | Flatten)
    assert written(command) == text
