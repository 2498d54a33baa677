"""Accounts: what they hold and are worth, and what comes to them without an order."""

from __future__ import annotations

from decimal import Decimal

from ibtui.exchange.accounts.account import AccountState
from ibtui.exchange.doors.door import ExchangeDoor
from ibtui.exchange.refusal import Refused


class AccountDoor(ExchangeDoor):
    """Tells accounts as they stand, and moves what no order moves."""

    def account(self, account: str) -> AccountState:
        """An account valued now; raises Refused(321) for an unknown one."""
        return self._parts.ledger(account).state()

    def transfer(self, account: str, con_id: int, quantity: Decimal, price: float | None = None) -> None:
        """Bring a position into an account without an order, also one that no order could make: 1.5 shares.

        `quantity` is signed; `price` is what a unit cost, by default what it is worth now.
        """
        market = self._parts.market(con_id)
        self._parts.clearing.transfer(
            self._parts.ledger(account).id, market, quantity, market.mark() if price is None else price
        )
        self._parts.outbox.deliver()

    def correct(self, exec_id: str, quantity: Decimal, price: float | None = None) -> None:
        """Correct an execution of this session, in its newest revision; a quantity of 0 busts it.

        Raises Refused(162) for an execution that there is not, for one of a combination, and for a quantity that is
        more than its order's.
        """
        execution = next((fill for fill in self._parts.clearing.executions() if fill.exec_id == exec_id), None)
        order = self._parts.orders.get(execution.perm_id) if execution is not None else None
        if execution is None or order is None or order.market.con_id != execution.con_id or order.market.listing.legs:
            raise Refused(162, f"There is no execution {exec_id!r} that can be corrected.")
        if not 0 <= order.filled + quantity - execution.quantity <= order.ticket.quantity:
            raise Refused(162, f"Execution {exec_id} cannot be of {quantity}: its order is of {order.ticket.quantity}.")
        self._parts.clearing.correct(order, execution, quantity, execution.price if price is None else price)
        self._parts.outbox.deliver()

    def set_borrowable(self, con_id: int, borrowable: bool) -> None:
        """Make a stock easy or hard to borrow; short sales that were held for it go when it becomes easy."""
        market = self._parts.market(con_id)
        self._parts.locates.say(con_id, not borrowable)
        for order in self._parts.orders.of(market):
            if borrowable and "locate" in order.holds:
                self._parts.matching.waiting.locate(order)
        self._parts.outbox.deliver()
