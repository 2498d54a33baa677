"""What is listed, and how it is found."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ibtui.exchange import Exchange, Listings
from tests.exchange.floor import START

STOCKS = {"AAPL", "MSFT", "NVDA", "AMZN", "TSLA", "GOOG", "JPM", "XOM", "META", "AMD", "INTC", "BAC", "KO", "DIS"}
FUNDS = {"SPY", "QQQ", "IWM", "GLD", "TLT"}
EUROPEANS = {"SAP", "MC", "ASML", "SHEL"}
OTHERS = {"ESZ6", "NQZ6", "CLF7", "GCZ6", "EUR.USD", "GBP.USD", "USD.JPY", "SPX", "NDX", "VIX", "BTC", "ETH"}


@pytest.fixture(scope="module")
def listings() -> Listings:
    return Exchange(start=START).listings


def symbols(listings: Listings, **fields: str) -> list[str]:
    return [listing.instrument.symbol for listing in listings.find(**fields)]  # type: ignore[arg-type]


def test_every_promised_instrument_is_listed_once_under_its_own_id(listings: Listings) -> None:
    listed = [listing.instrument.symbol for listing in listings]
    assert set(listed) >= STOCKS | FUNDS | EUROPEANS | OTHERS
    assert len(listed) == len(set(listed)) == len({listing.instrument.con_id for listing in listings})


@pytest.mark.parametrize(
    ("day", "front"),
    [("2026-11-22", "ESZ6"), ("2026-12-18", "ESZ6"), ("2026-12-19", "ESH7"), ("2027-03-20", "ESM7")],
)
def test_the_front_month_follows_the_clock(day: str, front: str) -> None:
    start = datetime.fromisoformat(f"{day}T12:00+00:00")
    months = symbols(Exchange(start=start).listings, root="ES", sec_type="FUT")
    assert (months[0], len(months)) == (front, 9)


def test_a_future_is_described_as_ib_does(listings: Listings) -> None:
    (listing,) = listings.find(root="ES", sec_type="FUT", expiry="202612")
    future = listing.instrument
    assert (future.symbol, future.local_symbol, future.expiry) == ("ESZ6", "ESZ6", "20261218")
    assert (future.multiplier, future.tick) == (Decimal(50), Decimal("0.25"))
    assert (future.exchange, future.trading_class) == ("CME", "ES")
    assert [symbols(listings, root=root)[0] for root in ("NQ", "CL")] == ["NQZ6", "CLF7"]


def test_crude_oil_ends_three_business_days_before_the_25th_of_the_month_before() -> None:
    (front, *_) = Exchange(start=datetime(2026, 11, 20, 12, tzinfo=UTC)).listings.find(root="CL")
    assert (front.instrument.symbol, front.instrument.expiry) == ("CLZ6", "20261120")


def test_a_currency_pair_has_its_base_as_root(listings: Listings) -> None:
    (listing,) = listings.find(root="EUR", sec_type="CASH", exchange="IDEALPRO", currency="USD")
    assert (listing.instrument.symbol, listing.instrument.con_id) == ("EUR.USD", 12087792)
    (yen,) = listings.find(root="USD", sec_type="CASH", currency="JPY")
    assert (yen.instrument.tick, yen.instrument.decimals) == (Decimal("0.005"), 3)


def test_find_needs_every_field_to_agree(listings: Listings) -> None:
    assert (
        symbols(listings, root="aapl", exchange="SMART")
        == symbols(listings, root="AAPL", exchange="NASDAQ")
        == ["AAPL"]
    )
    assert symbols(listings, root="AAPL", exchange="CME") == symbols(listings, root="AAPL", currency="EUR") == []
    assert symbols(listings, root="ES", expiry="20261218") == symbols(listings, local_symbol="ESZ6") == ["ESZ6"]
    assert symbols(listings, root="JPM", primary_exchange="NASDAQ") == symbols(listings, root="NOPE") == []
    (apple,) = listings.find(con_id=265598)
    assert apple == listings.by_con_id(265598)
    assert listings.by_con_id(1) is None


def test_matching_puts_the_symbol_before_the_name(listings: Listings) -> None:
    found = [listing.instrument.symbol for listing in listings.matching("am")]
    assert found == ["AMZN", "AMD", "BAC", "PG"]
    assert [listing.instrument.symbol for listing in listings.matching("microsoft")] == ["MSFT"]
    assert listings.matching("") == listings.matching("zzz") == []


def test_there_are_enough_stocks_and_each_type(listings: Listings) -> None:
    assert len(symbols(listings, sec_type="STK")) >= 60
    assert len(symbols(listings, sec_type="BOND")) == 2
    assert {listing.instrument.currency for listing in listings.find(sec_type="STK")} == {"USD", "EUR", "GBP"}


def test_some_market_data_are_late_or_not_allowed(listings: Listings) -> None:
    assert [listing.instrument.symbol for listing in listings if listing.delayed_only] == ["BMW", "OR"]
    assert [listing.instrument.symbol for listing in listings if not listing.permitted] == ["ULVR"]


def test_a_pair_without_dollars_moves_as_the_two_through_the_dollar() -> None:
    exchange = Exchange(start=START)
    through = {}
    for symbol in ("EUR", "GBP"):
        (pair,) = exchange.listings.find(root=symbol, sec_type="CASH", currency="USD")
        through[symbol] = exchange.history(pair.instrument.con_id, end=START, seconds=86400, bar=3600)
    (cross,) = exchange.listings.find(root="EUR", sec_type="CASH", currency="GBP")
    direct = exchange.history(cross.instrument.con_id, end=START, seconds=86400, bar=3600)
    for euro, pound, both in zip(through["EUR"], through["GBP"], direct, strict=True):
        assert both.close == pytest.approx(euro.close / pound.close, rel=2e-4)


def test_a_stock_near_a_dollar_has_finer_prices_below_it(listings: Listings) -> None:
    (listing,) = listings.find(root="PLUG")
    grid = listing.grid()
    assert grid.price(grid.nearest(0.51234)) == 0.5123
    assert grid.price(grid.nearest(1.85678)) == 1.86
    assert grid.price(grid.ticks(Decimal(1)) - 1) == 0.9999
    assert grid.price(grid.ticks(Decimal(1)) + 1) == 1.01
    assert grid.fits(Decimal("0.5123"))
    assert not grid.fits(Decimal("1.8512"))
