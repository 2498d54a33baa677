"""The one door to the broker: gate, journal, gate again, send. Everything that can move money comes through here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from ibtui.domain.calendar.trading_hours import day_order_ends
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Change, Order, OrderIntent, OrderLeg, legs
from ibtui.domain.terms import TimeInForce
from ibtui.domain.words import order_words
from ibtui.engine.desk.answers import Answers
from ibtui.engine.desk.judge import Judge
from ibtui.engine.desk.pursuit import CancelsAsked, Pursuit
from ibtui.engine.journal import records
from ibtui.engine.journal.journal import Journal
from ibtui.engine.truth.orders import ours
from ibtui.risk.adding import adding

REMEMBERED = 10_000
"""Submissions whose answer is kept for a caller that asks again."""

Renew = Callable[[Sequence[str]], Awaitable[None]]


@dataclass(eq=False, repr=False, kw_only=True)
class Desk(Judge):
    """Submits, changes and cancels orders, for people and for strategies alike; nothing of it that is not judged."""

    journal: Journal
    answers: Answers
    client_id: int
    account: Callable[[], str]
    reach: Callable[[int, int], Awaitable[None]]
    """Waits until the disk holds, beside the journal, that a client may use an order id."""
    renew: Renew
    """Makes sure that the markets of some symbols are news before an order is measured against them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._in_turn = asyncio.Lock()
        self.pursuit = Pursuit(self.session, self.state, self.clock)
        """Follows every cancel to its end."""
        self.asked: set[str] = set()
        """Refs that this engine was asked to cancel."""
        self._submitted: dict[str, asyncio.Future[tuple[str, ...]]] = {}

    async def submit(self, intent: OrderIntent) -> tuple[Order, ...]:
        """Send an intent, once however often it is asked; returns its orders, parent first, as they stand.

        Raises IbtuiError with the gate's code, or journal_failed, reconnected, wrong_account, no_answer: nothing was
        sent then. Cancelling the first caller withdraws an intent that is not sent yet.
        """
        refs = tuple(leg.ref for leg in legs(intent))
        if self.state.orders.get(refs[0]) is None:
            running = self._submitted.get(intent.ref)
            if running is None:
                await self._begin(intent)
            else:
                await asyncio.shield(running)
        return tuple(order for ref in refs if (order := self.state.orders.get(ref)) is not None)

    def forget(self, refs: Collection[str]) -> None:
        """A refusal is no longer the answer for these intents: nothing of them was sent, their caller asks again."""
        for ref in refs:
            running = self._submitted.get(ref)
            if running is not None and running.done() and (running.cancelled() or running.exception() is not None):
                del self._submitted[ref]

    async def modify(self, change: Change) -> Order:
        """Ask the broker for other terms of a working order of ours; returns it as it stands, with its old terms.

        Children that would be larger than it become smaller first. The new terms are shown when the broker has
        confirmed them; what a stop guards no longer is told in the log. Raises IbtuiError with the gate's code, or
        no_order, order_done, not_ours, unknown_order, not_listed, journal_failed, reconnected, wrong_account,
        no_answer: nothing was sent then.
        """
        epoch = self.session.epoch
        order, _ = self.check_change(change)
        changes = (*self.children_first(order, change), change)
        async with self.session.room(len(changes)):
            await self.session.prove()
            await self.journal.commit(*map(records.changing, changes))
            self._same_session(epoch)
            order, bared = self.check_change(change)
            # nothing may be awaited from the check to the write: the world must not change in between
            for each in (*self.children_first(order, change), change):
                self.count(1)
                self.session.modify(each, epoch)
        if bared:
            self.state.log.say("ORDER", bared)
        return order

    def cancel(self, ref: str) -> None:
        """Ask the broker to cancel one order of ours, and go on until it is done.

        Raises IbtuiError no_order, order_done, not_ours, not_connected: nothing was asked for then, nor will it be.
        """
        order = self.state.orders.find(ref)
        if not order.live:
            raise IbtuiError("order_done", f"Order {order.ref} is {order.status} already: there is nothing to cancel.")
        if not ours(order):
            raise IbtuiError("not_ours", f"Order {order.ref} was placed by another program; cancel it there or in TWS.")
        self.pursuit.begin(order.ref)
        self.asked.add(order.ref)
        self.journal.write(records.note("CANCEL", order.ref))

    def cancel_all(self, orders: Sequence[Order]) -> CancelsAsked:
        """Cancel several, whatever hinders some; a child goes with its parent, and is asked for when that is not so."""
        refs = {order.ref for order in orders}
        asked = CancelsAsked()
        for order in orders:
            if order.parent in refs:
                continue
            try:
                self.cancel(order.ref)
            except IbtuiError as error:
                asked.refused[order.ref] = error
            else:
                asked.orders.append(order)
        for order in orders:
            if order.parent is not None and order.parent in self.pursuit.refs and order.parent in refs:
                self.pursuit.begin(order.ref, after=order.parent)
                asked.children.append(order)
        return asked

    def cancel_entries(self) -> CancelsAsked:
        """Cancel every order of ours that can add risk; those that are being cancelled already are not asked again."""
        symbols = {order.symbol for order in self.state.orders.all_live()}
        orders = [
            order
            for symbol in sorted(symbols)
            for order in adding(self.state.orders.live(symbol), self.state.positions.held(symbol))
        ]
        under_way = [order for order in orders if order.ref in self.pursuit.refs]
        asked = self.cancel_all([order for order in orders if order.ref not in self.pursuit.refs])
        asked.before = under_way
        return asked

    # one submission

    async def _begin(self, intent: OrderIntent) -> None:
        running = self._submitted[intent.ref] = asyncio.ensure_future(self._carry(intent))
        running.add_done_callback(_look)
        while len(self._submitted) > REMEMBERED:
            del self._submitted[next(iter(self._submitted))]
        await running

    async def _carry(self, intent: OrderIntent) -> tuple[str, ...]:
        if not intent.reduce_only:
            await self.renew([leg.symbol for leg in intent.combo] or [intent.symbol])
        for words in self.check(intent):
            self.state.log.say("ORDER", f"{words}: {order_words(intent, self.state.instruments.get(intent.symbol))}")
        self.remember(intent)
        try:
            return await self._send(intent)
        except BaseException:
            self.forget_passed(intent.ref)
            raise

    async def _send(self, intent: OrderIntent) -> tuple[str, ...]:
        epoch = self.session.epoch
        wanted = legs(intent)
        async with self.session.room(len(wanted)):
            await self.session.prove()
            await self._write(intent, wanted, epoch)
        refs = tuple(leg.ref for leg in wanted)
        self.answers.expect(refs)
        return refs

    async def _write(self, intent: OrderIntent, wanted: Sequence[OrderLeg], epoch: int) -> None:
        """Journal and write the orders of an intent; there is room for them in the lane."""
        ids = self.session.reserve(len(wanted))
        orders = [self._pending(leg, number) for leg, number in zip(wanted, ids, strict=True)]
        now = self.clock.now()
        try:
            async with self._in_turn:  # IB refuses an id below one that it has: what is reserved first goes out first
                await self.reach(self.client_id, ids[-1])
            await self.journal.commit(
                *(
                    records.intended(leg, order, number, self.client_id, now)
                    for leg, order, number in zip(wanted, orders, ids, strict=True)
                )
            )
            self._check_again(intent, epoch)
            # nothing may be awaited from the check to the write: the world must not change in between
            self.session.place(wanted, self.state.instruments, epoch, order_ids=ids)
            self.count(len(wanted))
        except BaseException as error:
            self._withdraw(wanted, error)
            raise
        for order in orders:
            self.state.sent_on[order.ref] = epoch
            self.state.order(order)

    def _check_again(self, intent: OrderIntent, epoch: int) -> None:
        self._same_session(epoch)
        self.check(intent)

    def _same_session(self, epoch: int) -> None:
        if self.session.epoch != epoch:
            raise IbtuiError(
                "reconnected", "The connection to IB changed meanwhile: nothing was sent; look, then retry."
            )
        bound = self.account()
        if not bound or self.session.account != bound:
            raise IbtuiError("wrong_account", f"The session uses another account than {bound or 'any bound one'}.")

    def _withdraw(self, wanted: Sequence[OrderLeg], error: BaseException) -> None:
        why = str(error) or type(error).__name__
        self.journal.write(*(records.withdrawn(leg.ref, why) for leg in wanted))

    def _pending(self, leg: OrderLeg, number: int) -> Order:
        now = self.clock.now()
        over_by = self._over_by(leg, now)
        return replace(leg.pending(now), over_by=over_by, number=number, client_id=self.client_id)

    def _over_by(self, leg: OrderLeg, now: datetime) -> datetime | None:
        hours = self.state.hours.get(leg.symbol)
        return day_order_ends(hours, now) if hours is not None and leg.tif == TimeInForce.DAY else None


def _look(running: asyncio.Future[tuple[str, ...]]) -> None:
    """The first caller gets the exception; asyncio need not complain about it."""
    if not running.cancelled():
        running.exception()
