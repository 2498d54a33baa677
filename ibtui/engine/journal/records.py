"""What the journal writes: one event each, with the projection it moves."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from ibtui.commands.command import Close, Flatten, Trade
from ibtui.domain.cause import Cause
from ibtui.domain.fill import Fill
from ibtui.domain.order import FOREIGN, YOU, Change, Order, OrderLeg
from ibtui.domain.terms import flat, nested

ASKED = "ASKED"
CAUSE = "CAUSE"
"""Kind, and in place of an order the ref, of causes of positions: by it they are found without reading the rest."""
Statement = tuple[str, tuple[object, ...]]

_ORDER = """INSERT INTO ord (ref, done, changed, body) VALUES (?, ?, ?, ?)
ON CONFLICT (ref) DO UPDATE SET done = excluded.done, changed = excluded.changed, body = excluded.body"""
_FILL = """INSERT INTO exec (base, ref, strategy, at, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (base) DO UPDATE SET ref = excluded.ref, strategy = excluded.strategy, body = excluded.body"""
_POSITION = """INSERT INTO pos (symbol, quantity) VALUES (?, ?)
ON CONFLICT (symbol) DO UPDATE SET quantity = excluded.quantity"""
_MARK = """INSERT INTO id_hwm (client_id, max_order_id) VALUES (?, ?)
ON CONFLICT (client_id) DO UPDATE SET max_order_id = max(max_order_id, excluded.max_order_id)"""
_FORGET = "DELETE FROM ord WHERE ref = ?"
_LATCH = "INSERT INTO kv (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class JournalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One event; `moves` are the statements that keep the projections equal to the events."""

    kind: str
    payload: str = "{}"
    ref: str | None = None
    order_id: int | None = None
    perm_id: int | None = None
    exec_id: str | None = None
    moves: tuple[Statement, ...] = ()


def text(value: object) -> str:
    """`value` as JSON, orders in the flat form; decimals keep every digit as strings."""
    return msgspec.json.encode(flat(msgspec.to_builtins(value))).decode()


def read_order(body: str) -> Order:
    """An order as `order_moved` wrote it, in this version or one before."""
    return msgspec.convert(nested(msgspec.json.decode(body)), Order)


def stamp(time: datetime) -> str:
    """A time as the journal sorts it: ISO 8601 in UTC, always with microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def order_moved(order: Order, changed: datetime, kind: str = "ORDER") -> JournalRecord:
    """An order as it stands now."""
    body = text(order)
    move = (_ORDER, (order.ref, order.status.done, stamp(changed), body))
    return JournalRecord(kind=kind, payload=body, ref=order.ref, perm_id=order.perm_id, moves=(move,))


def intended(leg: OrderLeg, order: Order, order_id: int, client_id: int, changed: datetime) -> JournalRecord:
    """An order that is about to be sent; written before it is, so that nothing can be out there unknown."""
    moves = (order_moved(order, changed).moves[0], (_MARK, (client_id, order_id)))
    return JournalRecord(kind="INTENT", payload=text(leg), ref=leg.ref, order_id=order_id, moves=moves)


class CallerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asked for under an id of its own."""

    id: str
    command: Trade | Close | Flatten


def read_asked(payload: str) -> CallerRequest:
    """What was asked as `asked` wrote it, in this version or one before."""
    return msgspec.convert(nested(msgspec.json.decode(payload)), CallerRequest)


def asked(ref: str, what: CallerRequest) -> JournalRecord:
    """A command is about to be carried out under its caller's id; `ref` is that of its first order."""
    return JournalRecord(kind=ASKED, payload=text(what), ref=ref)


def changing(change: Change) -> JournalRecord:
    """A working order is about to be changed; what it became is told by the broker."""
    return JournalRecord(kind="CHANGE", payload=text(change), ref=change.ref)


def filled(fill: Fill, kind: str = "FILL", *, expected: Decimal | None = None) -> JournalRecord:
    """An execution, a correction of one, or one joined by its commission.

    `expected` is the position that it makes; on disk together, so that neither outlives a crash without the other.
    """
    body = text(fill)
    move = (_FILL, (fill.base, fill.ref, fill.owner not in (YOU, FOREIGN), stamp(fill.time), body))
    moves = (move,) if expected is None else (move, (_POSITION, (fill.symbol, str(expected))))
    return JournalRecord(kind=kind, payload=body, ref=fill.ref, exec_id=fill.exec_id, moves=moves)


def position_moved(symbol: str, quantity: Decimal) -> JournalRecord:
    """A count of the broker that was taken over: what is expected from now on."""
    payload = text({"symbol": symbol, "quantity": quantity})
    return JournalRecord(kind="POSITION", payload=payload, moves=((_POSITION, (symbol, str(quantity))),))


def caused(cause: Cause) -> JournalRecord:
    """A position changed without an order of ours, and why."""
    return JournalRecord(kind=CAUSE, payload=text(cause), ref=CAUSE)


def latched(key: str, value: str) -> JournalRecord:
    """A setting that outlives the engine: halted, the bound account, the watchlist."""
    return JournalRecord(kind="LATCH", payload=text({key: value}), moves=((_LATCH, (key, value)),))


def note(kind: str, ref: str | None = None, **payload: object) -> JournalRecord:
    """Something that happened and moves no projection: a start, a refusal, a cancel, a reconcile."""
    return JournalRecord(kind=kind, payload=text(payload), ref=ref)


def withdrawn(ref: str, why: str) -> JournalRecord:
    """An intent on disk that was not sent after all: nothing at the broker can belong to it."""
    return JournalRecord(kind="WITHDRAWN", payload=text({"why": why}), ref=ref, moves=((_FORGET, (ref,)),))
