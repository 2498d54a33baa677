"""How a gateway stands, as plain values for a test to look at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ibtui.exchange.told.reports import OrderReport
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.server import Gateway


def snapshot(gateway: Gateway) -> dict[str, Any]:
    """Time (ISO 8601, UTC), connected client ids, accounts in their currency, and every open and completed order."""
    backend = gateway.backend
    exchange = backend.exchange
    return {
        "now": exchange.now.isoformat(),
        "clients": sorted(gateway.client_ids),
        "accounts": [_account(backend, account) for account in exchange.accounts],
        "orders": [_order(backend, report) for report in (*exchange.orders(), *exchange.completed())],
    }


def _account(backend: Backend, name: str) -> dict[str, Any]:
    state = backend.exchange.account(name)
    return {
        "id": state.id,
        "currency": state.currency,
        "cash": state.cash,
        "net_liquidation": state.net_liquidation,
        "realized_pnl": state.realized_pnl,
        "unrealized_pnl": state.unrealized_pnl,
        "positions": [
            {
                "symbol": backend.instrument(position.con_id).symbol,
                "con_id": position.con_id,
                "quantity": float(position.quantity),
                "average_cost": position.average_cost,
            }
            for position in state.positions.values()
            if position.quantity
        ],
    }


def _order(backend: Backend, report: OrderReport) -> dict[str, Any]:
    placed = backend.registry.by_perm_id(report.perm_id)
    ticket = report.ticket
    return {
        "client": placed.client_id,
        "order_id": placed.order_id,
        "perm_id": report.perm_id,
        "symbol": backend.instrument(ticket.con_id).symbol,
        "side": str(ticket.side),
        "quantity": float(ticket.quantity),
        "type": ticket.type,
        "limit_price": _number(ticket.limit_price),
        "stop_price": _number(ticket.stop_price),
        "status": report.state,
        "filled": float(report.filled),
        "average_price": report.average_price if report.filled else None,
    }


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)
