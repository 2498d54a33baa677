"""A simulated exchange: instruments, prices, order rules, accounts; no sockets, its own clock."""

from ibtui.exchange.accounts.account import AccountState, PositionState, WhatIf
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.listed.instruments import Listing, Listings
from ibtui.exchange.refusal import Refused

__all__ = ["AccountState", "Exchange", "Listing", "Listings", "PositionState", "Refused", "WhatIf"]
