"""Orders on their way out: ids that never repeat, the wire's form of an order, and who may be touched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.orders.book import OrderRecord
from ibtui.broker.orders.listed import UNANSWERED
from ibtui.broker.orders.tracking import OrderTracker
from ibtui.broker.orders.wire_terms import write_terms
from ibtui.broker.transport.library import load
from ibtui.broker.transport.pacing import Rank
from ibtui.broker.transport.wire import Wire, not_connected
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import FOREIGN, Change, Order, OrderLeg, order_ref

LAST_ID = 2**31 - 2
"""The highest order id that IB takes; the next number means that there is none."""


class Placing:
    """Writes orders and changes at once, in the order given, and cancels in their turn; this client's orders only."""

    def __init__(self, wire: Wire, contracts: Contracts, orders: OrderTracker, clock: Clock, first_id: int) -> None:
        self._wire = wire
        self._contracts = contracts
        self._orders = orders
        self._clock = clock
        self._next_id = first_id
        self._reserved: set[int] = set()
        self.valid_id: int | None = None
        """What IB last told of this client's next order id; every connection begins with it."""

    @property
    def next_id(self) -> int:
        return max(self._next_id, self._orders.highest_id + 1)

    def start(self) -> None:
        """A new connection: ids that were reserved for the last one are spent."""
        self._reserved.clear()

    def raise_to(self, valid_id: int) -> None:
        """IB's next valid id; after a restart of the gateway it may be lower than before, ours never is."""
        self.valid_id = valid_id
        self._next_id = max(self._next_id, valid_id)

    def reserve(self, count: int) -> tuple[int, ...]:
        """Order ids for `place`, above IB's counter and every id of ours, and none that an open order bears.

        Raises IbtuiError `order_ids_spent` where IB would refuse them: nothing was sent.
        """
        first = self.next_id
        while borne := [number for number in range(first, first + count) if self._borne(number)]:
            first = borne[-1] + 1
        if first + count - 1 > LAST_ID:
            raise IbtuiError(
                "order_ids_spent",
                f"The order ids of client id {self._orders.client_id} are used up (the next is {first}): nothing was "
                "sent; give the profile another client_id, or cancel this one's orders and reset the API order id "
                "sequence in the API settings of TWS.",
            )
        self._next_id = first + count
        ids = tuple(range(first, first + count))
        self._reserved.update(ids)
        return ids

    def _borne(self, order_id: int) -> bool:
        """Whether IB listed an order under this id on this connection: placing under it again would change that."""
        return self._orders.book.by_id(self._orders.client_id, order_id) is not None

    def place(
        self, legs: Sequence[OrderLeg], instruments: Mapping[str, Instrument], order_ids: Sequence[int] | None
    ) -> dict[str, int]:
        """Write the legs in order; nothing is written unless all of them can be."""
        ids = tuple(order_ids) if order_ids is not None else self.reserve(len(legs))
        if len(ids) != len(legs) or not self._reserved.issuperset(ids) or len(set(ids)) != len(ids):
            raise IbtuiError("bad_order_id", "The order ids were not reserved for this connection; nothing was sent.")
        for leg in legs:
            if self._orders.book.find(leg.ref) is not None:
                raise IbtuiError("duplicate_order", f"Order {leg.ref} was placed before; nothing was sent.")
        placed = dict(zip((leg.ref for leg in legs), ids, strict=True))
        orders = [self._wire_order(leg, placed, leg is legs[-1]) for leg in legs]
        contracts = [self._contract(leg, instruments) for leg in legs]
        self._reserved.difference_update(ids)
        for leg, contract, order in zip(legs, contracts, orders, strict=True):
            self._wire.send("placeOrder", order.orderId, contract, order)
            record = self._record(leg, contract.conId)
            self._orders.sent(record, order.orderId)
            asyncio.get_running_loop().call_later(UNANSWERED, self._orders.kept_back, record)
        return placed

    def _contract(self, leg: OrderLeg, instruments: Mapping[str, Instrument]) -> Any:
        if leg.combo:
            return self._contracts.combination(leg.combo, instruments)
        return self._contracts.contract(instruments[leg.symbol])

    def cancel(self, ref: str, written: Callable[[bool], None], sent: Order | None = None) -> None:
        """Ask IB to cancel an order of ours, as soon as the lane allows; `written` is told whether it was.

        `sent` is the order as it went out: one that IB has never shown is cancelled by its number, if that is safe.
        """
        self._reach(ref, sent)
        self._wire.lane.put(lambda: written(self._write_cancel(ref, sent)), Rank.CANCEL, lambda: written(False))

    def _write_cancel(self, ref: str, sent: Order | None) -> bool:
        """False when the order has ended since, or the connection."""
        try:
            record, number = self._reach(ref, sent)
            self._wire.write("cancelOrder", number, "")
        except IbtuiError:
            return False
        if record is None:
            self._orders.numbered.asked(number, ref)
        else:
            record.context, record.asked = "cancel", None
        return True

    def _reach(self, ref: str, sent: Order | None) -> tuple[OrderRecord | None, int]:
        """An order and its id on this connection; without a record, one that only its number can reach."""
        try:
            return self._own(ref)
        except IbtuiError as error:
            if sent is None or sent.perm_id is not None or error.code != "not_listed":
                raise
            return None, self._number(sent)

    def _number(self, sent: Order) -> int:
        """The id of an order that IB has not shown since it went out; raises IbtuiError where another may bear it."""
        if sent.number is None:
            raise IbtuiError("no_number", f"Under which id order {sent.ref} was sent is not known: cancel it in TWS.")
        if sent.client_id != self._orders.client_id:
            raise IbtuiError(
                "not_ours", f"Order {sent.ref} was sent by client {sent.client_id}: cancel it in TWS or as that client."
            )
        if not self._orders.listed:
            raise IbtuiError("not_listed", f"IB has not listed its open orders yet: order {sent.ref} waits for that.")
        if self.valid_id is None or self.valid_id <= sent.number:
            raise IbtuiError(
                "not_arrived", f"IB has not come to order id {sent.number}: order {sent.ref} has not reached it."
            )
        bearer = self._orders.book.by_id(self._orders.client_id, sent.number)
        if bearer is not None and bearer.order.ref != sent.ref:
            raise IbtuiError(
                "number_taken",
                f"IB gave order id {sent.number} to another order, {bearer.order.ref}: cancel {sent.ref} in TWS.",
            )
        return sent.number

    def modify(self, change: Change) -> None:
        """Send an order of ours again with other terms, under its id; the others stay as they were last asked for."""
        ref = change.ref
        record, order_id = self._own(ref)
        order = record.asked or record.order
        changed = replace(order, terms=change.applied(order.terms))
        instrument = self._contracts.known(record.con_id)
        if instrument is None:
            raise IbtuiError("unknown_symbol", f"The contract of order {ref} is not known; change it in TWS.")
        wire_order = self._order(changed, order_id, self._live_parent(order), order_ref(order.owner, ref))
        self._wire.send("placeOrder", order_id, self._contracts.contract(instrument), wire_order)
        self._orders.asked(record, changed)

    def _own(self, ref: str) -> tuple[OrderRecord, int]:
        """An order that this client may touch: another client's order with the same id would be hit instead of it."""
        if not self._wire.connected:
            raise not_connected()
        record = self._orders.book.find(ref)
        if record is None:
            raise IbtuiError(
                "not_listed", f"IB has not listed order {ref} since the engine started: look for it in TWS."
            )
        if record.order.owner == FOREIGN or record.client_id not in (None, self._orders.client_id):
            raise IbtuiError("not_ours", f"Order {ref} was placed by another program; change it there or in TWS.")
        if record.order.status.done:
            raise IbtuiError("order_done", f"Order {ref} is {record.order.status} already.")
        if record.order_id is None or record.order_id <= 0:
            raise IbtuiError("not_listed", f"IB has not listed order {ref} on this connection; it cannot be touched.")
        return record, record.order_id

    def _record(self, leg: OrderLeg, con_id: int) -> OrderRecord:
        return OrderRecord(leg.pending(self._clock.now()), con_id, self._clock.monotonic())

    def _wire_order(self, leg: OrderLeg, placed: Mapping[str, int], last: bool) -> Any:
        """The form of a new leg; only the last one releases the whole bracket."""
        parent = 0
        if leg.parent is not None:
            record = self._orders.book.find(leg.parent)
            parent = placed.get(leg.parent) or (record.order_id if record and record.order_id else 0)
            if not parent:
                raise IbtuiError("not_listed", f"The parent of order {leg.ref} is not known; nothing was sent.")
        order = self._record(leg, 0).order
        return self._order(order, placed[leg.ref], parent, order_ref(leg.owner, leg.ref), transmit=last)

    def _order(self, order: Order, order_id: int, parent: int, reference: str, transmit: bool = True) -> Any:
        return load().order(
            orderId=order_id,
            clientId=self._orders.client_id,
            account=self._orders.account,
            orderRef=reference,
            parentId=parent,
            transmit=transmit,
            **write_terms(order.terms),
        )

    def _live_parent(self, order: Order) -> int:
        """The id of a parent that still works; IB refuses a change that names one that has gone."""
        record = self._orders.book.find(order.parent) if order.parent is not None else None
        return record.order_id or 0 if record is not None and record.order.live else 0
