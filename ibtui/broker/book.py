"""Which order a message is about: by IB's permanent id, by our own ref, or within a connection by its order id."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from ibtui.broker.errors import Context
from ibtui.domain.order import FOREIGN, Order, Role, parse_order_ref
from ibtui.domain.text import sanitize

KnownRef = Callable[[int | None, int], str | None]
"""Names the ref of an order of ours by permanent id and order id, or None."""

Identity = tuple[str, str, Role]
"""Ref, owner and role."""


class Record:
    """One order and what is needed to follow it."""

    __slots__ = (
        "asked",
        "client_id",
        "con_id",
        "context",
        "order",
        "order_id",
        "parent_over",
        "refused",
        "said",
        "since",
    )

    def __init__(self, order: Order, con_id: int, since: float) -> None:
        self.order = order
        self.con_id = con_id
        self.since = since
        """Monotonic seconds when it was sent or first seen."""
        self.client_id: int | None = None
        self.order_id: int | None = None
        """Known only within the connection that told it; ids roll back after a restart of the gateway."""
        self.parent_over = False
        """IB lists the parent no more, so it has filled: a child of a cancelled parent would be gone too."""
        self.said = ""
        """IB's last status."""
        self.context: Context = "live"
        self.asked: Order | None = None
        """The order with the newest terms that were asked for and that IB has not confirmed."""
        self.refused = False
        """IB answered the new order with an error of unknown meaning."""


class Book:
    """Every order that was sent or seen."""

    def __init__(self, known_ref: KnownRef | None) -> None:
        self._known_ref = known_ref
        self._by_ref: dict[str, Record] = {}
        self._by_perm: dict[int, Record] = {}
        self._by_id: dict[tuple[int, int], Record] = {}
        self._children: dict[str, list[Record]] = {}

    def start(self) -> None:
        """A new connection: order ids of the last one mean nothing any more."""
        self._by_id.clear()
        for record in self._by_ref.values():
            record.order_id = None
            record.context, record.asked = "live", None

    def all(self) -> list[Record]:
        return list(self._by_ref.values())

    def find(self, ref: str | None) -> Record | None:
        return self._by_ref.get(ref) if ref is not None else None

    def by_id(self, client_id: int, order_id: int) -> Record | None:
        return self._by_id.get((client_id, order_id))

    def children(self, parent: str) -> Iterable[Record]:
        return self._children.get(parent, ())

    def add(self, record: Record) -> None:
        self._by_ref[record.order.ref] = record
        if record.order.parent is not None:
            self._children.setdefault(record.order.parent, []).append(record)

    def look_up(self, client_id: int | None, order_id: int, perm_id: int, reference: str) -> Record | None:
        """The order of a message. An id that now comes with another permanent id was given out again: not it."""
        if perm_id in self._by_perm:
            return self._by_perm[perm_id]
        parsed = parse_order_ref(sanitize(reference, 64))
        by_ref = self._by_ref.get(parsed[1]) if parsed else None
        by_id = self._by_id.get((client_id, order_id)) if client_id is not None and order_id > 0 else None
        for record in (by_ref, by_id):
            if record is not None and not (perm_id and record.order.perm_id):
                return record
        return None

    def bind(self, record: Record, client_id: int | None, order_id: int, perm_id: int) -> None:
        """Remember the ids that a message gave for an order; 0 and None are no ids."""
        if perm_id:
            self._by_perm[perm_id] = record
            if record.order.perm_id is None:
                record.order = replace(record.order, perm_id=perm_id)
        if client_id is not None and order_id > 0:
            record.client_id, record.order_id = client_id, order_id
            self._by_id[client_id, order_id] = record

    def identify(self, reference: str, perm_id: int, client_id: int, order_id: int, *, ask: bool) -> Identity:
        """Ref, owner and role: from the order's own reference, else (`ask`) from the journal, else foreign.

        A second order under a ref of ours is somebody's copy of it: foreign.
        """
        parsed = parse_order_ref(sanitize(reference, 64))
        found = (parsed[1], parsed[0], parsed[2]) if parsed is not None else None
        if found is None and ask:
            found = self._journaled(perm_id, order_id)
        if found is not None:
            record = self._by_ref.get(found[0])
            if record is None or not perm_id or record.order.perm_id in (None, perm_id):
                return found
        return f"perm-{perm_id or f'{client_id}-{order_id}'}", FOREIGN, "entry"

    def parent(self, record: Record, client_id: int, parent_id: int) -> str | None:
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

    def _journaled(self, perm_id: int, order_id: int) -> Identity | None:
        ref = self._known_ref(perm_id or None, order_id) if self._known_ref is not None else None
        record = self._by_ref.get(ref) if ref is not None else None
        return None if record is None else (record.order.ref, record.order.owner, record.order.role)
