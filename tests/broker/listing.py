"""Instruments that a gateway lists besides its own."""

from __future__ import annotations

from msgspec.structs import replace

from ibtui.gateway.server import Gateway

DETAILS, MARKET_RULE = 9, 91


def list_another(gateway: Gateway, symbol: str, name: str, exchange: str) -> int:
    """List a second stock under a symbol that is taken; its contract id."""
    listings = gateway.backend.exchange.listings
    (first,) = listings.find(root=symbol, sec_type="STK")
    instrument = replace(first.instrument, con_id=first.instrument.con_id + 1, name=name, primary_exchange=exchange)
    listings.replace(replace(first, instrument=instrument))
    return instrument.con_id


def list_stock(gateway: Gateway, symbol: str, name: str) -> int:
    """List a stock in dollars under a symbol that no other stock has; its contract id."""
    listings = gateway.backend.exchange.listings
    (first,) = listings.find(root="AAPL", sec_type="STK")
    con_id = 1_000_000 + sum(map(ord, symbol))
    described = {"con_id": con_id, "symbol": symbol, "root": symbol, "local_symbol": symbol, "name": name}
    listings.replace(replace(first, instrument=replace(first.instrument, **described)))
    return con_id
