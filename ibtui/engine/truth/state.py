"""What the engine knows: broker events added up, each change marked for every client and written to the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from ibtui.domain import event as events
from ibtui.domain.account import Account
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.currency import unknown_rate
from ibtui.domain.dispatch import handlers
from ibtui.domain.order import OrderStatus
from ibtui.domain.signal import Signal
from ibtui.engine.journal import records
from ibtui.engine.journal.journal import Recovered
from ibtui.engine.journal.latches import Latches
from ibtui.engine.truth import reconcile
from ibtui.engine.truth.account_facts import AccountFacts
from ibtui.engine.truth.causes import CauseFacts
from ibtui.engine.truth.changes import Changes, Part
from ibtui.engine.truth.connection_facts import ConnectionFacts
from ibtui.engine.truth.deliveries import DeliveryWarnings
from ibtui.engine.truth.fill_facts import FillFacts
from ibtui.engine.truth.fills import Fills
from ibtui.engine.truth.holds import Holds
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.log import Log
from ibtui.engine.truth.market_facts import MarketFacts
from ibtui.engine.truth.order_facts import OrderFacts
from ibtui.engine.truth.orders import Orders
from ibtui.engine.truth.position_facts import PositionFacts
from ibtui.engine.truth.positions import Positions
from ibtui.engine.truth.said import BrokerSayings
from ibtui.engine.truth.tally import Tally
from ibtui.engine.wording import signal_line


class State:
    """The one truth of an engine; only `apply` and the desk change it.

    The books (`orders`, `fills`, `positions`, `tally`, `holds`) say how things stand; what is said of each noun goes
    to its facts, which change the books and tell of it.
    """

    def __init__(
        self,
        clock: Clock,
        write: Callable[[records.JournalRecord], None],
        zone: tzinfo = UTC,
        *,
        fills: Fills | None = None,
        books: Callable[[str], dict[str, Decimal]] = lambda symbol: {},
    ) -> None:
        """`books` tells what strategies hold of an instrument by their own fills, by name."""
        self.clock = clock
        self.zone = zone
        """In which a person is told of times."""
        self.listeners = listeners = Listeners()
        self._watchers = watchers = Watchers()
        self.log = log = Log(clock, lambda: watchers.touch("log"))
        self.said = BrokerSayings(log, clock)
        self.holds = holds = Holds(clock, log)
        holds.listeners.append(lambda symbol: watchers.touch("session", "positions", "strategies"))
        self.orders = orders = Orders()
        self.fills = fills = Fills() if fills is None else fills
        self.positions = positions = Positions()
        self.tally = tally = Tally()
        self.books = books
        self._session = session = ConnectionFacts(clock, log, self.said, watchers, listeners)
        self._market = market = MarketFacts(positions, watchers, listeners)
        order_facts = OrderFacts(
            clock,
            write,
            log=log,
            holds=holds,
            orders=orders,
            fills=fills,
            positions=positions,
            market=market,
            watchers=watchers,
            listeners=listeners,
        )
        self.causes = CauseFacts(log, write, watchers, listeners)
        """Says why a position changed that no order of ours moved."""
        self.deliveries = DeliveryWarnings(clock, self.causes, market)
        fill_facts = FillFacts(
            clock,
            write,
            log=log,
            causes=self.causes,
            fills=fills,
            tally=tally,
            orders=order_facts,
            positions=positions,
            market=market,
            watchers=watchers,
            listeners=listeners,
        )
        self._money = money = AccountFacts(watchers, listeners)
        position_facts = PositionFacts(
            clock,
            write,
            holds=holds,
            tally=tally,
            money=money,
            orders=orders,
            positions=positions,
            market=market,
            watchers=watchers,
            listeners=listeners,
        )
        self.watchlist: tuple[str, ...] = ()
        self.sent_on: dict[str, int] = {}
        """By ref, the connection that an order was written on; those of an earlier engine are not in it."""
        self.gaps: dict[str, tuple[Decimal, Decimal]] = {}
        """By ref, what the last reconcile reported to have traded and the executions, where those were more."""
        self.told_gaps: set[str] = set()
        # What others read and change of the facts, by the names that they know it by.
        self.quotes, self.instruments, self.hours = market.quotes, market.instruments, market.hours
        self.outdate, self.forget_quote, self.know = market.outdate, market.forget, market.know
        self.acknowledged, self.absent = order_facts.acknowledged, order_facts.absent
        self.order, self.described, self.count_cover = order_facts.stand, order_facts.described, order_facts.count_cover
        self.filled, self.adjusted = fill_facts.filled, fill_facts.adjusted
        self.counted_position, self.doubt_position = position_facts.counted, position_facts.doubt
        self.rebase, self.flat, self.closable = position_facts.rebase, position_facts.flat, position_facts.closable
        appliers: dict[type, Callable[..., None]] = {
            events.ConnectionChanged: session.changed,
            events.RoundTrip: session.pulsed,
            events.Queued: session.waits,
            events.HistoryRequests: session.asks,
            events.QuoteChanged: market.quote_changed,
            events.InstrumentSeen: lambda event: market.know(event.instrument),
            events.HoursSeen: market.hours_seen,
            events.OrderSeen: lambda event: order_facts.described(event.order),
            events.OrderMoved: order_facts.moved,
            events.NumberUnknown: order_facts.number_unknown,
            events.CancelRefused: self._cancel_refused,
            events.RateExceeded: self._rate_exceeded,
            events.Doubted: lambda event: log.say("ERROR", event.text),
            events.Filled: lambda event: fill_facts.filled(event.fill),
            events.Commissioned: fill_facts.commissioned,
            events.PositionSeen: position_facts.counted,
            events.PositionValued: position_facts.valued,
            events.AccountChanged: money.changed,
            events.BrokerSaid: self._broker_said,
            events.Signalled: lambda event: self.signalled(event.signal),
            events.Reconciled: self._reconciled,
        }
        self._appliers = handlers(events.Event, appliers)

    @property
    def connection(self) -> events.ConnectionChanged:
        return self._session.connection

    @property
    def since(self) -> datetime:
        """When the session became active, or stopped being it."""
        return self._session.since

    @property
    def round_trip(self) -> float | None:
        """Seconds of the last heartbeat."""
        return self._session.round_trip

    @property
    def queued(self) -> int:
        """Orders and cancels that wait for IB's message limit."""
        return self._session.queued

    @property
    def history_requests(self) -> int:
        """History requests that are open, those of bars kept up to date among them."""
        return self._session.history_requests

    @property
    def account(self) -> Account | None:
        return self._money.account

    def rate(self, currency: str) -> float | None:
        """What one of a currency is in the account's; None while it is not known."""
        return None if self.account is None else self.account.rate(currency)

    def worth(self, amount: float, currency: str) -> float | None:
        """An amount of a currency in the account's; None while the rate is not known."""
        return None if self.account is None else self.account.worth(amount, currency)

    def unrated(self, currency: str) -> str:
        """Why money of a currency cannot be told in the account's, and what to do; empty where it can."""
        if self.rate(currency) is not None:
            return ""
        return unknown_rate(currency, "" if self.account is None else self.account.currency)

    # for clients

    def watch(self, changes: Changes) -> None:
        self._watchers.add(changes)

    def unwatch(self, changes: Changes) -> None:
        self._watchers.remove(changes)

    def touch(self, part: Part) -> None:
        """Mark a part for every client."""
        self._watchers.touch(part)

    def set_watchlist(self, symbols: tuple[str, ...]) -> None:
        self.watchlist = symbols
        self.touch("watchlist")

    # from the broker and the journal

    def apply(self, event: events.Event) -> None:
        """Add one fact that the broker told to what is known."""
        self._appliers[type(event)](event)

    def recover(self, recovered: Recovered) -> None:
        """Begin with what the journal knows; the first reconcile settles what of it still holds."""
        for order in recovered.orders:
            self.orders.put(order)
            self._market.know_combo(order)
            if order.status is not OrderStatus.PENDING and order.perm_id is not None:
                self.acknowledged.add(order.ref)
        for fill in recovered.fills:
            self.fills.take(fill)
        self.tally.recover(recovered.positions, recovered.told)

    def keep(self, latches: Latches) -> None:
        """Begin with what was held and counted before, and keep every change of it.

        A hold says what was expected, also where the journal that did is lost.
        """
        self.tally.keep(latches)
        self.holds.keep(latches)
        for hold in self.holds.all():
            if hold.expected is not None and not self.tally.knows(hold.symbol):
                self.rebase(hold.symbol, hold.expected)

    # what is passed on

    def _cancel_refused(self, event: events.CancelRefused) -> None:
        for listener in self.listeners.cancel_refused:
            listener(event)

    def _rate_exceeded(self, event: events.RateExceeded) -> None:
        for listener in self.listeners.rate_exceeded:
            listener()

    def _broker_said(self, event: events.BrokerSaid) -> None:
        self.said.hear(event)
        for listener in self.listeners.said:
            listener(event)

    def _reconciled(self, event: events.Reconciled) -> None:
        reconcile.apply(self, event)
        for listener in self.listeners.reconciled:
            listener()

    def signalled(self, signal: Signal) -> None:
        """Something happened outside the market's prices."""
        self.log.say(*signal_line(signal, self.zone))
        self._watchers.signal(signal)
        for listener in self.listeners.signal:
            listener(signal)
