"""The session with IB as the engine sees it: one small door, behind which each noun has its own part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from ibtui.broker.data.chains import QualifiedChain
from ibtui.broker.data.contracts import KnownName
from ibtui.broker.data.kept_history import KeptBarsHeard
from ibtui.broker.lifecycle import Lifecycle
from ibtui.broker.orders.book import Recall
from ibtui.broker.parts import make
from ibtui.broker.transport.pacing import Rank
from ibtui.broker.transport.timings import Timings
from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.clock import Clock, SystemClock
from ibtui.domain.event import ConnectionState, Event, Reconciled
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Change, Order, OrderLeg


class Session:
    """A session with TWS, IB Gateway or the offline gateway.

    `on_event` is called on the event loop with every fact, in the order it came, and must not block. With `paper`, an
    account that does not begin with D ends the session; without it, one that does. An empty `account` takes the only
    one. `first_order_id` is the lowest order id that may be used. `recall(ref)` is the order of ours as
    it was known before, or None; `known_name(con_id)` the name of a contract whose own fits several. With `headlines`,
    news of what streams is asked for too.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        client_id: int,
        paper: bool,
        account: str = "",
        first_order_id: int = 1,
        on_event: Callable[[Event], None],
        recall: Recall | None = None,
        known_name: KnownName = lambda con_id: None,
        clock: Clock | None = None,
        timings: Timings | None = None,
        headlines: bool = False,
    ) -> None:
        clock = clock or SystemClock()
        timings = timings or Timings()
        self._life = Lifecycle(
            host=host,
            port=port,
            client_id=client_id,
            paper=paper,
            account=account,
            emit=on_event,
            clock=clock,
            timings=timings,
        )
        self._parts = make(
            emit=on_event,
            clock=clock,
            timings=timings,
            recall=recall,
            known_name=known_name,
            first_order_id=first_order_id,
            headlines=headlines,
            doubt=self._life.doubt,
            connectivity=self._life.connectivity,
        )
        self._life.bind(self._parts)

    @property
    def epoch(self) -> int:
        """Grows by one with every connection."""
        return self._life.epoch

    @property
    def state(self) -> ConnectionState:
        return self._life.state

    @property
    def account(self) -> str:
        """The account in use; empty until one was chosen."""
        return self._life.account

    async def run(self) -> None:
        """Connect, and connect again after every loss, until closed.

        Tells each change of state as ConnectionChanged. Returns early only for an account that does not fit the
        profile (code wrong_account): trying again would not help.
        """
        await self._life.run()

    async def close(self) -> None:
        """Fail what is pending, disconnect without waiting for the peer, and let `run` return; idempotent."""
        await self._life.close()

    async def resolve(self, text: str, *, patient: bool = False) -> Instrument:
        """The instrument that a person means: AAPL, BRK.B, ESZ6, EUR.USD or EURUSD, SAP.EUR.

        With `patient`, everything else that IB is asked goes first: for long lists, for which nobody waits.
        Raises IbtuiError: unknown_symbol, ambiguous_symbol (its sentence lists choices), no_answer, not_connected.
        """
        return await self._parts.contracts.resolve(text, Rank.LATER if patient else Rank.PERSON)

    async def search(self, pattern: str) -> list[Instrument]:
        """Instruments whose symbol or name resembles `pattern`; IbtuiError: search_failed, no_answer, not_connected."""
        return await self._parts.contracts.search(pattern)

    async def chain(self, underlying: Instrument, spot: float, *, days: float | None, strikes: int) -> QualifiedChain:
        """Options of the first expiry at least `days` away (of the first after today when None), near the money.

        At most `strikes` strikes (20 are the most), spread over two standard deviations around `spot`, the
        underlying's price. What their market had not told within 2.5 s is None. The first chain of a day also asks
        which options there are. Raises IbtuiError: no_option, no_answer, not_connected.
        """
        return await self._parts.chains.chain(underlying, spot, days, strikes)

    def subscribe(self, instrument: Instrument) -> None:
        """Stream quotes of an instrument, on this connection and every later one; idempotent."""
        self._parts.quotes.subscribe(instrument)

    def unsubscribe(self, instrument: Instrument) -> None:
        """Stop streaming an instrument; idempotent."""
        self._parts.quotes.unsubscribe(instrument)

    async def history(
        self, instrument: Instrument, *, bar: int, count: int, hours: BarHours | None = None
    ) -> list[Bar]:
        """At most `count` bars of `bar` seconds, newest last, aware UTC; trades, or the middle for currencies.

        Bars of an hour and more are of regular hours or of all, by `hours` or else as is usual for the instrument; a
        day's bears midnight in New York of its session's date. Raises IbtuiError: bad_bar, no_history, history_paced,
        no_answer, not_connected.
        """
        return await self._parts.history.bars(instrument, bar=bar, count=count, hours=hours)

    def keep(
        self, instrument: Instrument, *, bar: int, count: int, hours: BarHours | None, heard: KeptBarsHeard
    ) -> Callable[[], None]:
        """Bars that IB keeps up to date, on this connection and every later one; returns what ends the stream.

        `heard` gets the last `count` bars first and again whenever the stream had to be begun anew, the running one
        last; then each bar as it stands, every few seconds. Merge them by time. Raises IbtuiError: bad_bar, no_history
        when IB allows no more streams.
        """
        return self._parts.kept.keep(instrument, bar=bar, hours=hours, count=count, heard=heard)

    async def history_before(
        self, instrument: Instrument, *, bar: int, end: datetime, hours: BarHours | None = None
    ) -> list[Bar]:
        """The bars of the longest span that IB answers at once, up to those that begin before `end`; none for no data.

        Raises IbtuiError: bad_bar, no_history, history_paced (asked too often: wait), no_answer, not_connected.
        """
        return await self._parts.history.before(instrument, bar=bar, end=end, hours=hours)

    async def reconcile(self) -> Reconciled:
        """Ask IB for all positions, open orders, completed orders and executions; also told as an event.

        Raises IbtuiError: incomplete (its sentence names what is missing), not_connected.
        """
        return await self._life.reconcile()

    def distrust(self, reason: str) -> None:
        """Take nothing that was known for true: nothing is sent until IB has answered and told everything again."""
        self._life.distrust(reason)

    async def prove(self, limit: float = 1.0) -> None:
        """Return once IB has answered within the last 2 s, asking it if need be for at most `limit` seconds.

        Callers share one question. Raises IbtuiError: no_answer, not_connected.
        """
        await self._parts.heartbeat.prove(limit)

    def reserve(self, count: int) -> tuple[int, ...]:
        """Order ids to be journaled before `place` uses them; never given out again, valid for this connection."""
        return self._parts.placing.reserve(count)

    def room(self, messages: int) -> AbstractAsyncContextManager[None]:
        """Wait until so many orders may be written at once, and keep the room for them during the block.

        Raises IbtuiError: not_connected, when the connection ended first.
        """
        return self._parts.wire.lane.room(messages)

    def place(
        self,
        legs: Sequence[OrderLeg],
        instruments: Mapping[str, Instrument],
        epoch: int,
        *,
        order_ids: Sequence[int] | None = None,
    ) -> dict[str, int]:
        """Write the legs in order, now, in `room`; children name their parent, only the last leg releases them all.

        `instruments` by symbol; `order_ids` from `reserve`, one a leg. Returns the order id of each ref. Raises
        IbtuiError, and then nothing was written: not_active, stale_connection, duplicate_order, bad_order_id,
        not_connected.
        """
        self._life.check(epoch)
        return self._parts.placing.place(legs, instruments, order_ids)

    def cancel(
        self, ref: str, written: Callable[[bool], None] = lambda written: None, sent: Order | None = None
    ) -> None:
        """Ask for the cancellation of an order of this client; allowed whenever TWS is connected, IB's servers or not.

        It goes before everything else and waits while IB's message limit is reached. `written` is called once, maybe
        before this returns: with False when the order or the connection ended first. `sent`, the order as it went out,
        lets one that IB never showed be cancelled by its number. Raises IbtuiError: not_ours, order_done, not_listed
        (not yet on this connection), not_arrived, no_number, number_taken, order_done, not_connected.
        """
        self._parts.placing.cancel(ref, written, sent)

    def changing(self, ref: str) -> Order | None:
        """An order with the terms of a change that IB has not confirmed yet; None when none is open."""
        record = self._parts.orders.book.find(ref)
        return record.asked if record is not None else None

    def modify(self, change: Change, epoch: int) -> None:
        """Send an order of this client again with other terms; the others stay as they were last asked for.

        Raises IbtuiError, and then nothing was written: not_active, stale_connection, not_ours, order_done,
        order_done, not_connected.
        """
        self._life.check(epoch)
        self._parts.placing.modify(change)
