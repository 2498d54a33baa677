"""Taking over the broker's whole truth: what it shows is so, what it does not show is settled, nothing is invented."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ibtui.domain.cause import Cause
from ibtui.domain.event import PositionSeen, Reconciled
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.words import quantity_words
from ibtui.engine.truth.busts import busted, unlike
from ibtui.engine.truth.explained import Difference, Explained, explanations
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.settle import Absence, Trace, missing

if TYPE_CHECKING:
    from ibtui.engine.truth.state import State


CONFIRMED = timedelta(seconds=60)
"""How long an answer that lists no position at all has to stay so before it counts as explained."""
REPORTED = timedelta(seconds=5)
"""How long after an order reported what it filled its executions may still come."""


def apply(state: State, event: Reconciled) -> None:
    """Bring orders, fills and positions to what a complete reconcile found."""
    now = state.clock.monotonic()
    fresh = {symbol: state.positions.moved(symbol, now) for symbol in state.tally.symbols}
    for fill in event.fills:
        state.filled(fill)
    for fill in tuple(busted(state, event)):
        state.filled(fill)
    doubted = _compare(state, event.positions, fresh)
    for order in (*event.completed, *event.orders):
        state.described(order)
    for words in unlike(state, event):
        state.log.say("ERROR", words)
    _settle(state, event)
    for position in event.positions:
        state.counted_position(position, settled=True)
    listed = {position.instrument.symbol for position in event.positions}
    for one in doubted:
        state.doubt_position(one.symbol, one.instrument)
    for held in state.positions.all():
        if held.symbol not in listed.union(one.symbol for one in doubted):
            state.flat(held.symbol)
    state.tally.counted(event.positions, {hold.symbol for hold in state.holds.all()})
    state.positions.whole = True
    state.deliveries.look(tuple(state.positions.all()))
    for symbol in {order.symbol for order in state.orders.all_live()}:
        state.count_cover(symbol)


def _compare(state: State, positions: tuple[PositionSeen, ...], fresh: Mapping[str, Decimal]) -> list[Difference]:
    """Take over every count that adds up or is explained, and hold what does not; returns those that are not listed.

    A count that misses exactly the `fresh` fills, of the last two seconds, was made before them; one that is ahead by
    what orders just reported comes before their executions. Both are asked for again.
    """
    counts = {position.instrument.symbol: position for position in positions}
    found = [_difference(state, symbol, counts.get(symbol)) for symbol in sorted({*counts, *state.tally.symbols})]
    open_ones = [one for one in found if state.tally.differs(one.symbol, one.counted)]
    reasons = explanations(open_ones, state.clock.now())
    for one in found:
        if one not in open_ones:
            _agrees(state, one)
        elif one.moved in (-fresh.get(one.symbol, Decimal(0)), _unexecuted(state, one.symbol)):
            continue
        elif one.symbol in reasons and (positions or _confirmed(state, one.symbol)):
            _explained(state, one, reasons[one.symbol])
        else:
            might = reasons[one.symbol].words if one.symbol in reasons else ""
            _hold(state, one, listed=one.symbol in counts, might=might)
    return [one for one in open_ones if one.symbol not in counts and state.holds.held(one.symbol) is not None]


def _unexecuted(state: State, symbol: str) -> Decimal:
    """Signed quantity that orders of ours reported within the last seconds and whose executions have not come yet."""
    since = state.clock.now() - REPORTED
    return sum(
        (
            order.side.sign * (order.filled - state.fills.total(order))
            for order in state.orders
            if order.symbol == symbol and ours(order) and order.changed is not None and order.changed >= since
        ),
        Decimal(0),
    )


def _difference(state: State, symbol: str, counted: PositionSeen | None) -> Difference:
    base = state.tally.held.get(symbol)
    known = None if base is None else base.instrument
    return Difference(
        symbol=symbol,
        instrument=known if counted is None else counted.instrument,
        expected=state.tally.of(symbol),
        counted=Decimal(0) if counted is None else counted.quantity,
        cost_before=None if base is None else base.cost,
        cost_now=None if counted is None else counted.average_cost,
    )


def _agrees(state: State, one: Difference) -> None:
    state.rebase(one.symbol, one.counted)
    held = state.holds.held(one.symbol)
    if held is not None and not held.orders:
        state.holds.end(one.symbol, f"IB counts {quantity_words(one.counted)}, as our books do")


def _explained(state: State, one: Difference, why: Explained) -> None:
    """Take it over; but where a strategy's own book knows nothing of it, a person says what is the strategy's."""
    books = state.books(one.symbol)
    now = state.clock.now()
    cause = Cause(kind=why.kind, symbol=one.symbol, before=one.expected, after=one.counted, words=why.words, time=now)
    if books:
        state.causes.tell_once(cause)
        said = ", ".join(f"{name}'s own book says {quantity_words(held)}" for name, held in books.items())
        reason = f"{one.words}, {why.words}; {said}"
        state.holds.hold(one.symbol, reason, expected=one.expected, counted=one.counted)
        return
    state.causes.tell(cause)
    state.rebase(one.symbol, one.counted)
    state.holds.end(one.symbol, why.words)


def _hold(state: State, one: Difference, *, listed: bool, might: str) -> None:
    count = f"IB counts {quantity_words(one.counted)}" if listed else "IB lists none of it"
    reason = f"{count}, our books {quantity_words(one.expected)}"
    state.holds.hold(
        one.symbol,
        f"{reason}; perhaps {might}" if might else reason,
        expected=one.expected,
        counted=one.counted,
    )


def _confirmed(state: State, symbol: str) -> bool:
    """An answer without any position may come from a gateway that has just begun: it has to be the same for a while."""
    held = state.holds.held(symbol)
    return held is not None and state.clock.now() - held.since >= CONFIRMED


def _settle(state: State, event: Reconciled) -> None:
    """Draw the conclusion for every live order that no answer contains."""
    ended: list[Order] = []
    shown, now = {order.ref for order in (*event.completed, *event.orders)} | set(event.awaited), event.time
    numbers = Numbers(state.orders, state.acknowledged)
    for order in sorted(state.orders.all_live(), key=lambda order: order.parent is not None):
        if order.ref in shown:
            continue
        absence = state.absent.setdefault(order.ref, Absence())
        absence.add(state.clock.monotonic(), event.epoch)
        if not ours(order):
            gone = "IB does not list it any more"
            state.order(replace(order, status=OrderStatus.UNKNOWN, reason=gone, changed=now))
            continue
        state.order(missing(order, _trace(state, event, order, absence, numbers), now))
        after = state.orders.find(order.ref)
        if after.status is OrderStatus.ENDED:
            ended.append(after)
    _hold_belied(state, ended)


def _hold_belied(state: State, ended: Sequence[Order]) -> None:
    """Orders of two owners that ended on both sides of an instrument may both have traded: no count would show it."""
    for symbol in {order.symbol for order in ended}:
        here = [order for order in ended if order.symbol == symbol]
        if len({order.side for order in here}) < 2 or len({order.owner for order in here}) < 2:
            continue
        for order in here:
            state.holds.hold(symbol, "orders on both sides ended with their outcome unknown", order=order.ref)


class Numbers:
    """The ids of our orders, by the client id that they were sent under: worked out once for all that no list shows."""

    def __init__(self, orders: Iterable[Order], acknowledged: Container[str]) -> None:
        self._answered: dict[int | None, int] = {}
        self._brackets: dict[tuple[int | None, str], int] = {}
        for order in orders:
            if order.number is None or not ours(order):
                continue
            client, bracket = order.client_id, (order.client_id, order.parent or order.ref)
            self._brackets[bracket] = max(self._brackets.get(bracket, 0), order.number)
            if order.ref in acknowledged:
                self._answered[client] = max(self._answered.get(client, 0), order.number)

    def answered(self, order: Order) -> int:
        """The highest that IB has answered of those sent as `order` was; 0 when it has answered none."""
        return self._answered.get(order.client_id, 0)

    def of_bracket(self, order: Order) -> int | None:
        """The highest in the bracket of `order`; None when none of them was given a number."""
        return self._brackets.get((order.client_id, order.parent or order.ref))


def _trace(state: State, event: Reconciled, order: Order, absence: Absence, numbers: Numbers) -> Trace:
    """What is known of an order that no list shows."""
    last = numbers.of_bracket(order)
    absence.look(
        order.number,
        next_id=event.next_id if event.client_id == order.client_id else None,
        answered=numbers.answered(order),
        sent_here=state.sent_on.get(order.ref) == event.epoch,
    )
    return Trace(
        traded=state.fills.total(order),
        acknowledged=order.ref in state.acknowledged,
        absence=absence,
        sent_here=state.sent_on.get(order.ref) == event.epoch,
        complete=last is None or last < (event.next_id or 0),
        hours=state.hours.get(order.symbol),
        parent=state.orders.get(order.parent) if order.parent is not None else None,
    )
