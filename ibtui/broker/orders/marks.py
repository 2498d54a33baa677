"""What a message of IB says about whose it is, and whether that agrees with what is known of an order.

Permanent ids, order ids and references can all be met twice: a gateway that began anew gives its numbers out again, and
a person who clones an order in TWS copies its reference. So all that a message carries must agree.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import Struct

from ibtui.broker.orders.amounts import whole
from ibtui.domain.order import Side, parse_order_ref
from ibtui.domain.text.sanitize import sanitize

_NO_ID = 2**31 - 1
"""What IB writes where there is no order id."""


class Marks(Struct, frozen=True, kw_only=True):
    """What a message carries of an order's identity; 0, None and empty where it carries nothing."""

    perm_id: int = 0
    client_id: int | None = None
    """Of the client that placed the order; a status carries that of a client which cancelled it."""
    order_id: int = 0
    described: bool = False
    """It carries reference, contract and side: openOrder, completedOrder, execDetails."""
    execution: bool = False
    """Its contract and side can be those of a combo's leg."""
    reference: str = ""
    con_id: int = 0
    bag: bool = False
    """Its contract is a combo, which has no contract id of its own."""
    side: Side | None = None
    quantity: Decimal | None = None
    """What was ordered; only completedOrder is known by it, which carries neither client nor order id."""

    @property
    def ref(self) -> str | None:
        """The ref of ours that the reference names; None for another program's, or for none."""
        parsed = parse_order_ref(self.reference)
        return None if parsed is None else parsed[1]


def of_order(contract: Any, order: Any, order_id: int, client_id: int | None) -> Marks:
    """The marks of a description: openOrder, or completedOrder, which has neither order id nor client id."""
    return Marks(
        perm_id=order.permId,
        client_id=client_id,
        order_id=order_id,
        described=True,
        reference=sanitize(order.orderRef, 64),
        con_id=0 if contract.secType == "BAG" else contract.conId,
        bag=contract.secType == "BAG",
        side=side_of(order.action),
        quantity=whole(order) if client_id is None else None,
    )


def of_execution(contract: Any, execution: Any) -> Marks:
    """What an execution says about the order that it belongs to."""
    number = execution.orderId
    return Marks(
        perm_id=execution.permId,
        client_id=execution.clientId,
        order_id=number if 0 < number < _NO_ID else 0,
        described=True,
        execution=True,
        reference=sanitize(execution.orderRef, 64),
        con_id=0 if contract.secType == "BAG" else contract.conId,
        bag=contract.secType == "BAG",
        side=side_of(execution.side),
    )


def side_of(word: str) -> Side:
    """Of IB's BUY, SELL, SSHORT, BOT and SLD."""
    return Side.BUY if word.upper().startswith("B") else Side.SELL
