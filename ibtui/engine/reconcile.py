"""Taking over the broker's whole truth: what it shows is so, what it does not show is settled, nothing is invented."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ibtui.domain.event import PositionSeen, Reconciled
from ibtui.domain.order import OrderStatus
from ibtui.engine.orders import ours
from ibtui.engine.settle import Absence, missing
from ibtui.engine.wording import quantity_words

if TYPE_CHECKING:
    from ibtui.engine.state import State


def apply(state: State, event: Reconciled) -> None:
    """Bring orders, fills and positions to what a complete reconcile found."""
    for fill in event.fills:
        state.filled(fill)
    _compare(state, event.positions)
    for order in (*event.completed, *event.orders):
        state.described(order)
    _settle(state, event)
    for position in event.positions:
        state.counted_position(position, settled=True)
    listed = {position.instrument.symbol for position in event.positions}
    for held in state.positions.all():
        if held.symbol not in listed:
            _flatten(state, held.symbol)
    state.positions.whole = True
    for symbol in {order.symbol for order in state.orders.all_live()}:
        state.count_cover(symbol)


def _compare(state: State, positions: tuple[PositionSeen, ...]) -> None:
    """Say where the broker's count is not what the last whole count and the fills since then add up to."""
    counts = {position.instrument.symbol: position.quantity for position in positions}
    for symbol, before in state.counted.items():
        count = counts.get(symbol, Decimal(0))
        expected = before + state.traded.get(symbol, Decimal(0))
        # the last count may have come before or after its fills
        if count not in (expected, before):
            state.log.say(
                "ERROR",
                f"{symbol}: IB holds {quantity_words(count)}, the journal adds up to {quantity_words(expected)}; "
                "shown as IB says: somebody else traded it, or a fill is missing",
            )


def _settle(state: State, event: Reconciled) -> None:
    """Draw the conclusion for every live order that no answer contains."""
    shown, now = {order.ref for order in (*event.completed, *event.orders)} | set(event.awaited), event.time
    for order in sorted(state.orders.all_live(), key=lambda order: order.parent is not None):
        if order.ref in shown:
            continue
        absence = state.absent.setdefault(order.ref, Absence())
        absence.add(state.clock.monotonic(), event.epoch)
        if not ours(order):
            gone = "IB does not list it any more"
            state.order(replace(order, status=OrderStatus.UNKNOWN, reason=gone, changed=now))
            continue
        known = order.ref in state.acknowledged
        parent = state.orders.get(order.parent) if order.parent is not None else None
        hours = state.hours.get(order.symbol)
        state.order(missing(order, state.fills.total(order), known, absence, now, hours=hours, parent=parent))


def _flatten(state: State, symbol: str) -> None:
    """A complete answer that does not list a position says that it is flat."""
    instrument = state.instruments.get(symbol)
    if instrument is not None:
        account = "" if state.account is None else state.account.id
        gone = PositionSeen(account=account, instrument=instrument, quantity=Decimal(0))
        state.counted_position(gone, settled=True)
