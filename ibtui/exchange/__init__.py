"""A simulated exchange: instruments, prices, order rules, accounts; no sockets, its own clock."""

from ibtui.exchange.account import AccountState, PositionState, Preview
from ibtui.exchange.instruments import Listing, Listings
from ibtui.exchange.market import Exchange
from ibtui.exchange.refusal import Refused

__all__ = ["AccountState", "Exchange", "Listing", "Listings", "PositionState", "Preview", "Refused"]
