"""An order, the facts it meets and the gate's word on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ibtui.config import Limits
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderIntent, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType
from ibtui.risk.facts import Facts
from ibtui.risk.gate import check
from tests.flat_orders import flat_order

LIMITS = Limits()
AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")
QUOTE = Quote(symbol="AAPL", bid=187.40, ask=187.42, last=187.41, received=100.0)


def intent(**changes: Any) -> OrderIntent:
    fields: dict[str, Any] = {
        "ref": "aaaaaaaaaaaa",
        "owner": "you",
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(100),
        "type": OrderType.LMT,
        "limit_price": Decimal("187.25"),
    }
    return flat_order(OrderIntent, fields | changes)


def market(side: Side = Side.BUY, quantity: str = "100", **changes: Any) -> OrderIntent:
    return intent(type=OrderType.MKT, limit_price=None, side=side, quantity=Decimal(quantity), **changes)


def facts(**changes: Any) -> Facts:
    fields: dict[str, Any] = {
        "connection": "active",
        "halted": False,
        "read_only": False,
        "instrument": AAPL,
        "quote": QUOTE,
        "now": 100.5,
        "held": Decimal(0),
    }
    return Facts(**(fields | changes))


def order(**changes: Any) -> Order:
    fields: dict[str, Any] = {
        "ref": "bbbbbbbbbbbb",
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(100),
        "type": "LMT",
        "limit_price": Decimal("187.25"),
        "status": OrderStatus.WORKING,
    }
    return flat_order(Order, fields | changes)


def code(wish: OrderIntent, world: Facts, limits: Limits = LIMITS) -> str | None:
    refusal = check(wish, world, limits)
    return None if refusal is None else refusal.code
