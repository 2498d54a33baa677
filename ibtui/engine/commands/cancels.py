"""Carrying out `cancel`: which orders a word names, and what became of each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.words import quantity_words
from ibtui.engine.desk.answers import PATIENCE, Answers
from ibtui.engine.desk.desk import Desk
from ibtui.engine.desk.pursuit import QUEUED, CancelsAsked, Pursuit
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State
from ibtui.link.messages import Outcome

PER_SECOND = 40
"""Cancels that are written in a second: so much longer an answer waits for many of them."""
NAMED = 5
"""Refs that a sentence names before it only counts."""


class Cancels:
    """Takes back working orders of ours: one, those of an instrument, or all."""

    def __init__(self, *, state: State, desk: Desk, answers: Answers) -> None:
        self._state = state
        self._desk = desk
        self._answers = answers

    async def cancel(self, target: str, wait: bool) -> Outcome:
        """Cancel what `target` names: a ref, a symbol or `all`.

        Raises IbtuiError when nothing was asked for: no_order, not_ours, not_connected.
        """
        named = self.named(target)
        asked = self._desk.cancel_all(named)
        if not asked.orders:
            raise _nothing_cancelled(asked.refused, len(named))
        return await self.outcome(asked, wait)

    async def outcome(self, asked: CancelsAsked, wait: bool) -> Outcome:
        """What became of cancels that were asked for; with `wait`, once all are confirmed or IB has had its time."""
        concerned = [*asked.concerned, *asked.children]
        concerned += [child for order in asked.concerned for child in self._state.orders.children(order.ref)]
        concerned = list({order.ref: order for order in concerned}.values())
        if wait:
            await self._answers.wait(lambda: all(self._settled(order) for order in concerned), self._time(asked))
        now = self._state.orders.now(concerned)
        done = all(order.status.done or self.protects(order) for order in now)
        message = words(self._state.orders.now(asked.concerned), self._desk.pursuit, asked.refused)
        return Outcome(message=message, orders=tuple(now), answered=not asked.refused and (done or not wait))

    def live(self, target: str) -> list[Order]:
        """Live orders of ours in one instrument, or all."""
        if target == "all":
            return [order for order in self._state.orders.all_live() if ours(order)]
        return [order for order in self._state.orders.live(target.upper()) if ours(order)]

    def named(self, target: str) -> list[Order]:
        """The orders that a ref, a symbol or `all` stands for; raises IbtuiError `no_order`."""
        by_name = self.live(target)
        if by_name:
            return by_name
        if target == "all" or target.upper() in self._state.instruments:
            raise IbtuiError(
                "no_order", f"There is no working order of ours{'' if target == 'all' else f' in {target}'}."
            )
        return [self._state.orders.find(target)]

    def _settled(self, order: Order) -> bool:
        """Nothing more is to be waited for."""
        (now,) = self._state.orders.now([order])
        if now.status.done:  # asked first: the pursuit may hear of it after this
            return True
        return self._desk.pursuit.settled(order.ref) if order.ref in self._desk.pursuit.refs else self.protects(now)

    def protects(self, order: Order) -> bool:
        """A child that stays, and that nobody asked to cancel: its parent traded before the cancel."""
        parent = self._state.orders.get(order.parent) if order.parent is not None else None
        asked = order.ref in self._desk.pursuit.refs
        return not asked and parent is not None and parent.status.done and parent.filled > 0

    def _time(self, asked: CancelsAsked) -> float:
        return PATIENCE + len(asked.orders) / PER_SECOND


def words(orders: Sequence[Order], pursuit: Pursuit, refused: Mapping[str, IbtuiError] | None = None) -> str:
    """`83 cancels sent, 61 confirmed; 22 not confirmed (abcd...): IB has not answered`: of orders as they stand now."""
    needless = [order for order in orders if order.ref in pursuit.needless and order.status is not OrderStatus.FILLED]
    orders = [order for order in orders if order not in needless]
    unsent = sum((request := pursuit.request(order.ref)) is not None and not request.sent for order in orders)
    filled = [order for order in orders if order.status is OrderStatus.FILLED]
    confirmed = sum(order.status.done for order in orders) - len(filled)
    count = f"{len(orders)} {'cancel' if len(orders) == 1 else 'cancels'}"
    parts = [f"{count}{f': {len(orders) - unsent}' if unsent else ''} sent, {confirmed} confirmed"]
    if filled:
        parts.append(
            f"{_refs([order.ref for order in filled])} filled before {'its' if len(filled) == 1 else 'their'} cancel"
        )
    parts += [
        f"{order.ref} traded {quantity_words(order.filled)} of {quantity_words(order.quantity)} first"
        for order in orders
        if order.status.done and order.filled and order not in filled
    ]
    parts += [f"{order.ref} needed none: {order.reason or order.status}" for order in needless]
    parts += _unconfirmed(orders, pursuit)
    parts += _not_asked(refused or {})
    return "; ".join(parts)


def _not_asked(refused: Mapping[str, IbtuiError]) -> list[str]:
    """Which were not asked for, by why."""
    why: defaultdict[str, list[str]] = defaultdict(list)
    for ref, error in refused.items():
        why[error.message].append(ref)
    return [f"{len(refs)} not asked for ({_refs(refs)}): {message}" for message, refs in why.items()]


def _unconfirmed(orders: Sequence[Order], pursuit: Pursuit) -> list[str]:
    """Which are not confirmed, by why."""
    why: defaultdict[str, list[str]] = defaultdict(list)
    for order in orders:
        request = pursuit.request(order.ref)
        if not order.status.done and request is not None:
            why[request.why].append(order.ref)
    queued = len(why.pop(QUEUED, ()))
    parts = [f"{queued} {'waits' if queued == 1 else 'wait'} for IB's message limit"] if queued else []
    return parts + [f"{len(refs)} not confirmed ({_refs(refs)}): {reason}" for reason, refs in why.items()]


def _refs(refs: Sequence[str]) -> str:
    more = len(refs) - NAMED
    return ", ".join(refs[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _nothing_cancelled(refused: Mapping[str, IbtuiError], count: int) -> IbtuiError:
    """Why nothing was asked for, in the words of the first refusal."""
    first = next(iter(refused.values()))
    if first.code != "not_connected":
        return first
    work = "the order may work on" if count == 1 else f"{count} orders may work on"
    return IbtuiError(
        "not_connected", f"There is no connection to IB: nothing was cancelled, {work}; try again when it is back."
    )
