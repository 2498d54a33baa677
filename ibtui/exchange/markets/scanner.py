"""Market scanners: TWS's scan codes over what is listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ibtui.exchange.listed.instruments import Listing, Listings
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.markets import Markets
from ibtui.exchange.refusal import Refused

MOST_ROWS = 50
"""Rows of one scan, as at IB."""


class Scan(NamedTuple):
    """What to look for; prices in the instrument's currency, volume in units."""

    code: str
    location: str
    instrument: str
    above_price: float
    below_price: float
    above_volume: int
    rows: int


def scan(wanted: Scan, listings: Listings, markets: Markets) -> list[Listing]:
    """The listings that fit, ranked by the scan's code, best first; at most 50.

    Raises Refused(162) for a code, an instrument type or a location that is not known. Locations: STK.US and what is
    below it, STK.EU and its exchanges, FUT.US, IND.US.
    """
    rank = CODES.get(wanted.code)
    if rank is None or wanted.instrument not in _TYPES or not _known(wanted.location):
        raise Refused(162, f"Historical Market Data Service error message:Scanner {wanted.code} is not available")
    looked_at = [markets.peek(listing.instrument.con_id) for listing in listings if _listed_there(wanted, listing)]
    found = [market for market in looked_at if _passes(wanted, market)]
    found.sort(key=rank, reverse=True)
    return [market.listing for market in found[: max(0, min(wanted.rows, MOST_ROWS))]]


def _change(market: Market) -> float:
    return market.grid.price(market.last) / market.grid.price(market.session.close) - 1


def _since_open(market: Market) -> float:
    return market.grid.price(market.last) / market.grid.price(market.session.open) - 1


def _range(market: Market) -> float:
    return market.grid.price(market.session.high) / market.grid.price(market.session.low) - 1


def _gap(market: Market) -> float:
    return market.grid.price(market.session.open) / market.grid.price(market.session.close) - 1


def _money(market: Market) -> float:
    return market.size(market.session.volume) * market.middle()


CODES: dict[str, Callable[[Market], float]] = {
    "TOP_PERC_GAIN": _change,
    "TOP_PERC_LOSE": lambda market: -_change(market),
    "MOST_ACTIVE": lambda market: market.session.volume,
    "MOST_ACTIVE_USD": _money,
    "TOP_VOLUME_RATE": lambda market: market.behaviour.lots * market.behaviour.lot,
    "TOP_TRADE_COUNT": lambda market: market.behaviour.trades,
    "TOP_TRADE_RATE": lambda market: market.behaviour.trades,
    "HOT_BY_VOLUME": lambda market: market.session.volume / (market.behaviour.lots * market.behaviour.lot),
    "HOT_BY_PRICE": lambda market: abs(_change(market)),
    "HOT_BY_PRICE_RANGE": _range,
    "TOP_PRICE_RANGE": _range,
    "TOP_OPEN_PERC_GAIN": _since_open,
    "TOP_OPEN_PERC_LOSE": lambda market: -_since_open(market),
    "HIGH_OPEN_GAP": _gap,
    "LOW_OPEN_GAP": lambda market: -_gap(market),
}
"""How each scan ranks, highest first."""

_TYPES = {"STK": "STK", "STOCK.EU": "STK", "ETF.EQ.US": "STK", "FUT.US": "FUT", "IND.US": "IND"}
_US = ("STK.US", "STK.US.MAJOR", "STK.US.MINOR")
_OTHERS = ("STK.EU", "FUT.US", "FUT.CME", "FUT.NYMEX", "FUT.COMEX", "IND.US", "ETF.EQ.US")
_EXCHANGES = {"STK.EU.IBIS": "IBIS", "STK.EU.SBF": "SBF", "STK.EU.LSE": "LSE", "STK.EU.AEB": "AEB"} | {
    f"STK.{name}": name for name in ("NASDAQ", "NYSE", "AMEX", "ARCA")
} | {f"STK.NASDAQ.{name}": "NASDAQ" for name in ("NMS", "SCM")}  # fmt: skip


def _known(location: str) -> bool:
    return location in (*_US, *_EXCHANGES, *_OTHERS)


def _listed_there(wanted: Scan, listing: Listing) -> bool:
    instrument = listing.instrument
    if instrument.sec_type != _TYPES[wanted.instrument]:
        return False
    if wanted.instrument == "ETF.EQ.US" and listing.stock_type != "ETF":
        return False
    exchange = _EXCHANGES.get(wanted.location)
    if exchange is not None:
        return instrument.primary_exchange == exchange
    if wanted.location.startswith("FUT."):
        return wanted.location == "FUT.US" or instrument.exchange == wanted.location.removeprefix("FUT.")
    return (instrument.currency == "USD") is not wanted.location.startswith("STK.EU")


def _passes(wanted: Scan, market: Market) -> bool:
    price = market.grid.price(market.last)
    return wanted.above_price <= price <= wanted.below_price and market.session.volume >= wanted.above_volume
