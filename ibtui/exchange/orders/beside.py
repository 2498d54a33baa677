"""What moves positions beside trading: the end of contracts, and what companies do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ibtui.exchange.accounts.account import Ledger
from ibtui.exchange.listed.instruments import Listings
from ibtui.exchange.markets.market import Market
from ibtui.exchange.orders.matching import Matching
from ibtui.exchange.orders.order import ExchangeOrders
from ibtui.exchange.told.reports import Report


@dataclass(eq=False, repr=False)
class BesideTrading:
    """Reaches what is listed, its markets, the books of accounts, and orders; `emit` tells what became of them."""

    listings: Listings
    market: Callable[[int], Market]
    ledgers: Mapping[str, Ledger]
    orders: ExchangeOrders
    matching: Matching
    emit: Callable[[Report], None]
