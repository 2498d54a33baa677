"""Every order that was sent or seen, and which of them a message is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import chain, count

from msgspec.structs import replace

from ibtui.broker.errors import Context
from ibtui.broker.orders.marks import Marks
from ibtui.broker.orders.reasons import Why
from ibtui.domain.order import FOREIGN, Order, Role, parse_order_ref

Recall = Callable[[str], Order | None]
"""The order of ours under that ref as it was known before this session began; None when there was none."""

Identity = tuple[str, str, Role]
"""What an order reference says: the ref, the owner and the role."""


class OrderRecord:
    """One order and what is needed to follow it."""

    __slots__ = (
        "asked",
        "client_id",
        "con_id",
        "context",
        "corrected",
        "doubted",
        "gap",
        "held_back",
        "listed",
        "order",
        "order_id",
        "parent_over",
        "refused",
        "reported",
        "said",
        "since",
        "why",
    )

    def __init__(self, order: Order, con_id: int, since: float) -> None:
        self.order = order
        self.con_id = con_id
        """IB's number of the contract; 0 for a combo."""
        self.since = since
        """Monotonic seconds when it was sent or first seen."""
        self.client_id: int | None = None
        self.order_id: int | None = None
        """Known only within the connection that told it; ids roll back after a restart of the gateway."""
        self.listed = False
        """It was sent or described on this connection, so that a message of bare numbers can be about it."""
        self.held_back = False
        """TWS said on this connection that it does not send the order on before somebody there does."""
        self.parent_over = False
        """IB lists the parent no more, so it has filled: a child of a cancelled parent would be gone too."""
        self.said = ""
        """The status that IB reported last, in IB's word."""
        self.context: Context = "live"
        self.asked: Order | None = None
        """The order with the newest terms that were asked for and that IB has not confirmed."""
        self.refused = False
        """IB answered the new order with an error of unknown meaning."""
        self.why = Why.NONE
        """What the order's reason is about."""
        self.reported: Decimal | None = None
        """What IB's own reports last said has traded."""
        self.corrected = False
        """IB took back or changed executions: only executions count from then on, reports may be older."""
        self.doubted = ""
        """The figures that IB was last asked about because they cannot be true: once is enough."""
        self.gap: tuple[Decimal, Decimal] | None = None
        """A report that did not agree with what is shown, and that; IB was asked about it."""

    @property
    def foreign(self) -> bool:
        return self.order.owner == FOREIGN

    def bears(self, marks: Marks) -> bool:
        """Whether a message is about this order: all that it carries of an order's identity agrees."""
        if not marks.described:
            return self._permanent(marks) and self.listed and (not marks.order_id or self._numbered(marks))
        agrees = self._referred(marks) and self._numbered(marks) and self._contracted(marks)
        return agrees and (self._permanent(marks) or self.proven(marks))

    def proven(self, marks: Marks) -> bool:
        """Whether reference and the ids of this connection say so together: then a permanent id was misread."""
        numbers = (self.client_id, self.order_id) == (marks.client_id, marks.order_id)
        return marks.described and numbers and marks.order_id > 0 and marks.ref == self.order.ref

    def _permanent(self, marks: Marks) -> bool:
        return not marks.perm_id or self.order.perm_id in (None, marks.perm_id)

    def _numbered(self, marks: Marks) -> bool:
        """Within a connection an order keeps its ids; a clone of it made in TWS has others."""
        if marks.client_id is None:
            return self.foreign or bool(self.order.perm_id) or marks.quantity in (None, self.order.quantity)
        if self.order_id is None:  # until IB gave it a permanent id, only its own client's messages are about it
            return self.foreign or bool(self.order.perm_id) or marks.client_id == self.client_id
        if marks.described and marks.client_id != self.client_id:
            return False
        return marks.order_id == self.order_id or (marks.execution and not marks.order_id)

    def _referred(self, marks: Marks) -> bool:
        """An order of ours went out with our reference; a message without any is about it only by all its numbers."""
        if self.foreign:
            return True
        if marks.reference:
            return marks.ref == self.order.ref
        return self.listed and bool(marks.perm_id) and marks.perm_id == self.order.perm_id

    def _contracted(self, marks: Marks) -> bool:
        if self.con_id == 0 and marks.execution:
            return True  # of a combo's leg
        return marks.side is self.order.side and marks.con_id == self.con_id


