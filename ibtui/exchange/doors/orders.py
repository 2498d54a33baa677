"""Orders as clients hand them in, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ibtui.domain.order import Side
from ibtui.exchange.accounts.account import WhatIf
from ibtui.exchange.doors.door import ExchangeDoor
from ibtui.exchange.orders.order import WorkingOrder
from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.reports import ClientOrder, Execution, OrderReport


class OrderDoor(ExchangeDoor):
    """Hands orders in; what becomes of them is reported to whoever listens."""

    def place(self, ticket: ClientOrder) -> int:
        """Take an order and return its number; what becomes of it, a rejection too, is reported.

        An order with `transmit` False is held in silence (state PendingSubmit) until one of its bracket is sent. Raises
        Refused for what is no order at all: unknown account, contract, parent, type, or a number missing.
        """
        perm_id = self._parts.entry.place(ticket)
        self._parts.outbox.deliver()
        return perm_id

    def modify(self, perm_id: int, ticket: ClientOrder) -> None:
        """Change an open order, or send a held one by `transmit`; see `ibtui.exchange.orders.entry`."""
        self._parts.entry.modify(perm_id, ticket)
        self._parts.outbox.deliver()

    def cancel(self, perm_id: int) -> None:
        """Cancel an open order, with the children of an unfilled parent; children of a partly filled one shrink.

        A sibling stays. Raises Refused: 10147 when the order is not known, 10148 when it has ended.
        """
        self._parts.entry.cancel(perm_id)
        self._parts.outbox.deliver()

    def forget(self, perm_id: int) -> None:
        """Lose an open order without a word: it is in no list any more. Raises Refused(10147) for one that is not open.

        Nobody has reported that IB does this; a client must bear it.
        """
        order = self._parts.orders.get(perm_id)
        if order is None or order.done:
            raise Refused(10147, f"OrderId {perm_id} that needs to be cancelled is not found.")
        self._parts.orders.forget(order)

    def liquidate(self, account: str, con_id: int, quantity: Decimal | None = None) -> int:
        """Close a position at market as IB does where an account lacks margin, all or so much; the order's number.

        Raises Refused where so much is not held. What else IB does then, to working orders too, is not played.
        """
        held = self._parts.ledger(account).quantity(con_id)
        wanted = abs(held) if quantity is None else quantity
        if not 0 < wanted <= abs(held):
            raise Refused(322, "Error processing request.-'bW' : cause - No such position to liquidate")
        side = Side.SELL if held > 0 else Side.BUY
        return self.place(
            ClientOrder(
                account=account,
                con_id=con_id,
                side=side,
                quantity=wanted,
                type="MKT",
                outside_rth=True,
                liquidation=True,
            )
        )

    def exercise(self, account: str, con_id: int, quantity: Decimal, *, override: bool = False) -> None:
        """Exercise options now; see `ibtui.exchange.orders.expiry`."""
        self._parts.expiry.exercise(account, con_id, quantity, override=override)
        self._parts.outbox.deliver()

    def lapse(self, account: str, con_id: int, quantity: Decimal) -> None:
        """Let options of an account expire now instead of on their last day."""
        self._parts.expiry.lapse(account, con_id, quantity)
        self._parts.outbox.deliver()

    def order(self, perm_id: int) -> OrderReport | None:
        """How an order stands; None when the exchange never had it."""
        order = self._parts.orders.get(perm_id)
        return order.report() if order else None

    def orders(self, account: str = "") -> list[OrderReport]:
        """Open orders, oldest first, the held ones too (PendingSubmit); of every account when none is named."""
        return [order.report() for order in self._of(account, self._parts.orders.open())]

    def completed(self, account: str = "") -> list[OrderReport]:
        """Orders that ended in this session, in the order they did."""
        return [order.report() for order in self._of(account, self._parts.orders.ended())]

    def executions(self, account: str = "") -> list[Execution]:
        """Executions of this session, oldest first."""
        if account:
            self._parts.ledger(account)
        return [fill for fill in self._parts.clearing.executions() if account in ("", fill.account)]

    def preview(self, ticket: ClientOrder) -> WhatIf:
        """What an order would cost and bind; raises Refused where it would be rejected for anything but money."""
        return self._parts.entry.preview(ticket)

    def _of(self, account: str, orders: Iterable[WorkingOrder]) -> list[WorkingOrder]:
        if account:
            self._parts.ledger(account)
        return [order for order in orders if account in ("", order.ticket.account)]
