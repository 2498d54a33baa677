"""Combos: their names, their market, and how many the fills of their legs make up."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.combo import (
    combo_instrument,
    combo_known_by_name,
    combo_legs,
    combo_name,
    combo_price,
    combo_quote,
    combo_seen,
    combos_filled,
)
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote


def instrument(symbol: str, **fields: Any) -> Instrument:
    common: dict[str, Any] = {"con_id": 1, "root": "AAPL", "exchange": "SMART", "currency": "USD"}
    return Instrument(symbol=symbol, **(common | fields))


def option(symbol: str, right: str, strike: str, expiry: str = "20261218", of: str = "") -> Instrument:
    fields = {"sec_type": "OPT", "right": right, "strike": Decimal(strike), "expiry": expiry, "trading_class": of}
    if of:
        fields["root"] = "SPX"
    return instrument(symbol, multiplier=Decimal(100), **fields)


KNOWN = {
    item.symbol: item
    for item in (
        option("CALL", "C", "190"),
        option("PUT", "P", "190"),
        option("HIGH", "C", "192.5"),
        option("MORNING", "C", "6700", of="SPX"),
        option("EVENING", "C", "6700", of="SPXW"),
        option("EVENING PUT", "P", "6700", of="SPXW"),
        option("LATER", "C", "190", "20270115"),
        instrument("AAPL", sec_type="STK"),
        instrument("MSFT", sec_type="STK", root="MSFT"),
    )
}


@pytest.mark.parametrize(
    ("legs", "name"),
    [
        ({"CALL": 1, "PUT": 1}, "AAPL 18DEC26 C190+P190"),
        ({"CALL": 1, "HIGH": -2}, "AAPL 18DEC26 C190-2C192.5"),
        ({"CALL": -1, "HIGH": 1}, "AAPL 18DEC26 -C190+C192.5"),
        ({"CALL": -1, "LATER": 1}, "AAPL -C190/18DEC26+C190/15JAN27"),
        ({"EVENING": 1, "EVENING PUT": 1}, "SPXW 18DEC26 C6700+P6700"),
        ({"MORNING": 1, "EVENING": -1}, "SPX 18DEC26 C6700-C6700/SPXW"),
        ({"AAPL": 100, "CALL": -1}, "AAPL 18DEC26 100AAPL-C190"),
    ],
)
def test_a_combo_is_named_after_what_buying_it_trades(legs: dict[str, int], name: str) -> None:
    assert combo_name(combo_legs(tuple(legs.items())), KNOWN) == name


@pytest.mark.parametrize(
    ("legs", "says"),
    [
        ((("CALL", 1),), "two to 6 legs"),
        ((("CALL", 1), ("CALL", -1)), "each instrument once"),
        ((("CALL", 1), ("PUT", 0)), "whole number"),
    ],
)
def test_what_is_no_combo_is_refused(legs: tuple[tuple[str, int], ...], says: str) -> None:
    with pytest.raises(IbtuiError, match=says):
        combo_legs(legs)


def test_a_combo_is_of_one_underlying() -> None:
    with pytest.raises(IbtuiError, match="one underlying"):
        combo_instrument(combo_legs((("AAPL", 1), ("MSFT", -1))), KNOWN)
    whole = combo_instrument(combo_legs((("AAPL", 100), ("CALL", -1))), KNOWN)
    assert (whole.sec_type, whole.multiplier, whole.tick) == ("BAG", Decimal(100), Decimal("0.01"))


def quotes(**sides: tuple[float, float]) -> dict[str, Quote]:
    return {symbol: Quote(symbol=symbol, bid=bid, ask=ask, received=10.0) for symbol, (bid, ask) in sides.items()}


def test_a_combo_pays_asks_and_gets_bids() -> None:
    spread = combo_legs((("CALL", 1), ("HIGH", -1)))
    quote = combo_quote("x", spread, KNOWN, quotes(CALL=(4.0, 4.1), HIGH=(3.0, 3.1)))
    assert quote is not None
    assert (quote.bid, quote.ask, quote.received) == (0.9, 1.1, 10.0)
    buy_write = combo_legs((("AAPL", 100), ("CALL", -1)))
    quote = combo_quote("x", buy_write, KNOWN, quotes(AAPL=(187.4, 187.5), CALL=(4.0, 4.1)))
    assert quote is not None
    assert quote.bid == pytest.approx(183.3)
    assert quote.ask == pytest.approx(183.5)
    assert combo_quote("x", spread, KNOWN, quotes(CALL=(4.0, 4.1))) is None


def fill(symbol: str, quantity: int, price: float = 1.0) -> Fill:
    return Fill(
        exec_id=f"{symbol}{quantity}{price}.01",
        ref="r",
        symbol=symbol,
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=price,
        time=datetime(2026, 11, 23, 15, tzinfo=UTC),
        owner="you",
    )


RATIO = combo_legs((("CALL", 1), ("HIGH", -2)))


@given(st.lists(st.integers(1, 5), max_size=6), st.lists(st.integers(1, 5), max_size=6))
def test_a_combo_is_filled_as_far_as_its_slowest_leg(calls: list[int], highs: list[int]) -> None:
    fills = [fill("CALL", number) for number in calls] + [fill("HIGH", number) for number in highs]
    assert combos_filled(RATIO, fills) == min(sum(calls), sum(highs) // 2)


def test_its_price_is_that_of_its_legs() -> None:
    fills = [fill("CALL", 1, 4.0), fill("CALL", 1, 4.2), fill("HIGH", 4, 1.5)]
    assert combo_price(RATIO, KNOWN, fills) == pytest.approx(4.1 - 3.0)
    assert combo_price(RATIO, KNOWN, fills[:2]) is None


def test_another_programs_pair_of_underlyings_is_shown_under_its_legs() -> None:
    pair = combo_legs((("AAPL", 1), ("MSFT", -1)))
    seen = combo_seen(pair, KNOWN)
    assert (seen.symbol, seen.sec_type, seen.root) == ("AAPL AAPL-MSFT", "BAG", "AAPL")
    assert combo_known_by_name(seen.symbol, pair, KNOWN) == seen
