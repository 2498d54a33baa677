"""Markets and profiles that hold still, so that a test knows what trades."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from ibtui.broker import Session
from ibtui.config import Limits
from ibtui.gateway.server import Gateway
from tests.broker.sessions import QUICK

AAPL = 265598
BID, ASK = 187.40, 187.42

CALM: dict[str, Any] = {"limits": Limits(quote_age=60), "session_type": partial(Session, timings=QUICK)}
"""For engines on a held book, which does not tick, that should reconnect soon."""


def hold(gateway: Gateway, bid: float = BID, ask: float = ASK, size: float = 10_000) -> None:
    """Show one AAPL book and keep it."""
    gateway.backend.exchange.set_book(AAPL, bid=bid, ask=ask, bid_size=size, ask_size=size)


def placed(gateway: Gateway) -> int:
    """How many orders the exchange ever got."""
    exchange = gateway.backend.exchange
    refs = {report.perm_id for report in (*exchange.orders(), *exchange.completed())}
    return len(refs)


def held(gateway: Gateway, account: str = "DU1234567") -> Decimal:
    """What the exchange says the account holds of AAPL."""
    position = gateway.backend.exchange.account(account).positions.get(AAPL)
    return Decimal(0) if position is None else position.quantity
