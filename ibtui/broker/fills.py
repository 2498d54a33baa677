"""Executions and their commissions, each told once as it comes; repetitions and corrections keep their id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from typing import Any

from ibtui.broker.contracts import Contracts
from ibtui.broker.marks import side_of
from ibtui.broker.numbers import decimal
from ibtui.broker.orders import Orders
from ibtui.domain.combo import combos_filled
from ibtui.domain.event import Commissioned, Event, Filled
from ibtui.domain.fill import Fill
from ibtui.domain.money import known
from ibtui.domain.order import Order
from ibtui.domain.text import sanitize

LIVE = -1
"""Request id of executions that nobody asked for: they happen now."""


class Fills:
    """Turns executions into fills, whatever comes first: the execution, its order or its commission."""

    def __init__(self, contracts: Contracts, orders: Orders, emit: Callable[[Event], None]) -> None:
        self._contracts = contracts
        self._orders = orders
        self._emit = emit
        self.answer: dict[str, Fill] = {}
        """By execution id, what IB told of since a reconcile began to ask."""
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
            self._orders.traded(ref, contract, execution)
            return
        fill = Fill(
            exec_id=sanitize(execution.execId, 64),
            ref=ref,
            symbol=instrument.symbol,
            side=side_of(execution.side),
            quantity=decimal(execution.shares),
            price=execution.price,
            time=execution.time.astimezone(UTC),
            owner=owner,
        )
        self.answer[fill.exec_id] = fill
        if number == LIVE:
            self._emit(Filled(fill=fill, perm_id=execution.permId or None))
        self._orders.traded(ref, contract, execution)

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
            if fill.ref == order.ref and fill.exec_id >= latest.get(fill.base, fill).exec_id:
                latest[fill.base] = fill
        if order.combo:
            return combos_filled(order.combo, latest.values())
        return sum((fill.quantity for fill in latest.values()), Decimal(0))
