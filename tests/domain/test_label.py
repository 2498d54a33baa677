"""Contracts are told apart by what a person reads."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.instrument import Instrument
from ibtui.domain.label import labels
from ibtui.domain.options.chain import OptionName
from ibtui.domain.options.pricing import Right

TODAY = date(2026, 11, 30)


def option(root: str, expiry: date, strike: str, right: Right, *, of: str = "", con_id: int = 1) -> Instrument:
    name = OptionName(root=root, expiry=expiry, right=right, strike=Decimal(strike))
    return Instrument(
        symbol=name.symbol,
        con_id=con_id,
        sec_type="OPT",
        root=of or root,
        trading_class=root,
        exchange="SMART",
        currency="USD",
        expiry=f"{expiry:%Y%m%d}",
        strike=name.strike,
        right=right,
        multiplier=Decimal(100),
    )


def listed(symbol: str, con_id: int, *, root: str = "", place: str = "NASDAQ", currency: str = "USD") -> Instrument:
    return Instrument(
        symbol=symbol,
        con_id=con_id,
        sec_type="STK",
        root=root or symbol,
        exchange="SMART",
        primary_exchange=place,
        currency=currency,
    )


@pytest.mark.parametrize(
    ("instrument", "said"),
    [
        (option("SPXW", date(2026, 12, 18), "6700", "P", of="SPX"), "SPXW 18Dec6700P"),
        (option("AAPL", date(2026, 12, 4), "192.5", "C"), "AAPL 4Dec192.5C"),
        (option("AAPL", date(2027, 12, 17), "190", "C"), "AAPL Dec27190C"),
        (listed("ESZ6", 2), "ESZ6"),
        (listed("SAP.EUR", 3, currency="EUR"), "SAP.EUR"),
        (listed("META.107", 107, root="META", place="LSE"), "META LSE"),
        (listed("BRK.B", 4), "BRK.B"),
    ],
)
def test_alone(instrument: Instrument, said: str) -> None:
    assert labels((instrument,), TODAY) == {instrument.symbol: said}


def test_under_their_underlying_options_need_no_root() -> None:
    held = [option("SPXW", date(2026, 12, 18), "6700", right, of="SPX") for right in ("C", "P")]
    assert list(labels(held, TODAY, under=True).values()) == ["18Dec6700C", "18Dec6700P"]


def test_where_only_its_terms_fit_an_option_is_called_by_them() -> None:
    held = [option(root, date(2026, 12, 18), strike, "C") for root, strike in (("AAPL", "190"), ("AAPL", "200"))]
    assert list(labels(held, TODAY, width=9).values()) == ["18Dec190C", "18Dec200C"]


def test_what_would_read_alike_says_more() -> None:
    third_friday = [option(root, date(2026, 12, 18), "6700", "P", of="SPX") for root in ("SPX", "SPXW")]
    assert list(labels(third_friday, TODAY, under=True).values()) == ["SPX 18Dec6700P", "SPXW 18Dec6700P"]
    one_month = [option("AAPL", date(2027, 12, day), "190", "C") for day in (17, 23)]
    assert list(labels(one_month, TODAY).values()) == ["AAPL 17Dec27 190C", "AAPL 23Dec27 190C"]
    three_calls = [option("AAPL", date(2026, 12, day), "190", "C") for day in (4, 11, 18)]
    assert list(labels(three_calls, TODAY).values()) == ["AAPL 4Dec190C", "AAPL 11Dec190C", "AAPL 18Dec190C"]
    places = [listed(f"META.{n}", n, root="META", place="LSE", currency=c) for n, c in ((1, "GBP"), (2, "USD"))]
    assert list(labels(places, TODAY).values()) == ["META LSE GBP", "META LSE USD"]
    same = [listed(f"META.{n}", n, root="META", place="LSE") for n in (1, 2)]
    assert list(labels(same, TODAY).values()) == ["META.1", "META.2"]


days = st.integers(-400, 1200).map(lambda number: TODAY + timedelta(days=number))
strikes = st.sampled_from(["2.5", "25", "19", "190", "6700"])
options = st.builds(
    option,
    st.sampled_from(["AAPL", "SPX", "SPXW", "A", "AD"]),
    days,
    strikes,
    st.sampled_from(["C", "P"]),
    of=st.sampled_from(["SPX", ""]),
)
names = st.sampled_from(["META", "SPX", "A 18DEC25C", "ESZ6"])
stocks = st.builds(
    lambda name, number, place, own: listed(name if own else f"{name}.{number}", number, root=name, place=place),
    names,
    st.integers(1, 30),
    st.sampled_from(["LSE", "NASDAQ", "1"]),
    st.booleans(),
)


@given(
    st.lists(options | stocks, max_size=12, unique_by=lambda item: item.symbol),
    st.integers(4, 24),
    st.booleans(),
)
def test_two_contracts_of_one_list_never_read_the_same(items: list[Instrument], width: int, under: bool) -> None:
    said = labels(items, TODAY, width=width, under=under)
    assert said.keys() == {item.symbol for item in items}
    assert len({text.upper() for text in said.values()}) == len(items)