class KnownOrders:
    """Every order that was sent or seen."""

    def __init__(self, recall: Recall | None) -> None:
        self._recall = recall or (lambda _: None)
        self._by_ref: dict[str, OrderRecord] = {}
        self._by_perm: dict[int, OrderRecord] = {}
        self._by_id: dict[tuple[int, int], OrderRecord] = {}
        self._children: dict[str, list[OrderRecord]] = {}

    def start(self) -> None:
        """A new connection: order ids of the last one mean nothing any more."""
        self._by_id.clear()
        for record in self._by_ref.values():
            record.order_id, record.listed = None, False
            record.context, record.asked = "live", None
            record.held_back = False

    def all(self) -> list[OrderRecord]:
        return list(self._by_ref.values())

    def find(self, ref: str | None) -> OrderRecord | None:
        return self._by_ref.get(ref) if ref is not None else None

    def by_id(self, client_id: int, order_id: int) -> OrderRecord | None:
        return self._by_id.get((client_id, order_id))

    def children(self, parent: str) -> Iterable[OrderRecord]:
        return self._children.get(parent, ())

    def add(self, record: OrderRecord) -> None:
        self._by_ref[record.order.ref] = record
        if record.order.parent is not None:
            self._children.setdefault(record.order.parent, []).append(record)

    def look_up(self, marks: Marks) -> OrderRecord | None:
        """The order that a message is about; None when it fits none that is known, or its numbers are of two."""
        bearer = self._by_perm.get(marks.perm_id)
        for record in self.named(marks):
            if record.bears(marks) and (self._free(bearer, record) or record.proven(marks)):
                return record
        return None

    def named(self, marks: Marks) -> Iterator[OrderRecord]:
        """The orders that one of a message's marks names, whether the others agree or not."""
        found = (
            self._by_id.get((marks.client_id, marks.order_id)) if marks.client_id is not None else None,
            self._by_perm.get(marks.perm_id),
            self.find(marks.ref),
            *(self.find(ref) for ref in _foreign_refs(marks)),
        )
        return (record for record in found if record is not None)

    def bind(
        self, record: OrderRecord, client_id: int | None, order_id: int, perm_id: int, *, proven: bool = False
    ) -> None:
        """Remember the ids that a message gave for an order; 0 and None are no ids.

        An id that another order bears on this connection stays with that one, unless the message is `proven`.
        """
        if perm_id and (proven or self._free(self._by_perm.get(perm_id), record)):
            self._by_perm[perm_id] = record
            if record.order.perm_id != perm_id:
                record.order = replace(record.order, perm_id=perm_id)
        if client_id is None:
            return
        record.listed = True
        if order_id > 0 and self._free(self._by_id.get((client_id, order_id)), record):
            record.client_id, record.order_id = client_id, order_id
            self._by_id[client_id, order_id] = record

    @staticmethod
    def _free(bearer: OrderRecord | None, record: OrderRecord) -> bool:
        return bearer is None or bearer is record or not bearer.listed

    def identify(self, marks: Marks, symbol: str, client_id: int) -> Identity:
        """Ref, owner and role of an order that no record is of; `client_id` is this session's."""
        parsed = parse_order_ref(marks.reference)
        if parsed is not None and parsed[1] not in self._by_ref:
            known = self._recall(parsed[1])
            if known is None:
                ours = bool(marks.client_id != 0 or client_id == 0)  # 0 is TWS itself, where a person clones orders
            else:
                ours = self._same(known, marks, symbol, client_id)
            if ours:
                return (parsed[1], parsed[0], parsed[2])
        refs = chain(_foreign_refs(marks), (f"{_foreign_refs(marks)[-1]}-{n}" for n in count(2)))
        return next(ref for ref in refs if ref not in self._by_ref), FOREIGN, "entry"

    def parent(self, record: OrderRecord, client_id: int, parent_id: int) -> str | None:
        """The ref of a child's parent: as we sent it, as IB names it, or by the child's own ref."""
        order = record.order
        if order.parent is not None:
            return order.parent
        bound = self._by_id.get((client_id, parent_id)) if parent_id else None
        if bound is not None:
            return bound.order.ref
        if order.role in ("target", "stop"):
            base = order.ref[:-2]
            return f"{base}-x" if f"{base}-x" in self._by_ref else base
        return None

    @staticmethod
    def _same(known: Order, marks: Marks, symbol: str, client_id: int) -> bool:
        """Whether a message is about an order that was known before, and not about a copy of it.

        Until IB had given it a permanent id, only its own client's messages are about it.
        """
        if known.perm_id is not None:
            mine = marks.perm_id == known.perm_id
        else:
            mine = marks.client_id in (None, client_id) and marks.quantity in (None, known.quantity)
        leg = known.combo and marks.execution
        return mine and (bool(leg) or (marks.side is known.side and (marks.bag or symbol == known.symbol)))


def _foreign_refs(marks: Marks) -> tuple[str, ...]:
    """What another's order is called; the longer names where its number was given out before to another contract."""
    number = f"perm-{marks.perm_id or f'{marks.client_id}-{marks.order_id}'}"
    return number, f"{number}-{marks.con_id}", f"{number}-{marks.con_id}-{marks.side}"
