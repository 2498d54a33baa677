"""Where every order stands, and what each message of IB changes about that.

The client library's own order state is not used: it calls a working order cancelled for over 20 error codes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

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
from ibtui.broker.orders.amounts import figure, whole
from ibtui.broker.orders.book import OrderRecord
from ibtui.broker.orders.listed import UNANSWERED, ListedOrders
from ibtui.broker.orders.marks import Marks, of_execution, of_order, side_of
from ibtui.broker.orders.numbered import Numbered
from ibtui.broker.orders.reasons import ReasonNews, Why
from ibtui.broker.orders.status import stands
from ibtui.broker.orders.wire_terms import read_terms
from ibtui.domain.event import CancelRefused, Doubted
from ibtui.domain.order import FOREIGN, Order, OrderStatus
from ibtui.domain.terms import Terms
from ibtui.domain.text.sanitize import sanitize

_LOCATING = "Shares to sell short are being located."
_UNCONFIRMED = "IB has not confirmed the change within 5 s; asked what stands"


@dataclass(eq=False, repr=False)
class OrderTracker(ListedOrders):
    """Turns what IB says about orders into OrderSeen and OrderMoved; `doubt` asks IB again what is true."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.account = ""
        self.client_id = 0
        self.highest_id = 0
        """The highest order id that an order of ours bears; another program's under this client id raises nothing."""
        self._ignored: set[Any] = set()
        self.numbered = Numbered(self.emit)

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
            self.doubt()

    def _unconfirmed(self, record: OrderRecord, order: Order) -> None:
        if record.asked is order:
            record.context, record.asked = "live", None
            self._change(record, record.order.status, reason=_UNCONFIRMED, why=Why.UNCONFIRMED)
            self.doubt()

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
            self.emit(CancelRefused(ref=record.order.ref, code=code, text=text))
        return True

    def flooded(self) -> None:
        """IB got too many messages: what is unanswered may be lost. It is asked about, and never sent again blindly."""
        if any(record.context != "live" and record.order.live for record in self.book.all()):
            self.doubt()

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

    def _new(self, contract: Any, order: Any, marks: Marks) -> OrderRecord:
        """A record of an order that this session has not sent, or that contradicts what is known of one."""
        instrument = self.contracts.meet(contract)
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
                combo=self.contracts.combo_legs(contract) if contract.secType == "BAG" else (),
            ),
            perm_id=order.permId or None,
            status=OrderStatus.PENDING,
        )
        record = OrderRecord(first, marks.con_id, self.clock.monotonic())
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
        self.emit(Doubted(text=text, symbol=symbol))
        self.doubt()

    def _strange(self, key: Any) -> None:
        """A status of an order that was never described: ask once what it is."""
        if key not in self._ignored:
            self._ignored.add(key)
            self.doubt()


def _terms_of(order: Order) -> tuple[Decimal, Decimal | None, Decimal | None]:
    """What a change can ask for."""
    return order.quantity, order.limit_price, order.stop_price
