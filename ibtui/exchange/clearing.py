"""Clearing: a fill becomes a commission, a change of the account, and an execution."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ibtui.domain.commission import commission
from ibtui.exchange.account import Ledger
from ibtui.exchange.calendar import moment
from ibtui.exchange.orders import WorkingOrder
from ibtui.exchange.reports import Execution, PositionReport, Report


class Clearing:
    """Books every fill and numbers the executions."""

    def __init__(self, ledgers: dict[str, Ledger], emit: Callable[[Report], None], start: int) -> None:
        self._ledgers, self._emit = ledgers, emit
        self._series = start // 1_000_000
        self._count = 0
        self._executions: list[Execution] = []

    def executions(self) -> list[Execution]:
        """Executions of the session, oldest first."""
        return list(self._executions)

    def begin_session(self) -> None:
        """Start a new list of executions."""
        self._executions.clear()

    def fill(self, order: WorkingOrder, quantity: Decimal, ticks: int, time: int) -> None:
        """Enter a fill into the order and its account, and report the execution."""
        price = order.venue.grid.price(ticks)
        order.filled += quantity
        order.cost += float(quantity) * price
        order.last_price, order.time = price, time
        execution = self._execution(order, quantity, price)
        self._executions.append(execution)
        self._emit(execution)

    def tell_position(self, order: WorkingOrder) -> None:
        """Report what the order's account now holds of its contract."""
        ledger = self._ledgers[order.ticket.account]
        holding = ledger.holdings[order.venue.con_id]
        self._emit(
            PositionReport(
                account=ledger.id,
                con_id=order.venue.con_id,
                quantity=holding.quantity,
                average_cost=holding.average_cost,
            )
        )

    def _execution(self, order: WorkingOrder, quantity: Decimal, price: float) -> Execution:
        """Charge what the whole order's commission grew by and enter the trade."""
        instrument = order.venue.listing.instrument
        whole = commission(instrument, float(order.filled), order.average_price)
        charge, order.commission = round(whole - order.commission, 2), whole
        realized = self._ledgers[order.ticket.account].trade(order.venue, quantity * order.side.sign, price, charge)
        self._count += 1
        return Execution(
            exec_id=f"{self._series:08x}.{self._count:08x}.01.01",
            perm_id=order.perm_id,
            account=order.ticket.account,
            con_id=order.venue.con_id,
            side=order.side,
            quantity=quantity,
            price=price,
            cumulative=order.filled,
            average_price=order.average_price,
            time=moment(order.time),
            exchange=instrument.primary_exchange or instrument.exchange,
            commission=charge,
            realized_pnl=realized,
        )
