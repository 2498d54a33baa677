"""Executions and their commissions, each told once as it comes; repetitions and corrections keep their id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from typing import Any

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.numbers import decimal
from ibtui.broker.orders.marks import side_of
from ibtui.broker.orders.tracking import OrderTracker
from ibtui.domain.combo import combos_filled
from ibtui.domain.event import Commissioned, Event, Filled
from ibtui.domain.fill import LIQUIDATION, Fill
from ibtui.domain.instrument import traded_price
from ibtui.domain.money import known
from ibtui.domain.order import FOREIGN, Order
from ibtui.domain.text.sanitize import sanitize

LIVE = -1
"""Request id of executions that nobody asked for: they happen now."""


class FillReader:
    """Turns executions into fills, whatever comes first: the execution, its order or its commission."""

    def __init__(self, contracts: Contracts, orders: OrderTracker, emit: Callable[[Event], None]) -> None:
        self._contracts = contracts
        self._orders = orders
        self._emit = emit
        self.answer: dict[str, Fill] = {}
        """By execution id, what IB told of since a reconcile began to ask."""
        self._latest: dict[tuple[str, str], Fill] = {}
        """By ref and base, every execution as it was corrected last."""
        self._executed: dict[str, Decimal] = {}
        """By ref, what those add up to; of a combo that is all of its legs."""
        self._wholes: set[str] = set()
        """Execution ids of whole combos, whose legs' executions are the fills."""

    def executed(self, number: int, contract: Any, execution: Any) -> None:
        """An execution: live, or part of an answer; an answered one is told with the whole answer."""
        if execution.acctNumber not in ("", self._orders.account):
            return
        instrument = self._contracts.meet(contract)
        ref, owner = self._orders.owner(contract, execution, instrument.symbol)
        if contract.secType == "BAG":
            self._wholes.add(sanitize(execution.execId, 64))
            self._orders.traded(ref, contract, execution, fresh=True)
            return
        fill = Fill(
            exec_id=sanitize(execution.execId, 64),
            ref=ref,
            symbol=instrument.symbol,
            side=side_of(execution.side),
            quantity=decimal(execution.shares),
            price=self._price(execution, contract.secType),
            time=execution.time.astimezone(UTC),
            owner=owner,
            source=source(execution, owner),
        )
        self._wholes.discard(fill.exec_id)
        self.answer[fill.exec_id] = fill
        if number == LIVE:
            self._emit(Filled(fill=fill, perm_id=execution.permId or None))
        self._count(fill, contract, execution)

    def _count(self, fill: Fill, contract: Any, execution: Any) -> None:
        """Move the order: by a new execution, by a correction, and not by one that was overtaken."""
        known = self._latest.get((fill.ref, fill.base))
        if known is not None and fill.revision < known.revision:
            return
        self._latest[fill.ref, fill.base] = fill
        executed = self._executed[fill.ref] = (
            self._executed.get(fill.ref, Decimal(0)) + fill.quantity - (known.quantity if known is not None else 0)
        )
        if known is not None and fill.quantity != known.quantity:
            self._orders.corrected(fill.ref, contract, fill.quantity - known.quantity, executed)
        else:
            self._orders.traded(fill.ref, contract, execution, fresh=known is None, executed=executed)

    def _price(self, execution: Any, sec_type: str) -> float:
        """The price of an execution, or the order's average where it has none; 0 where neither is known."""
        price = traded_price(execution.price, sec_type)
        return price if price is not None else traded_price(execution.avgPrice, sec_type) or 0.0

    def commissioned(self, report: Any) -> None:
        """A commission report; IB writes the largest double as realized profit of an opening trade."""
        commission = known(report.commission)
        if commission is None or report.execId in self._wholes:
            return
        self._emit(
            Commissioned(
                exec_id=sanitize(report.execId, 64),
                commission=commission,
                currency=sanitize(report.currency, 8),
                realized_pnl=known(report.realizedPNL),
            )
        )

    def traded(self, order: Order) -> Decimal:
        """Quantity that the fills of an order add up to; of corrections of one execution the last counts."""
        latest: dict[str, Fill] = {}
        for fill in self.answer.values():
            if fill.ref == order.ref and fill.revision >= latest.get(fill.base, fill).revision:
                latest[fill.base] = fill
        if order.combo:
            return combos_filled(order.combo, latest.values())
        return sum((fill.quantity for fill in latest.values()), Decimal(0))


def source(execution: Any, owner: str) -> str:
    """Who traded what is not ours; IB marks an execution by which it liquidates an account that lacks margin."""
    if execution.liquidation:
        return LIQUIDATION
    if owner != FOREIGN:
        return ""
    return f"client {execution.clientId}" if execution.clientId else "TWS"
