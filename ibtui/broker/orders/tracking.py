"""Where every order stands, and what each message of IB changes about that.

The client library's own order state is not used: it calls a working order cancelled for over 20 error codes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.errors import (
    CLICK,
    NEVER_SENT_ON,
    NOT_FOUND,
    UNCANCELLABLE,
    UNFOUND,
    Meaning,
    meaning,
    note_words,
    refuses,
    unsure_change,
    why_cancelled,
)
from ibtui.broker.numbers import decimal
from ibtui.broker.orders.amounts import disagree, figure, impossible, whole
from ibtui.broker.orders.book import KnownOrders, OrderRecord, Recall
from ibtui.broker.orders.marks import Marks, of_execution, of_order, side_of
from ibtui.broker.orders.numbered import Numbered
from ibtui.broker.orders.reasons import ReasonNews, Why
from ibtui.broker.orders.standing import OrderStanding
from ibtui.broker.orders.status import stands
from ibtui.broker.orders.wire_terms import read_terms
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import CancelRefused, Doubted, Event
from ibtui.domain.order import FOREIGN, TAKEN_BACK, UNLISTED, Order, OrderStatus
from ibtui.domain.terms import Terms
from ibtui.domain.text.sanitize import sanitize

UNANSWERED = 5.0
"""Seconds within which IB may simply not have answered a new order or a change yet."""
_LOCATING = "Shares to sell short are being located."
_TAKEN_BACK = {
    (OrderStatus.FILLED, True): OrderStatus.PARTLY_FILLED,
    (OrderStatus.FILLED, False): OrderStatus.UNKNOWN,
    (OrderStatus.PARTLY_FILLED, True): OrderStatus.PARTLY_FILLED,
    (OrderStatus.PARTLY_FILLED, False): OrderStatus.WORKING,
}
"""Where an order stands of which less than all has traded after a correction, by whether anything has."""
_UNCONFIRMED = "IB has not confirmed the change within 5 s; asked what stands"


class OrderTracker(OrderStanding):
    """Turns what IB says about orders into OrderSeen and OrderMoved; `doubt` asks IB again what is true."""

    def __init__(
        self,
        contracts: Contracts,
        emit: Callable[[Event], None],
        clock: Clock,
        recall: Recall | None,
        doubt: Callable[[], None],
    ) -> None:
        super().__init__(KnownOrders(recall), contracts, emit, clock, doubt)
        self.account = ""
        self.client_id = 0
        self.highest_id = 0
        """The highest order id that an order of ours bears; another program's under this client id raises nothing."""
        self.open_answer: dict[str, OrderRecord] = {}
        """By ref, what IB described since a reconcile began to ask for open orders."""
        self.completed_answer: dict[str, OrderRecord] = {}
        self._ignored: set[Any] = set()
        self.numbered = Numbered(emit)
        self.listed = False
        """IB has listed all open orders on this connection."""

    def start(self, account: str, client_id: int) -> None:
        """Forget what was only true of the connection before."""
        self.account = account
        self.client_id = client_id
        self.book.start()
        self._ignored.clear()
        self.numbered.start()
        self.listed = False

    def sent(self, record: OrderRecord, order_id: int) -> None:
        """A new order of ours was written under `order_id`."""
        record.context = "new"
        self.book.add(record)
        self.book.bind(record, self.client_id, order_id, 0)

    def asked(self, record: OrderRecord, order: Order) -> None:
        """Other terms were written for an order of ours; they are told of once IB describes them."""
        record.context, record.asked = "modify", order
        self._change(record, record.order.status, said=frozenset({ReasonNews.ASKED}))
        asyncio.get_running_loop().call_later(UNANSWERED, self._unconfirmed, record, order)

    def kept_back(self, record: OrderRecord) -> None:
        """TWS told of a new order and of nothing more: it has not sent it on."""
        if record.order.status is OrderStatus.PENDING and record.said:
            self._change(record, OrderStatus.PENDING, reason=CLICK, why=Why.KEPT_BACK)
            self._doubt()

    def _unconfirmed(self, record: OrderRecord, order: Order) -> None:
        if record.asked is order:
            record.context, record.asked = "live", None
            self._change(record, record.order.status, reason=_UNCONFIRMED, why=Why.UNCONFIRMED)
            self._doubt()

    # What IB says about orders.

    def describe(self, order_id: int, contract: Any, order: Any, state: Any) -> None:
        """IB described an open order: `openOrder`."""
        if order.whatIf or self._foreign_account(order):
            return
        marks = of_order(contract, order, order_id, order.clientId)
        record = self.book.look_up(marks)
        before = record.order if record is not None else None
        if record is None:
            record = self._new(contract, order, marks)
        self.book.bind(record, order.clientId, order_id, order.permId, proven=record.proven(marks))
        if order.clientId == self.client_id and record.order.owner != FOREIGN:
            self.highest_id = max(self.highest_id, order_id)
        self.open_answer[record.order.ref] = record
        record.order = self._terms(record, order)
        # An older description may be under way when a change is written: only one with its terms confirms it.
        if record.asked is not None and _terms_of(record.order) == _terms_of(record.asked):
            record.context, record.asked = "live", None
        seen = record.order != before
        said = frozenset(
            {ReasonNews.TERMS} if before is not None and _terms_of(record.order) != _terms_of(before) else ()
        )
        self._report(record, state.status, reason=sanitize(state.warningText or ""), seen=seen, heard=said)

    def report(
        self,
        order_id: int,
        said: str,
        filled: float,
        remaining: float,
        average: float,
        perm_id: int,
        _parent: int,
        _last: float,
        client_id: int,
        why_held: str,
        _cap: float = 0.0,
    ) -> None:
        """IB reported a status: `orderStatus`. `client_id` can be that of a client which cancelled the order."""
        record = self.book.look_up(Marks(perm_id=perm_id, client_id=client_id, order_id=max(order_id, 0)))
        if record is None:
            if client_id != self.client_id or not self.numbered.report(order_id, said, perm_id):
                self._strange(perm_id or (client_id, order_id))
            return
        self.book.bind(record, None, 0, perm_id)
        if "locate" in why_held:
            self._change(record, record.order.status, reason=_LOCATING, why=Why.LOCATE)
        traded = self._believed(record, said, figure(filled), figure(remaining))
        price = self._price_of(record, average) if traded else None
        self._report(record, said, filled=traded, average=price)

    def complete(self, contract: Any, order: Any, state: Any) -> None:
        """IB described an order that has ended: `completedOrder`; it carries no order id and no client id."""
        if self._foreign_account(order):
            return
        marks = of_order(contract, order, 0, None)
        record = self.book.look_up(marks)
        known_before = record is not None
        if record is None:
            record = self._new(contract, order, marks)
        self.book.bind(record, None, 0, order.permId)
        self.completed_answer[record.order.ref] = record
        filled = self._believed(record, state.status, figure(order.filledQuantity) or Decimal(0), None)
        reason = "" if state.status == "Filled" else why_cancelled(sanitize(state.completedStatus or ""))
        if known_before:
            self._report(record, state.status, filled=filled, reason=reason)
        else:
            traded = filled or Decimal(0)
            status = stands(state.status, "none", traded, record.order.quantity)
            record.order = replace(record.order, status=status, filled=traded, reason=reason)
            record.said = state.status

    def owner(self, contract: Any, execution: Any, symbol: str) -> tuple[str, str]:
        """Ref and owner of the order that an execution belongs to."""
        marks = of_execution(contract, execution)
        record = self.book.look_up(marks)
        if record is not None:
            return record.order.ref, record.order.owner
        self._contradicted(marks, symbol)
        return self.book.identify(marks, symbol, self.client_id)[:2]

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
        self._doubt()

    def complain(self, order_id: int, code: int, text: str) -> bool:
        """An error came under one of our order ids; False when the id is none of an order."""
        record = self.book.by_id(self.client_id, order_id)
        if record is None:
            return self.numbered.complain(order_id, code, text)
        asked = record.context
        says = self._meaning(record, code)
        if says is Meaning.CANCELLED and code in UNFOUND:
            self._hear(record, says, code, NEVER_SENT_ON)
        elif says is Meaning.CANCELLED:
            self._hear(record, says, code, why_cancelled(text))
        else:
            self._hear(record, says, code, note_words(code, text))
        if asked == "cancel" and says in (Meaning.KEPT, Meaning.OPEN):
            self._emit(CancelRefused(ref=record.order.ref, code=code, text=text))
        return True

    def flooded(self) -> None:
        """IB got too many messages: what is unanswered may be lost. It is asked about, and never sent again blindly."""
        if any(record.context != "live" and record.order.live for record in self.book.all()):
            self._doubt()

    def _meaning(self, record: OrderRecord, code: int) -> Meaning:
        """What an error says about an order, by what was asked and by what IB said of it before."""
        if record.context == "cancel":
            if record.held_back and code in UNFOUND and record.order.filled == 0:
                return Meaning.CANCELLED  # it was deleted in TWS, which had not sent it on
            if record.order.status is OrderStatus.PENDING and code != NOT_FOUND and refuses(code):
                return meaning(code, "new")  # the refusal of the order was on its way when the cancel was written
            if code in UNCANCELLABLE and record.said == "PendingCancel":
                return Meaning.KEPT
            return meaning(code, "cancel")
        says = meaning(code, record.context)
        if record.context == "modify" and unsure_change(code):
            record.context, record.asked = "live", None
        refused = record.said == "Inactive" and says is Meaning.OPEN and record.order.filled == 0
        return Meaning.REJECTED if refused else says

    # What a complete reconcile shows.

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

    def _new(self, contract: Any, order: Any, marks: Marks) -> OrderRecord:
        """A record of an order that this session has not sent, or that contradicts what is known of one."""
        instrument = self._contracts.meet(contract)
        self._contradicted(marks, instrument.symbol)
        ref, owner, role = self.book.identify(marks, instrument.symbol, self.client_id)
        first = Order(
            ref=ref,
            owner=owner,
            role=role,
            terms=Terms(
                symbol=instrument.symbol,
                side=side_of(order.action),
                quantity=whole(order),
                type=sanitize(order.orderType, 16),
                combo=self._contracts.combo_legs(contract) if contract.secType == "BAG" else (),
            ),
            perm_id=order.permId or None,
            status=OrderStatus.PENDING,
        )
        record = OrderRecord(first, marks.con_id, self._clock.monotonic())
        record.order = self._terms(record, order)
        self.book.add(record)
        return record

    def _terms(self, record: OrderRecord, order: Any) -> Order:
        """The order with the terms that IB describes now."""
        terms = read_terms(order, record.order.terms, at_zero=self._at_zero(record))
        parent = self.book.parent(record, order.clientId, order.parentId)
        return replace(record.order, terms=terms, parent=parent)

    def _foreign_account(self, order: Any) -> bool:
        """An order of another account of the same login: none of this profile's business."""
        if order.account in ("", self.account):
            return False
        self._ignored.update({order.permId, (order.clientId, order.orderId)})
        return True

    def _contradicted(self, marks: Marks, symbol: str) -> None:
        """A message names an order that it is not about: say so once, and ask what is true."""
        named = next(self.book.named(marks), None)
        key = (named.order.ref, marks.perm_id, marks.client_id, marks.order_id) if named is not None else None
        if named is None or key in self._ignored:
            return
        self._ignored.add(key)
        number = f"order {marks.order_id or '-'} of client {marks.client_id}, perm {marks.perm_id}"
        text = (
            f"IB tells of {marks.side} {symbol} ({number}) under a number or the reference of {named.order.ref}, which "
            "it is not: shown as another's order, asked again"
        )
        self._emit(Doubted(text=text, symbol=symbol))
        self._doubt()

    def _strange(self, key: Any) -> None:
        """A status of an order that was never described: ask once what it is."""
        if key not in self._ignored:
            self._ignored.add(key)
            self._doubt()


def _spoken_of(record: OrderRecord) -> bool:
    """IB has said something of it: it arrived."""
    return bool(record.order.perm_id or record.said or record.order.filled)


def _of_whole(record: OrderRecord, contract: Any) -> bool:
    """Whether an execution is of the order's own contract and not of a combo's leg."""
    return contract is None or (0 if contract.secType == "BAG" else contract.conId) == record.con_id


def _terms_of(order: Order) -> tuple[Decimal, Decimal | None, Decimal | None]:
    """What a change can ask for."""
    return order.quantity, order.limit_price, order.stop_price
