"""Clearing: a fill becomes a commission, a change of the account, and an execution."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.order import Side
from ibtui.exchange.accounts.account import Ledger
from ibtui.exchange.accounts.holdings import AccountHolding
from ibtui.exchange.markets.combos import ComboMarket
from ibtui.exchange.markets.market import Market
from ibtui.exchange.moments import moment
from ibtui.exchange.orders.order import WorkingOrder
from ibtui.exchange.told.reports import Execution, Report


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

    @property
    def count(self) -> int:
        """How many executions there have been, corrections left aside."""
        return self._count

    def resume(self, executions: list[Execution], count: int) -> None:
        """Go on after these executions of the session and so many in all."""
        self._executions, self._count = list(executions), count

    def begin_session(self) -> None:
        """Start a new list of executions."""
        self._executions.clear()

    def fill(self, order: WorkingOrder, quantity: Decimal, ticks: int, time: int) -> None:
        """Enter a fill into the order and its account, and report the execution."""
        price = order.market.grid.price(ticks)
        order.filled += quantity
        order.cost += float(quantity) * price
        order.last_price, order.time = price, time
        for execution in self._executed(order, quantity, price):
            self._executions.append(execution)
            self._emit(execution)

    def correct(self, order: WorkingOrder, execution: Execution, quantity: Decimal, price: float) -> None:
        """Report an execution anew, under the next revision of its id; with a quantity of 0 it is busted.

        Its order and its account are as if it had traded like that; its commission stays.
        """
        ledger, sign = self._ledgers[execution.account], execution.side.sign
        ledger.trade(order.market, -execution.quantity * sign, execution.price, 0.0)
        if quantity:
            ledger.trade(order.market, quantity * sign, price, 0.0)
        order.filled += quantity - execution.quantity
        order.cost += float(quantity) * price - float(execution.quantity) * execution.price
        trade, _, revision = execution.exec_id.rpartition(".")
        corrected = replace(
            execution,
            exec_id=f"{trade}.{int(revision, 16) + 1:02x}",
            quantity=quantity,
            price=price,
            cumulative=order.filled,
            average_price=order.average_price,
        )
        self._executions.append(corrected)
        self._emit(corrected)
        self._emit(ledger.report(order.market.con_id))

    def transfer(self, account: str, market: Market, signed: Decimal, price: float) -> None:
        """Bring a position in, or take it away, with no order and no money, as another broker delivers it.

        `price` is what a unit of it cost.
        """
        ledger = self._ledgers[account]
        ledger.holdings.setdefault(market.con_id, AccountHolding(market.listing.instrument)).trade(signed, price, 0.0)
        self._emit(ledger.report(market.con_id))

    def tell_position(self, order: WorkingOrder) -> None:
        """Report what the order's account now holds of its contract, or of a combination's legs."""
        ledger = self._ledgers[order.ticket.account]
        for con_id in [leg.con_id for leg in order.market.listing.legs] or [order.market.con_id]:
            self._emit(ledger.report(con_id))

    def _executed(self, order: WorkingOrder, quantity: Decimal, price: float) -> list[Execution]:
        """The execution of an order; a combination's, without a commission, comes before its legs' with theirs."""
        if not isinstance(order.market, ComboMarket):
            return [self._execution(order, quantity, price)]
        ledger = self._ledgers[order.ticket.account]
        executions = [self._report(order, order.market, quantity * order.side.sign, price, 0.0, None)]
        for leg, signed, leg_price in order.market.apportion(quantity * order.side.sign, price):
            charge = round(ledger.fee(leg.listing.instrument, float(abs(signed)), leg_price), 2)
            realized = ledger.trade(leg, signed, leg_price, charge, order.perm_id)
            executions.append(self._report(order, leg, signed, leg_price, charge, realized))
        return executions

    def _execution(self, order: WorkingOrder, quantity: Decimal, price: float) -> Execution:
        """Charge what the whole order's commission grew by and enter the trade; what was charged is not given back."""
        instrument = order.market.listing.instrument
        ledger = self._ledgers[order.ticket.account]
        whole = ledger.fee(instrument, float(order.filled), order.average_price, of=float(order.filled - quantity))
        whole = max(whole, order.commission)
        charge, order.commission = round(whole - order.commission, 2), whole
        signed = quantity * order.side.sign
        realized = ledger.trade(order.market, signed, price, charge, order.perm_id)
        return self._report(order, order.market, signed, price, charge, realized)

    def _report(
        self, order: WorkingOrder, market: Market, signed: Decimal, price: float, charge: float, realized: float | None
    ) -> Execution:
        """An execution in an order's own market, or in that of one of its legs."""
        instrument, own = market.listing.instrument, market is order.market
        self._count += 1
        return Execution(
            exec_id=f"{self._series:08x}.{self._count:08x}.01.01",
            perm_id=order.perm_id,
            account=order.ticket.account,
            con_id=market.con_id,
            side=Side.BUY if signed > 0 else Side.SELL,
            quantity=abs(signed),
            price=price,
            cumulative=order.filled if own else abs(signed),
            average_price=order.average_price if own else price,
            time=moment(order.time),
            exchange=instrument.primary_exchange or instrument.exchange,
            commission=charge,
            realized_pnl=realized,
            liquidation=order.ticket.liquidation,
        )
