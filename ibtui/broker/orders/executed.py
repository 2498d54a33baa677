"""What executions and their corrections say of the orders they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ibtui.broker.numbers import decimal
from ibtui.broker.orders.amounts import figure, impossible
from ibtui.broker.orders.book import OrderRecord
from ibtui.broker.orders.reasons import Why
from ibtui.broker.orders.standing import OrderStanding
from ibtui.domain.order import TAKEN_BACK, OrderStatus

_TAKEN_BACK = {
    (OrderStatus.FILLED, True): OrderStatus.PARTLY_FILLED,
    (OrderStatus.FILLED, False): OrderStatus.UNKNOWN,
    (OrderStatus.PARTLY_FILLED, True): OrderStatus.PARTLY_FILLED,
    (OrderStatus.PARTLY_FILLED, False): OrderStatus.WORKING,
}
"""Where an order stands of which less than all has traded after a correction, by whether anything has."""


@dataclass(eq=False, repr=False)
class ExecutedOrders(OrderStanding):
    """Moves orders by what of them has traded; status reports may be missing, or behind."""

    def traded(self, ref: str, contract: Any, execution: Any, *, fresh: bool, executed: Decimal = Decimal(0)) -> None:
        """An execution moves its order too, since status reports may be missing; that of a combo's leg does not.

        `fresh` is one that was not told before; `executed` is what all of the order's that were told add up to.
        """
        record = self.book.find(ref)
        if record is None:
            return
        self.book.bind(record, None, 0, execution.permId)
        if not _of_whole(record, contract):
            return
        total = figure(execution.cumQty) or Decimal(0)
        if record.corrected:
            total = record.order.filled + (decimal(execution.shares) if fresh else 0)
        words = impossible(record.order, max(total, executed))
        if words:
            self._doubted(record, words)
        elif total > record.order.filled:
            average = self._price_of(record, execution.avgPrice)
            self._fill(record, total, None if record.corrected else average)

    def corrected(self, ref: str, contract: Any, difference: Decimal, executed: Decimal) -> None:
        """IB corrected an execution by so much: what its order has traded follows, and whether it works is asked.

        It is never less than the executions that were told, as `executed` adds them up.
        """
        record = self.book.find(ref)
        if record is None or not _of_whole(record, contract):
            return
        record.corrected = True
        order, filled = record.order, max(record.order.filled + difference, executed)
        status = order.status
        if filled < order.quantity and status.traded:
            status = _TAKEN_BACK[status, bool(filled)]
        reason = TAKEN_BACK if order.status is OrderStatus.FILLED is not status else ""
        self._change(record, status, filled=filled, reason=reason, why=Why.QUESTION, force=True)
        self.doubt()


def _of_whole(record: OrderRecord, contract: Any) -> bool:
    """Whether an execution is of the order's own contract and not of a combo's leg."""
    return contract is None or (0 if contract.secType == "BAG" else contract.conId) == record.con_id
