"""Other terms for a working order: the order with them, what bounds it, and which of its children shrink with it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Change, Order, OrderIntent
from ibtui.domain.terms import OrderType
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.pnl import StrategyHolding
from ibtui.engine.truth.state import State
from ibtui.risk.change_rules import Standing
from ibtui.risk.facts import reducible


def changed(order: Order, change: Change) -> OrderIntent:
    """The order with its new terms, as the gate reads orders."""
    if order.type not in set(OrderType):
        raise IbtuiError("bad_order", f"An order of type {order.type} cannot be changed here; do it in TWS.")
    terms = change.applied(order.terms)
    return OrderIntent(ref=order.ref, owner=order.owner, terms=terms, reduce_only=order.role != "entry")


def standing(state: State, order: Order, holdings: Mapping[str, StrategyHolding] | None) -> Standing:
    """What bounds a working order; `holdings` are its owner's own, None where the account's position is meant."""
    parent = None if order.parent is None else state.orders.get(order.parent)
    live = state.orders.live(order.symbol)
    return Standing(
        order=order,
        closable=_closable(state, order, holdings),
        parent=parent,
        family=() if parent is None else _family(state, parent.ref),
        children=tuple(child for child in live if child.parent == order.ref),
        beside=tuple(o for o in live if ours(o) and (holdings is None or o.owner == order.owner)),
    )


def _family(state: State, parent: str) -> tuple[Order, ...]:
    found = (state.orders.get(f"{parent}-{suffix}") for suffix in ("t", "s"))
    return tuple(child for child in found if child is not None)


def _closable(state: State, order: Order, holdings: Mapping[str, StrategyHolding] | None) -> Decimal:
    if holdings is not None:
        own = holdings.get(order.symbol)
        return max(Decimal(0) if own is None else -order.side.sign * own.quantity, Decimal(0))
    if state.connection.state != "active":
        return Decimal(0)
    moved = state.positions.moved(order.symbol, state.clock.monotonic())
    return reducible(order.side, state.positions.held(order.symbol), moved, ())


def too_large(found: Standing, quantity: Decimal) -> list[Change]:
    """What its children have to become first, so that none is larger than the order with `quantity`."""
    taken = sum((child.filled for child in found.children), Decimal(0))
    most = quantity - taken
    return [
        Change(ref=child.ref, quantity=child.filled + most) for child in found.children if child.remaining > most > 0
    ]
