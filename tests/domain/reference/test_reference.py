"""What names are, by the tables that ship, by IB's word and by the user's own."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.calendar.expiries import MONTH_CODES
from ibtui.domain.currency import CURRENCIES
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.reference.coins import COINS
from ibtui.domain.reference.futures import FUTURES, future_name
from ibtui.domain.reference.indexes import INDEXES
from ibtui.domain.reference.line import KINDS, contract, line
from ibtui.domain.reference.reference import Reference, is_plain, shipped
from ibtui.domain.reference.suffixes import SUFFIXES, suffixed

NAMES = {
    "ZNH6": "FUT USD 1000 0.015625 CBOT",
    "ZBZ26": "FUT USD 1000 0.03125 CBOT",
    "ZTM6": "FUT USD 2000 0.00390625 CBOT",
    "2YYH6": "FUT USD 1000 0.001 CBOT",
    "SR3Z6": "FUT USD 2500 0.0025 CME",
    "ESH6": "FUT USD 50 0.25 CME",
    "ESH26": "FUT USD 50 0.25 CME",
    "M2KU6": "FUT USD 5 0.1 CME",
    "MYMU6": "FUT USD 0.5 1 CBOT",
    "NGF7": "FUT USD 10000 0.001 NYMEX",
    "SIK6": "FUT USD 5000 0.005 COMEX",
    "HGK6": "FUT USD 25000 0.0005 COMEX",
    "MGCQ6": "FUT USD 10 0.1 COMEX",
    "6EM6": "FUT USD 125000 0.00005 CME",
    "6JM6": "FUT USD 12500000 0.0000005 CME",
    "ZCN6": "FUT USD 50 0.25 CBOT",
    "VXJ6": "FUT USD 1000 0.05 CFE",
    "MBTJ6": "FUT USD 0.1 5 CME",
    "FDAXH6": "FUT EUR 25 1 EUREX",
    "DAXH6": "FUT EUR 25 1 EUREX",
    "FGBLH6": "FUT EUR 1000 0.01 EUREX",
    "EUR.USD": "CASH USD 1 0.00005 IDEALPRO",
    "EURUSD": "CASH USD 1 0.00005 IDEALPRO",
    "USD.JPY": "CASH JPY 1 0.005 IDEALPRO",
    "BTC.USD": "CRYPTO USD 1 0.25 PAXOS",
    "BTCUSD": "CRYPTO USD 1 0.25 PAXOS",
    "SPX": "IND USD 1 0.01 CBOE",
    "DAX": "IND EUR 1 0.01 EUREX",
    "AAPL": "STK USD 1 0.01 SMART",
    "BRK.B": "STK USD 1 0.01 SMART",
    "BRK B": "STK USD 1 0.01 SMART",
    "SAP.EUR": "STK EUR 1 0.01 SMART",
    "SHEL.GBP": "STK GBP 1 0.01 SMART",
    "7203.JPY": "STK JPY 1 0.01 SMART",
    "AAPL261218C00190000": "OPT USD 100 0.01 SMART",
}
UNKNOWN = (
    "ZZH6",
    "VOD.L",
    "7203.T",
    "SAP.DE",
    "BTCUSDT",
    "ES=F",
    "^GSPC",
    "SP500",
    "BTC.EUR",
    "USD.KRW",
    "SOL.USD",
    "",
)
AMBIGUOUS = ("ES", "CL", "MET", "BTC")


@pytest.mark.parametrize("symbol", NAMES)
def test_a_name_is_what_the_exchange_says(symbol: str) -> None:
    found = Reference().of(symbol)
    assert (found.symbol, line(found)) == (symbol, NAMES[symbol])


@pytest.mark.parametrize("symbol", UNKNOWN)
def test_what_nothing_knows_is_refused_with_what_to_write(symbol: str) -> None:
    with pytest.raises(IbtuiError) as caught:
        Reference().of(symbol)
    assert caught.value.code == "no_contract"
    asked = caught.value.message.split('--as "')[1].split('"')[0]
    assert caught.value.message.startswith(f"What is {symbol}? ")
    assert line(Reference(given={symbol: asked}).of(symbol)) == asked


def test_the_sentence_of_a_month_whose_root_is_unknown() -> None:
    with pytest.raises(IbtuiError) as caught:
        Reference().of("ZZH6")
    assert caught.value.message == (
        'What is ZZH6? Give it as --as "FUT USD 1000 0.01 NYMEX" or a line under [instruments].'
    )


@pytest.mark.parametrize("symbol", AMBIGUOUS)
def test_a_bare_root_is_a_stock_or_a_future(symbol: str) -> None:
    with pytest.raises(IbtuiError) as caught:
        Reference().of(symbol)
    future = line(Reference().of(f"{symbol}H6"))
    assert f'--as "STK USD 1 0.01 SMART" or --as "{future}"' in caught.value.message


@given(st.sampled_from(sorted(FUTURES)), st.sampled_from(MONTH_CODES), st.integers(0, 99), st.booleans())
def test_every_month_of_a_root_is_one_contract(root: str, month: str, year: int, short: bool) -> None:
    symbol = f"{root}{month}{year % 10 if short else f'{year:02}'}"
    found, terms = Reference().of(symbol), FUTURES[root]
    assert (found.sec_type, found.trading_class, found.exchange) == ("FUT", root, terms.exchange)
    assert (found.multiplier, found.tick) == (Decimal(terms.multiplier), Decimal(terms.tick))
    name = future_name(symbol)
    assert name is not None
    assert (name.root, name.month, int(name.year)) == (root, month, year % 10 if short else year)


@given(st.from_regex(r"[A-Z0-9]{1,5}[FGHJKMNQUVXZ][0-9]{1,2}", fullmatch=True))
def test_a_month_is_a_future_or_refused(symbol: str) -> None:
    found = shipped(symbol)
    assert found is None or found.sec_type == "FUT"


@given(st.sampled_from(sorted(CURRENCIES)), st.sampled_from(sorted(CURRENCIES)))
def test_a_pair_has_a_currency_on_both_sides(base: str, quote: str) -> None:
    found = shipped(f"{base}.{quote}")
    assert found is None or (found.sec_type, found.root, found.currency) == ("CASH", base, quote)


@given(st.from_regex(r"[A-Z]{1,5}", fullmatch=True), st.sampled_from(sorted(CURRENCIES)))
def test_a_stock_with_a_currency_is_never_a_pair(ticker: str, currency: str) -> None:
    found = shipped(f"{ticker}.{currency}")
    if ticker not in CURRENCIES and ticker not in COINS:
        assert found is not None
        assert (found.sec_type, found.root, found.currency) == ("STK", ticker, currency)


@given(st.from_regex(r"[A-Z]{1,5}(\.[ABC])?", fullmatch=True))
def test_a_plain_ticker_is_a_stock_in_dollars_or_something_with_a_name_of_its_own(ticker: str) -> None:
    found = shipped(ticker)
    if found is None:
        assert ticker in FUTURES
    else:
        assert is_plain(found) == (ticker not in INDEXES)


@given(
    st.sampled_from(KINDS),
    st.sampled_from(sorted(CURRENCIES)),
    st.decimals("0.0000001", 1_000_000, places=7),
    st.decimals("0.0000001", 1_000, places=7),
)
def test_a_line_is_read_as_it_is_written(kind: str, currency: str, multiplier: Decimal, tick: Decimal) -> None:
    found = contract("ANY", f"{kind} {currency} {multiplier:f} {tick:f} CME")
    assert contract("ANY", line(found).lower()) == found
    assert (found.multiplier, found.tick) == (multiplier, tick)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no contract; write KIND CURRENCY"),
        ("FUT USD 1000 0.01", "is no contract; write KIND CURRENCY"),
        ("OPT USD 100 0.01 SMART", "one of STK, FUT, CASH, CRYPTO, IND"),
        ("FUT DOLLARS 1000 0.01 CME", "is no currency"),
        ("FUT USD 0 0.01 CME", "the multiplier '0' is no number above 0"),
        ("FUT USD many 0.01 CME", "the multiplier 'MANY' is no number above 0"),
        ("FUT USD 1 nan CME", "the tick 'NAN' is no number above 0"),
        ("FUT USD 1 -1 CME", "the tick '-1' is no number above 0"),
        ("FUT USD 1 1 [red]", "is no exchange"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        contract("ZZH6", text)
    assert words in str(caught.value)


def test_who_is_believed_first() -> None:
    told = Instrument(
        symbol="ZNH6", con_id=7, sec_type="FUT", root="ZN", exchange="CBOT", currency="USD", multiplier=Decimal(1001)
    )
    own, typed = {"ZN": "FUT USD 1002 0.01 CBOT"}, {"ZNH6": "FUT USD 1003 0.01 CBOT"}
    assert Reference(own=own, told={"ZNH6": told}, given=typed).of("ZNH6").multiplier == 1003
    assert Reference(own=own, told={"ZNH6": told}).of("ZNH6") == told
    assert Reference(own=own).of("ZNH6").multiplier == 1002
    assert Reference().of("ZNH6").multiplier == 1000


def test_a_line_by_root_is_for_every_month_of_a_future_and_for_nothing_else() -> None:
    own = {"ZZ": "FUT USD 20 0.5 CME", "AA": "STK EUR 1 0.01 IBIS"}
    assert [line(Reference(own=own).of(symbol)) for symbol in ("ZZ", "ZZH6", "ZZM27")] == [own["ZZ"]] * 3
    assert Reference(own=own).of("ZZM27").root == "ZZ"
    with pytest.raises(IbtuiError):
        Reference(own=own).of("AAH6")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_another_programs_name_of_a_stock_is_refused_with_what_it_is(suffix: str) -> None:
    with pytest.raises(IbtuiError) as caught:
        Reference().of(f"VOD.{suffix}")
    assert f'Give it as --as "{SUFFIXES[suffix]}"' in caught.value.message
    found = suffixed(f"VOD.{suffix}")
    assert found is not None
    assert Reference().of(found[1]).currency == SUFFIXES[suffix].split()[1]
