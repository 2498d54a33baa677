"""What moves a position without this program."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.order import Side
from ibtui.exchange.told.reports import ClientOrder
from ibtui.gateway.server import Gateway
from tests.engine.markets import AAPL

ACCOUNT = "DU1234567"


def transfer(gateway: Gateway, quantity: int) -> None:
    """Bring shares in, or take them, with no execution to say so."""
    gateway.backend.exchange.transfer(ACCOUNT, AAPL, Decimal(quantity), 100.0)


def by_others(gateway: Gateway, side: Side, quantity: int) -> None:
    """A trade that no client of the gateway placed."""
    gateway.backend.exchange.place(
        ClientOrder(account=ACCOUNT, con_id=AAPL, side=side, quantity=Decimal(quantity), type="MKT")
    )
