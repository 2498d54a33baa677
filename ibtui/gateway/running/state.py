"""A gateway's state in a file: the exchange, and which client gave which order its id and terms."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.failure import IbtuiError
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.exchange.replay import Replay
from ibtui.exchange.saved import Saved, SavedChanges, changed
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.running.registry import PlacedOrder, Registry


class SavedPlacement(Struct, frozen=True, kw_only=True):
    """One order as its client knows it: see `ibtui.gateway.running.registry.PlacedOrder`."""

    client_id: int
    order_id: int
    perm_id: int
    terms: dict[str, Any]
    """Decimals as `{"decimal": TEXT}`: JSON has no such numbers."""


class GatewayState(Struct, frozen=True, kw_only=True):
    """Everything that outlives the process."""

    exchange: Saved
    placed: list[SavedPlacement]
    highest: dict[int, int]
    """The highest order id that each client id used."""
    replay: list[str] = []
    """The symbols that a replay drives."""
    stopped: bool = False
    """The gateway ended with this; otherwise it may have gone on, and given out numbers, before it was killed."""


AHEAD = 10_000
"""Order numbers and executions that are passed over after a gateway that did not stop by itself."""


class StateChanges(Struct, frozen=True, kw_only=True):
    """What happened since: one line of the file behind the state."""

    exchange: SavedChanges
    placed: list[SavedPlacement]
    """Orders that are new or have new terms."""
    highest: dict[int, int]


def save(backend: Backend, path: Path, *, stopped: bool = False) -> int:
    """Write the state as one line of JSON, whole or not at all; returns its bytes. Raises IbtuiError(`state_file`)."""
    registry = backend.registry
    kept = GatewayState(
        exchange=backend.exchange.snapshot(),
        placed=[_placement(order) for order in registry.placed()],
        highest=registry.used(),
        replay=backend.exchange.replayed,
        stopped=stopped,
    )
    data = msgspec.json.encode(kept) + b"\n"
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise IbtuiError("state_file", f"The state cannot be written to {path}: {error.strerror}.") from None
    return len(data)


def line_of_changes(backend: Backend, changes: SavedChanges, known: dict[int, PlacedOrder]) -> bytes:
    """What happened since, one line of JSON; `known` are the orders that the lines before hold, and learns these."""
    placed = []
    for saved in changes.orders:
        order = backend.registry.by_perm_id(saved.perm_id)
        if order.terms and known.get(saved.perm_id) is not order:
            known[saved.perm_id] = order
            placed.append(_placement(order))
    line = StateChanges(exchange=changes, placed=placed, highest=backend.registry.used())
    return msgspec.json.encode(line) + b"\n"


def load(path: Path, *, replay: Replay | None = None) -> tuple[Exchange, Registry]:
    """The exchange and the registry that a file holds; `replay` as it was when the file was written.

    Raises IbtuiError(`state_file`) for a file that cannot be read, is none of ours, or was written with another replay.
    """
    try:
        state = _read(path.read_bytes())
        if sorted(replay.series if replay else ()) != state.replay:
            driven = f"a replay of {', '.join(state.replay)}" if state.replay else "no replay"
            raise IbtuiError("state_file", f"{path} was written with {driven}: start with the same, or another file.")
        exchange = Exchange.restore(state.exchange, replay=replay, ahead=0 if state.stopped else AHEAD)
    except OSError as error:
        raise IbtuiError("state_file", f"The state cannot be read from {path}: {error.strerror}.") from None
    except (msgspec.MsgspecError, ValueError, LookupError, ArithmeticError, TypeError, Refused) as error:
        raise IbtuiError("state_file", f"{path} is no state of this gateway ({error}): name another file.") from None
    registry = Registry()
    for order in state.placed:
        terms = {name: _value(value) for name, value in order.terms.items()}
        registry.add(PlacedOrder(order.client_id, order.order_id, order.perm_id, terms))
    for client_id, order_id in state.highest.items():
        registry.use(client_id, order_id)
    return exchange, registry


def _read(data: bytes) -> GatewayState:
    """The state with everything that happened since; a last line that a kill cut off was never told to anyone."""
    first, *rest = data.split(b"\n")
    state = msgspec.json.decode(first, type=GatewayState)
    since = [msgspec.json.decode(line, type=StateChanges) for line in rest[:-1]]
    if not since:
        return state
    placed = {order.perm_id: order for order in (*state.placed, *(new for each in since for new in each.placed))}
    exchange = changed(state.exchange, (each.exchange for each in since))
    return replace(state, exchange=exchange, placed=list(placed.values()), highest=since[-1].highest)


def _placement(order: PlacedOrder) -> SavedPlacement:
    return SavedPlacement(
        client_id=order.client_id, order_id=order.order_id, perm_id=order.perm_id, terms=_plain(order.terms)
    )


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return {"decimal": str(value)}
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case _:
            return value


def _value(value: Any) -> Any:
    match value:
        case {"decimal": str(text)}:
            return Decimal(text)
        case dict():
            return {name: _value(item) for name, item in value.items()}
        case list():
            return [_value(item) for item in value]
        case _:
            return value
