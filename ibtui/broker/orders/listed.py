"""What a complete answer of IB says of orders: those that it lists, and those that it should and does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from ibtui.broker.orders.amounts import disagree
from ibtui.broker.orders.book import OrderRecord
from ibtui.broker.orders.executed import ExecutedOrders
from ibtui.broker.orders.reasons import ReasonNews, Why
from ibtui.domain.order import UNLISTED, Order, OrderStatus

UNANSWERED = 5.0
"""Seconds within which IB may simply not have answered a new order or a change yet."""


@dataclass(eq=False, repr=False)
class ListedOrders(ExecutedOrders):
    """Keeps the newest answers, and settles every order by them once they are whole."""

    def __post_init__(self) -> None:
        self.open_answer: dict[str, OrderRecord] = {}
        """By ref, what IB described since a reconcile began to ask for open orders."""
        self.completed_answer: dict[str, OrderRecord] = {}
        self.listed = False
        """IB has listed all open orders on this connection."""

    def reported(self) -> dict[str, Decimal]:
        """By ref, how much has traded of the orders of the newest answers as IB's own reports say."""
        answers = (self.open_answer | self.completed_answer).items()
        return {ref: record.reported for ref, record in answers if record.reported is not None}

    def _compare(self, record: OrderRecord, executed: Decimal) -> None:
        """After a complete answer: what reports and executions say must agree, or it is said that they do not.

        Where both say less than what is shown, it has shrunk.
        """
        reported, order = record.reported, record.order
        if reported is None:
            return
        if reported == order.filled:
            record.gap = None
            self._change(record, order.status, said=frozenset({ReasonNews.AGREED}))
        elif reported == executed < order.filled:
            self.corrected(order.ref, None, reported - order.filled, executed)
        elif record.gap == (reported, order.filled):
            self._change(record, order.status, reason=disagree(order, reported), why=Why.DOUBT)
        else:
            self._ask_about(record, reported)

    def settle(self, began: float, traded: Callable[[Order], Decimal]) -> None:
        """Draw the conclusions of a complete reconcile that began at `began`; `traded` adds up an order's fills."""
        self.listed = True
        for record in (self.open_answer | self.completed_answer).values():
            self._compare(record, traded(record.order))
            if record.order.live:
                self._change(record, record.order.status, said=frozenset({ReasonNews.WHOLE}))
        for record in self.book.all():
            if record.order.status.done:
                continue
            record.parent_over = True
            if record.order.ref not in self.open_answer and not self._fresh(record, began):
                self._missing(record, traded(record.order))
            elif record.order.status is OrderStatus.WAITING and record.said:
                self._report(record, record.said)

    def open_orders(self) -> Iterator[Order]:
        """Live orders of the newest answer."""
        for record in self.book.all():
            if record.order.live and record.order.ref in self.open_answer:
                yield record.order

    def awaited(self, began: float) -> Iterator[str]:
        """Refs of ours that may still be on their way to where IB lists them."""
        for record in self.book.all():
            if record.order.live and record.order.ref not in self.open_answer and self._fresh(record, began):
                yield record.order.ref

    def ended_orders(self) -> Iterator[Order]:
        """Orders of the newest answers that have ended."""
        for record in (self.open_answer | self.completed_answer).values():
            if record.order.status.done:
                yield record.order

    def _fresh(self, record: OrderRecord, began: float) -> bool:
        """Too new for its absence from an answer to mean anything."""
        if record.held_back and record.order.status is OrderStatus.WAITING:
            return True  # TWS keeps it to itself: nowhere else is it listed
        pending = record.context == "new" and not record.refused
        return record.since >= began or (pending and record.since >= began - UNANSWERED)

    def _missing(self, record: OrderRecord, filled: Decimal) -> None:
        """A live order that IB lists nowhere."""
        order = record.order
        if filled >= order.quantity > 0:
            self._change(record, OrderStatus.FILLED, filled=filled)
        elif record.refused and filled == 0:
            self._change(record, OrderStatus.REJECTED, reason=order.reason, why=Why.END)
        elif _spoken_of(record):  # whether any other ever arrived is judged by who knows under what id it was sent
            self._change(record, OrderStatus.UNKNOWN, reason=order.reason or UNLISTED, why=Why.QUESTION)


def _spoken_of(record: OrderRecord) -> bool:
    """IB has said something of it: it arrived."""
    return bool(record.order.perm_id or record.said or record.order.filled)
