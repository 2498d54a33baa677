"""Where an order stands and why, and what is told of it when that changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.errors import HELD, SHARES_NOT_LOCATED, Meaning
from ibtui.broker.orders.amounts import adds_up, impossible, unbalanced
from ibtui.broker.orders.book import KnownOrders, OrderRecord
from ibtui.broker.orders.reasons import ReasonNews, Why, news, outlived
from ibtui.broker.orders.status import Parent, move, stands
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import Event, OrderMoved, OrderSeen
from ibtui.domain.instrument import traded_price, trades_at_zero
from ibtui.domain.money import plain
from ibtui.domain.order import Order, OrderStatus, sure_quantity
from ibtui.domain.text.sanitize import sanitize


@dataclass(eq=False, repr=False)
class OrderStanding:
    """Moves the orders of a book from one state to the next; every change passes `_change`, which tells of it."""

    book: KnownOrders
    contracts: Contracts
    emit: Callable[[Event], None]
    clock: Clock
    doubt: Callable[[], None]

    def _hear(self, record: OrderRecord, says: Meaning, code: int, reason: str) -> None:
        """Apply an error message to an order."""
        status = record.order.status
        if status.done:
            self._change(record, status, reason=reason, why=Why.END)
        elif says is Meaning.NOTE:
            self._change(record, status, reason=reason, why=_note(code, reason))
        elif says is Meaning.REJECTED:
            self._change(record, OrderStatus.REJECTED, reason=reason, why=Why.END)
        elif says is Meaning.CANCELLED:
            self._change(record, OrderStatus.CANCELLED, reason=reason, why=Why.END)
        elif says is Meaning.HELD:
            record.held_back = True
            self._change(record, OrderStatus.WAITING, reason=reason, why=Why.KEPT_BACK)
        elif says is Meaning.KEPT:
            record.context, record.asked = "live", None
            self._change(record, status, reason=reason, why=Why.REFUSED)
            self.doubt()
        else:
            record.refused = record.context == "new"
            self._change(record, OrderStatus.UNKNOWN, reason=reason, why=Why.QUESTION)
            self.doubt()

    def _believed(
        self, record: OrderRecord, said: str, filled: Decimal | None, remaining: Decimal | None
    ) -> Decimal | None:
        """What a report says has traded; None where that cannot be true, which is said and asked about."""
        asked = record.asked or record.order
        largest = max(record.order, asked, key=lambda order: order.quantity)
        words = impossible(largest, filled)
        if filled is None or words:
            self._doubted(record, words)
            return None
        if remaining is not None and not adds_up(said, filled, remaining, record.order, asked):
            again = record.gap == (filled, remaining)
            record.reported, record.gap = None, (filled, remaining)
            if again:
                self._doubted(record, unbalanced(record.order, filled, remaining))
            else:
                self.doubt()
            return None
        record.reported = filled
        return filled

    def _price_of(self, record: OrderRecord, price: float) -> float | None:
        """The average price of an order as IB tells it; None where it tells none."""
        return traded_price(price, self._kind(record))

    def _at_zero(self, record: OrderRecord) -> bool:
        return trades_at_zero(self._kind(record))

    def _kind(self, record: OrderRecord) -> str:
        """The security type of an order's contract; empty for one that was never met."""
        instrument = self.contracts.known(record.con_id)
        if instrument is None:
            return "" if record.con_id else "BAG"
        return instrument.sec_type

    def _doubted(self, record: OrderRecord, words: str) -> None:
        """Figures that cannot be true are not shown as such: said, and asked about."""
        record.reported = None
        self._change(record, record.order.status, reason=words, why=Why.DOUBT)
        if record.doubted != words:
            record.doubted = words
            self.doubt()

    def _fill(self, record: OrderRecord, filled: Decimal, average: float | None) -> None:
        """Executions say that so much has traded."""
        record.order = replace(record.order, filled=filled, average_price=average)
        self._report(record, record.said or "Submitted", traded=True)

    def _report(
        self,
        record: OrderRecord,
        said: str,
        filled: Decimal | None = None,
        average: float | None = None,
        reason: str = "",
        seen: bool = False,
        traded: bool = False,
        heard: frozenset[ReasonNews] = frozenset(),
    ) -> None:
        """Take in a status in IB's words; `seen`: the terms are news as well, `traded`: what has traded is."""
        before = record.order
        if filled is not None and filled > before.filled and not record.corrected:
            record.order, traded = replace(before, filled=filled, average_price=average), True
        elif filled is not None and filled != before.filled and (record.corrected or said == "Filled"):
            self._ask_about(record, filled)
        elif filled == before.filled:
            heard |= {ReasonNews.AGREED}
        order = record.order
        status = move(order.status, stands(said, self._parent(record), order.filled, sure_quantity(order)), said)
        why = Why.END if status.done else Why.NOTE
        if status is OrderStatus.UNKNOWN and order.status is not OrderStatus.UNKNOWN:
            reason, why = (
                reason or f"IB reports {sanitize(said, 32)!r} for an order that was {order.status}.",
                Why.QUESTION,
            )
            self.doubt()
        elif status is OrderStatus.FILLED and order.filled < order.quantity and record.corrected:
            reason = reason or f"{plain(order.filled)} of {plain(order.quantity)}: IB took the rest back"
        if said == "Submitted" != record.said:
            heard |= {ReasonNews.STARTED}
        if traded and (status is OrderStatus.FILLED or not status.done):
            heard |= {ReasonNews.TRADED}
        record.said = said
        self._change(record, status, reason=reason, why=why, seen=seen, force=traded, said=heard)

    def _change(
        self,
        record: OrderRecord,
        status: OrderStatus,
        *,
        filled: Decimal | None = None,
        reason: str = "",
        why: Why = Why.NOTE,
        said: frozenset[ReasonNews] = frozenset(),
        seen: bool = False,
        force: bool = False,
    ) -> None:
        """Store and tell where an order stands, if that is news."""
        old = record.order
        new = replace(old, status=status, filled=old.filled if filled is None else filled)
        said |= news(old, new)
        if record.refused and ReasonNews.ENDED in said and status is not OrderStatus.FILLED:
            record.why = Why.END  # what IB complained of is why it ended
        if reason:
            record.why = why
        elif outlived(record.why, said):
            record.why, new = Why.NONE, replace(new, reason="")
        new = replace(new, reason=reason or new.reason)
        if new == old and not seen and not force:
            return
        record.order = new = replace(new, changed=self.clock.now())
        if status.done or (record.context == "new" and not status.unsure):
            record.context, record.asked, record.refused = "live", None, False
        self.emit(OrderSeen(order=new) if seen else _moved(new))
        if status.done:
            self._wake_children(new.ref)

    def _wake_children(self, parent: str) -> None:
        """IB need not report children again when their parent fills."""
        for record in self.book.children(parent):
            if record.order.status is OrderStatus.WAITING:
                self._report(record, record.said)

    def _parent(self, record: OrderRecord) -> Parent:
        if record.order.parent is None:
            return "none"
        parent = self.book.find(record.order.parent)
        if parent is None:
            return "filled" if record.parent_over else "open"
        order = parent.order
        over = order.status is OrderStatus.FILLED or (order.status.done and order.filled > 0)
        return "filled" if over else "open"

    def _ask_about(self, record: OrderRecord, reported: Decimal) -> None:
        """A report is not what is shown; the same difference is asked about once."""
        gap = reported, record.order.filled
        if record.gap != gap:
            record.gap = gap
            self.doubt()


def _moved(order: Order) -> OrderMoved:
    return OrderMoved(
        ref=order.ref,
        status=order.status,
        filled=order.filled,
        average_price=order.average_price,
        perm_id=order.perm_id,
        reason=order.reason,
    )


def _note(code: int, reason: str) -> Why:
    """What a warning is about."""
    if reason.startswith(HELD):
        return Why.HELD
    return Why.LOCATE if code == SHARES_NOT_LOCATED else Why.NOTE
