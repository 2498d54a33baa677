"""The one door to the broker: gate, journal, gate again, send. Everything that can move money comes through here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from decimal import Decimal

from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.domain.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Change, Order, OrderIntent, OrderLeg, OrderStatus, legs
from ibtui.engine import records, stakes, terms
from ibtui.engine.answers import Answers
from ibtui.engine.ceilings import Limited
from ibtui.engine.halt import Latch, adding
from ibtui.engine.journal import Journal
from ibtui.engine.orders import ours
from ibtui.engine.pursuit import Asked, Pursuit
from ibtui.engine.session import Session
from ibtui.engine.state import State
from ibtui.engine.wording import order_words
from ibtui.risk.change_rules import Standing, adds, bared, check_change, grows
from ibtui.risk.facts import Facts, Recent, Refusal
from ibtui.risk.gate import barred, check, said, without_session
from ibtui.risk.option_rules import uncovers
from ibtui.risk.reducing import reduces

REMEMBERED = 10_000
"""Submissions whose answer is kept for a caller that asks again."""

SECOND = 1.0
"""What orders_per_second is counted over."""

Renew = Callable[[Sequence[str]], Awaitable[None]]


class Desk:
    """Submits and cancels orders, for people and for strategies alike."""

    def __init__(
        self,
        *,
        session: Session,
        state: State,
        journal: Journal,
        latch: Latch,
        answers: Answers,
        limits: Limits,
        limited: Limited,
        read_only: bool,
        live: bool,
        client_id: int,
        clock: Clock,
        account: Callable[[], str],
    ) -> None:
        self._session = session
        self._state = state
        self._journal = journal
        self._latch = latch
        self._answers = answers
        self._limits = limits
        self.limited = limited
        self._read_only = read_only
        self._live = live
        self._client_id = client_id
        self._clock = clock
        self._account = account
        self.renew: Renew | None = None
        """Makes sure that the markets of these symbols are news before an order is measured against them."""
        self.pursuit = Pursuit(session, state, clock)
        """Follows every cancel to its end."""
        self.asked: set[str] = set()
        """Refs that this engine was asked to cancel."""
        self._submitted: dict[str, asyncio.Future[tuple[str, ...]]] = {}
        self._recent: deque[Recent] = deque()
        self._sent: deque[float] = deque()
        """When each order and change of the last second was written."""

    async def submit(self, intent: OrderIntent) -> tuple[Order, ...]:
        """Send an intent, once however often it is asked; returns its orders, parent first, as they stand.

        Raises IbtuiError with the gate's code, or journal_failed, reconnected, wrong_account, no_answer: nothing was
        sent then. Cancelling the first caller withdraws an intent that is not sent yet.
        """
        refs = tuple(leg.ref for leg in legs(intent))
        if self._state.orders.get(refs[0]) is None:
            running = self._submitted.get(intent.ref)
            if running is None:
                await self._begin(intent)
            else:
                await asyncio.shield(running)
        return tuple(order for ref in refs if (order := self._state.orders.get(ref)) is not None)

    def forget(self, refs: Collection[str]) -> None:
        """A refusal is no longer the answer for these intents: nothing of them was sent, their caller asks again."""
        for ref in refs:
            running = self._submitted.get(ref)
            if running is not None and running.done() and (running.cancelled() or running.exception() is not None):
                del self._submitted[ref]

    def check(self, intent: OrderIntent, without: Collection[str] = ()) -> tuple[str, ...]:
        """Raise IbtuiError when the gate refuses; orders in `without` are taken as cancelled.

        Returns in words what it passes only because it reduces a position.
        """
        if self._live:
            raise IbtuiError(
                "read_only", "A live profile only shows: trading real money cannot be armed yet. Use paper."
            )
        facts = self.facts(intent, without)
        refusal = check(intent, facts, self._limits)
        if refusal is None:
            refusal = self.limited.refuses(intent, without, reduces=reduces(intent, facts))
        if refusal is not None:
            raise IbtuiError(refusal.code, refusal.sentence)
        return said(intent, facts, self._limits)

    def uncovers(self, intent: OrderIntent, without: Collection[str] = ()) -> Decimal:
        """Units of the underlying whose cover it takes from calls that are sold."""
        return uncovers(intent, self.facts(intent, without))

    def check_session(self) -> None:
        """Raise IbtuiError not_connected unless the session is active: what is held may not even be known."""
        refusal = without_session(self._session.state, halted=self._latch.halted is not None)
        if refusal is not None:
            raise IbtuiError(refusal.code, refusal.sentence)

    def check_barred(self, intent: OrderIntent, without: Collection[str] = ()) -> None:
        """Raise IbtuiError when no order like this one may go out now, whatever its price and size."""
        refusal = barred(intent, self.facts(intent, without), self._limits)
        if refusal is not None:
            raise IbtuiError(refusal.code, refusal.sentence)

    def facts(self, intent: OrderIntent, without: Collection[str] = ()) -> Facts:
        """What the gate judges an intent by, now."""
        state, symbol, now = self._state, intent.symbol, self._clock.monotonic()
        known = state.connection.state == "active"
        instrument = state.instruments.get(symbol)
        parts = stakes.parts(state, intent, now, without)
        return Facts(
            connection=self._session.state,
            halted=self._latch.halted is not None,
            read_only=self._read_only,
            instrument=instrument,
            quote=stakes.market(state, intent, parts),
            now=now,
            held=state.positions.held(symbol) if known else None,
            moved=state.positions.moved(symbol, now),
            closes_own=intent.reduce_only and self.limited.closes_own(intent, without),
            orders=stakes.live(state, symbol, without),
            sent=self._sent_lately(now),
            equity=None if state.account is None else state.account.net_liquidation,
            rate=1.0 if instrument is None else self.limited.rate(instrument.currency),
            recent=tuple(recent for recent in self._recent if recent.intent.ref != intent.ref),
            parts=parts,
            gross=stakes.gross(state, intent, parts),
            stakes=stakes.stakes(state, instrument, now, without, intent.ref),
        )

    async def modify(self, change: Change) -> Order:
        """Ask the broker for other terms of a working order of ours; returns it as it stands, with its old terms.

        Children that would be larger than it become smaller first. The new terms are shown when the broker has
        confirmed them; what a stop guards no longer is told in the log. Raises IbtuiError with the gate's code, or
        no_order, not_ours, unknown_order, journal_failed, reconnected, wrong_account, no_answer: nothing was sent then.
        """
        epoch = self._session.epoch
        order, _ = self.check_change(change)
        async with self._session.room(1 + len(self._children_first(order, change))):
            await self._session.prove()
            await self._journal.commit(records.changing(change))
            self._same_session(epoch)
            order, bared = self.check_change(change)
            # nothing may be awaited from the check to the write: the world must not change in between
            for each in (*self._children_first(order, change), change):
                self._sent.append(self._clock.monotonic())
                self._session.modify(
                    each.ref, epoch, quantity=each.quantity, limit_price=each.limit_price, stop_price=each.stop_price
                )
        if bared:
            self._state.log.say("ORDER", bared)
        return order

    def check_change(self, change: Change) -> tuple[Order, str]:
        """Raise IbtuiError when the change may not go out; else the order, and what it takes a stop from, in words."""
        order = self._state.orders.find(change.ref)
        if not order.live:
            raise IbtuiError("no_order", f"Order {order.ref} is {order.status} already: there is nothing to change.")
        if not ours(order):
            raise IbtuiError("not_ours", f"Order {order.ref} was placed by another program; change it there or in TWS.")
        if order.status in (OrderStatus.UNKNOWN, OrderStatus.PENDING):
            raise IbtuiError("unknown_order", f"Order {order.ref} is {order.status}: IB has to answer first.")
        if self._live:
            raise IbtuiError("read_only", "A live profile only shows: trading real money cannot be armed yet.")
        found = self._standing(order)
        wanted = terms.changed(found.order, change)
        without = (order.ref, *(child.ref for child in found.children))
        facts = self.facts(wanted, without)
        refusal = check_change(found, wanted, facts, self._limits) or self._limited_change(found, wanted, facts)
        if refusal is not None:
            raise IbtuiError(refusal.code, refusal.sentence)
        return order, bared(found, wanted)

    def _standing(self, order: Order) -> Standing:
        return terms.standing(
            self._state, self._session.changing(order.ref) or order, self.limited.own_holdings(order.owner)
        )

    def _limited_change(self, found: Standing, wanted: OrderIntent, facts: Facts) -> Refusal | None:
        """What the ceilings say of what may still trade; what only shrinks is not asked about."""
        if not (grows(found.order, wanted) or adds(found, wanted, facts)):
            return None
        left = replace(wanted, quantity=wanted.quantity - found.order.filled)
        reducing = found.guards or reduces(left, facts)
        return self.limited.refuses(left, (wanted.ref,), reduces=reducing, traded=found.order.filled)

    def _children_first(self, order: Order, change: Change) -> list[Change]:
        return [] if change.quantity is None else terms.too_large(self._standing(order), change.quantity)

    def changing(self, ref: str) -> bool:
        """Whether a change of an order was written that IB has not answered yet."""
        return self._session.changing(ref) is not None

    def cancel(self, ref: str) -> None:
        """Ask the broker to cancel one order of ours, and go on until it is done.

        Raises IbtuiError no_order, not_ours, not_connected: nothing was asked for then, nor will it be.
        """
        order = self._state.orders.find(ref)
        if not order.live:
            raise IbtuiError("no_order", f"Order {order.ref} is {order.status} already: there is nothing to cancel.")
        if not ours(order):
            raise IbtuiError("not_ours", f"Order {order.ref} was placed by another program; cancel it there or in TWS.")
        self.pursuit.begin(order.ref)
        self.asked.add(order.ref)
        self._journal.write(records.note("CANCEL", order.ref))

    def cancel_all(self, orders: Sequence[Order]) -> Asked:
        """Cancel several, whatever hinders some; a child goes with its parent, and is asked for when that is not so."""
        refs = {order.ref for order in orders}
        asked = Asked()
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

    def cancel_entries(self) -> Asked:
        """Cancel every order of ours that can add risk; those that are being cancelled already are not asked again."""
        symbols = {order.symbol for order in self._state.orders.all_live()}
        orders = [
            order
            for symbol in sorted(symbols)
            for order in adding(self._state.orders.live(symbol), self._state.positions.held(symbol))
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
        if self.renew is not None and not intent.reduce_only:
            await self.renew([leg.symbol for leg in intent.combo] or [intent.symbol])
        for words in self.check(intent):
            self._state.log.say("ORDER", f"{words}: {order_words(intent, self._state.instruments.get(intent.symbol))}")
        self._remember(intent)
        try:
            return await self._send(intent)
        except BaseException:
            self._recent = deque(recent for recent in self._recent if recent.intent.ref != intent.ref)
            raise

    async def _send(self, intent: OrderIntent) -> tuple[str, ...]:
        epoch = self._session.epoch
        wanted = legs(intent)
        async with self._session.room(len(wanted)):
            await self._session.prove()
            await self._write(intent, wanted, epoch)
        refs = tuple(leg.ref for leg in wanted)
        self._answers.expect(refs)
        return refs

    async def _write(self, intent: OrderIntent, wanted: Sequence[OrderLeg], epoch: int) -> None:
        """Journal and write the orders of an intent; there is room for them in the lane."""
        ids = self._session.reserve(len(wanted))
        orders = [self._pending(leg) for leg in wanted]
        now = self._clock.now()
        try:
            await self._journal.commit(
                *(
                    records.intended(leg, order, number, self._client_id, now)
                    for leg, order, number in zip(wanted, orders, ids, strict=True)
                )
            )
            self._check_again(intent, epoch)
            # nothing may be awaited from the check to the write: the world must not change in between
            self._session.place(wanted, self._state.instruments, epoch, order_ids=ids)
            self._sent.extend(self._clock.monotonic() for _ in wanted)
        except BaseException as error:
            self._withdraw(wanted, error)
            raise
        for order, number in zip(orders, ids, strict=True):
            self._state.orders.ids[number] = order.ref
            self._state.order(order)

    def _check_again(self, intent: OrderIntent, epoch: int) -> None:
        self._same_session(epoch)
        self.check(intent)

    def _same_session(self, epoch: int) -> None:
        if self._session.epoch != epoch:
            raise IbtuiError(
                "reconnected", "The connection to IB changed meanwhile: nothing was sent; look, then retry."
            )
        bound = self._account()
        if not bound or self._session.account != bound:
            raise IbtuiError("wrong_account", f"The session uses another account than {bound or 'any bound one'}.")

    def _withdraw(self, wanted: Sequence[OrderLeg], error: BaseException) -> None:
        why = str(error) or type(error).__name__
        self._journal.write(*(records.withdrawn(leg.ref, why) for leg in wanted))

    def _sent_lately(self, now: float) -> int:
        while self._sent and now - self._sent[0] >= SECOND:
            self._sent.popleft()
        return len(self._sent)

    def _remember(self, intent: OrderIntent) -> None:
        now = self._clock.monotonic()
        while self._recent and now - self._recent[0].passed >= self._limits.duplicate_seconds:
            self._recent.popleft()
        self._recent.append(Recent(intent, now))

    def _pending(self, leg: OrderLeg) -> Order:
        now = self._clock.now()
        return Order(
            ref=leg.ref,
            symbol=leg.symbol,
            side=leg.side,
            quantity=leg.quantity,
            type=str(leg.type),
            limit_price=leg.limit_price,
            stop_price=leg.stop_price,
            status=OrderStatus.PENDING,
            owner=leg.owner,
            parent=leg.parent,
            role=leg.role,
            tif=str(leg.tif),
            oca_group=leg.oca_group,
            combo=leg.combo,
            outside_hours=leg.outside_hours,
            created=now,
            changed=now,
        )


def _look(running: asyncio.Future[tuple[str, ...]]) -> None:
    """The first caller gets the exception; asyncio need not complain about it."""
    if not running.cancelled():
        running.exception()
