"""Listings of an exchange that tests of market data ask for."""

from __future__ import annotations

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.listed.instruments import Listing


def nearest(exchange: Exchange) -> Listing:
    """A call on SPY near the money, some weeks from its end."""
    price = exchange.tick(756733).last
    calls = exchange.listings.find(root="SPY", sec_type="OPT", right="C", expiry="202612")
    return min(calls, key=lambda listing: abs(float(listing.instrument.strike) - price))


def flagged(exchange: Exchange, *, delayed: bool) -> Listing:
    """A listing without live data: with delayed data, or with none at all."""
    return next(one for one in exchange.listings if (one.delayed_only if delayed else not one.permitted))
