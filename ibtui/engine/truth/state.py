"""What the engine knows: broker events added up, each change marked for every client and written to the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ibtui.broker.orders.amounts import disagree
from ibtui.domain.account import Account
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.combo import combo_known_by_name
from ibtui.domain.dispatch import handlers
from ibtui.domain.event import (
    AccountChanged,
    BrokerSaid,
    CancelRefused,
    Commissioned,
    ConnectionChanged,
    Doubted,
    Event,
    Filled,
    HoursSeen,
    InstrumentSeen,
    NumberUnknown,
    OrderMoved,
    OrderSeen,
    PositionSeen,
    PositionValued,
    Queued,
    QuoteChanged,
    RateExceeded,
    Reconciled,
    RoundTrip,
    Signalled,
)
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import plain
from ibtui.domain.order import DOUBTED, TAKEN_BACK, Order, OrderStatus
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.words import quantity_words, status_words
from ibtui.engine.journal import records
from ibtui.engine.journal.journal import Recovered
from ibtui.engine.journal.latches import Latches
from ibtui.engine.truth import reconcile
from ibtui.engine.truth.changes import Changes, Part
from ibtui.engine.truth.fills import Fills, told_id
from ibtui.engine.truth.holds import Holds
from ibtui.engine.truth.log import Log
from ibtui.engine.truth.orders import Orders, ours
from ibtui.engine.truth.positions import Positions
from ibtui.engine.truth.said import Said
from ibtui.engine.truth.settle import Absence, not_found
from ibtui.engine.truth.tally import Tally
from ibtui.engine.wording import fill_words, order_line, signal_line, traded_words

OLD = 86400.0
"""Seconds by which a market grows older whose age nobody knows."""


class Listeners(Struct):
    """Who is told of a change at once; all are called in the event loop and must not block."""

    order: list[Callable[[Order], None]] = []
    fill: list[Callable[[Fill], None]] = []
    quote: list[Callable[[Quote], None]] = []
    position: list[Callable[[str], None]] = []
    instrument: list[Callable[[Instrument], None]] = []
    reconciled: list[Callable[[], None]] = []
    connection: list[Callable[[ConnectionChanged], None]] = []
    signal: list[Callable[[Signal], None]] = []
    decision: list[Callable[[str, str, datetime], None]] = []
    """A strategy's name, what it decided, and when the bar ended that it decided on."""
    said: list[Callable[[BrokerSaid], None]] = []
    cancel_refused: list[Callable[[CancelRefused], None]] = []
    rate_exceeded: list[Callable[[], None]] = []


class State:
    """The one truth of an engine; only `apply` and the desk change it."""

    def __init__(
        self,
        clock: Clock,
        write: Callable[[records.Record], None],
        zone: tzinfo = UTC,
        *,
        fills: Fills | None = None,
        books: Callable[[str], dict[str, Decimal]] = lambda symbol: {},
    ) -> None:
        """`books` tells what strategies hold of an instrument by their own fills, by name."""
        self.clock = clock
        self.zone = zone
        """In which a person is told of times."""
        self._write = write
        self._watchers: set[Changes] = set()
        self.log = Log(clock, lambda: self.touch("log"))
        self.said = Said(self.log, clock)
        self.holds = Holds(clock, self.log)
        self.holds.listeners.append(lambda symbol: self._held_changed())
        self.orders = Orders()
        self.fills = Fills() if fills is None else fills
        self.positions = Positions()
        self.quotes: dict[str, Quote] = {}
        self.instruments: dict[str, Instrument] = {}
        self.hours: dict[str, TradingHours] = {}
        """By symbol, when it trades, as far as IB has said."""
        self.watchlist: tuple[str, ...] = ()
        self.account: Account | None = None
        self.connection = ConnectionChanged(state="disconnected", epoch=0)
        self.since: datetime = clock.now()
        """When the session became active, or stopped being it."""
        self._trouble = ""
        """Code of the connection trouble that was last told."""
        self.round_trip: float | None = None
        self.queued = 0
        """Orders and cancels that wait for IB's message limit."""
        self.acknowledged: set[str] = set()
        """Refs that the broker has shown to know."""
        self.sent_on: dict[str, int] = {}
        """By ref, the connection that an order was written on; those of an earlier engine are not in it."""
        self.absent: dict[str, Absence] = {}
        """By ref: orders that reconciles did not show."""
        self.tally = Tally()
        self.books = books
        self.gaps: dict[str, tuple[Decimal, Decimal]] = {}
        """By ref, what the last reconcile reported to have traded and the executions, where those were more."""
        self.told_gaps: set[str] = set()
        self.listeners = Listeners()
        appliers: dict[type, Callable[..., None]] = {
            ConnectionChanged: self._connection_changed,
            RoundTrip: self._round_trip,
            QuoteChanged: self._quote_changed,
            InstrumentSeen: lambda event: self._instrument_seen(event.instrument),
            HoursSeen: self._hours_seen,
            OrderSeen: lambda event: self.described(event.order),
            OrderMoved: self._order_moved,
            CancelRefused: self._cancel_refused,
            NumberUnknown: self._number_unknown,
            RateExceeded: self._rate_exceeded,
            Doubted: lambda event: self.log.say("ERROR", event.text),
            Queued: self._queued,
            Filled: lambda event: self.filled(event.fill),
            Commissioned: self._commissioned,
            PositionSeen: self.counted_position,
            PositionValued: self._position_valued,
            AccountChanged: self._account_changed,
            BrokerSaid: self._broker_said,
            Signalled: lambda event: self.signalled(event.signal),
            Reconciled: self._reconciled,
        }
        self._appliers = handlers(Event, appliers)

    # for clients

    def watch(self, changes: Changes) -> None:
        self._watchers.add(changes)

    def unwatch(self, changes: Changes) -> None:
        self._watchers.discard(changes)

    def touch(self, part: Part) -> None:
        """Mark a part for every client."""
        for changes in self._watchers:
            changes.part(part)

    def _held_changed(self) -> None:
        for part in ("session", "positions", "strategies"):
            self.touch(part)

    # from the broker

    def apply(self, event: Event) -> None:
        """Add one fact."""
        self._appliers[type(event)](event)

    def recover(self, recovered: Recovered) -> None:
        """Begin with what the journal knows; the first reconcile settles what of it still holds."""
        for order in recovered.orders:
            self.orders.put(order)
            self._know_combo(order)
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

    # from the desk

    def order(self, order: Order) -> None:
        """An order stands differently: store, journal, log and tell it."""
        before = self.orders.get(order.ref)
        if before is not None and replace(order, changed=before.changed) == before:
            return
        self.orders.put(order)
        self._know_combo(order)
        for changes in self._watchers:
            changes.order(order.ref)
        if ours(order):
            kind = "SENT" if order.status is OrderStatus.PENDING else "ORDER"
            self._write(records.order_moved(order, order.changed or self.clock.now(), kind))
        if before is None or (before.status, before.reason) != (order.status, order.reason):
            self._log_order(order)
        if before is not None and before.status is OrderStatus.ENDED is not order.status:
            self.holds.settled(order.symbol, order.ref, f"what became of {order.ref} is known: {order.status}")
        self.count_cover(order.symbol)
        for listener in self.listeners.order:
            listener(order)

    def count_cover(self, symbol: str) -> None:
        """Work out again what stops cover of an instrument."""
        if self.positions.covered(symbol, self.orders.live(symbol)):
            self.touch("positions")

    def set_watchlist(self, symbols: tuple[str, ...]) -> None:
        self.watchlist = symbols
        self.touch("watchlist")

    def forget_quote(self, symbol: str) -> None:
        """Nobody streams it any more: an old quote must not pass for a market."""
        self.quotes.pop(symbol, None)

    # one for each event

    def _connection_changed(self, event: ConnectionChanged) -> None:
        before, self.connection = self.connection, event
        if (before.state == "active") != (event.state == "active"):
            self.since = self.clock.now()
        if (before.state, before.reason) != (event.state, event.reason):
            self._tell_connection(event)
        if event.state != "active":
            self.round_trip = None
            self.said.flush()
        self.touch("session")
        for listener in self.listeners.connection:
            listener(event)

    def _tell_connection(self, event: ConnectionChanged) -> None:
        """Log what is news: a night of attempts that fail alike is one line, not a thousand."""
        if event.state == "connecting" and self._trouble:
            return
        if event.code and event.code == self._trouble:
            return
        self._trouble = event.code
        about = f"session {event.state}" + (f": {event.reason}" if event.reason else "")
        self.log.say("ERROR" if event.code else "INFO", about)

    def _round_trip(self, event: RoundTrip) -> None:
        self.round_trip = event.seconds
        self.said.pulse()
        self.touch("session")

    def _quote_changed(self, event: QuoteChanged) -> None:
        quote = event.quote
        self.quotes[quote.symbol] = quote
        for changes in self._watchers:
            changes.quote(quote.symbol)
        if self.positions.marked(self.instruments.get(quote.symbol), quote):
            self.touch("positions")
        for listener in self.listeners.quote:
            listener(quote)

    def outdate(self) -> None:
        """Nobody knows how old the markets are: they count as old until each is told again."""
        for symbol, quote in self.quotes.items():
            self.quotes[symbol] = replace(quote, received=quote.received - OLD)
            for changes in self._watchers:
                changes.quote(symbol)

    def know(self, instrument: Instrument) -> None:
        """An instrument that the engine itself made: a combo."""
        self._instrument_seen(instrument)

    def _know_combo(self, order: Order) -> None:
        """IB gives a combo no contract of its own, and an order must not be of an instrument that nobody knows."""
        if order.combo and order.symbol not in self.instruments:
            self.know(combo_known_by_name(order.symbol, order.combo, self.instruments))

    def _instrument_seen(self, instrument: Instrument) -> None:
        if self.instruments.get(instrument.symbol) == instrument:
            return
        self.instruments[instrument.symbol] = instrument
        for changes in self._watchers:
            changes.instrument(instrument.symbol)
        for listener in self.listeners.instrument:
            listener(instrument)

    def _hours_seen(self, event: HoursSeen) -> None:
        self.hours[event.symbol] = event.hours

    def described(self, seen: Order) -> None:
        """The broker described an order; its terms win, our knowledge of whose it is and when it began stays."""
        self.acknowledged.add(seen.ref)
        self.absent.pop(seen.ref, None)
        known = self.orders.get(seen.ref)
        now = self.clock.now()
        if known is not None and known.combo:
            seen = seen.with_terms(symbol=known.symbol, combo=known.combo)  # IB names a combo by its contracts only
        filled = self._agreed(seen, seen.filled)
        if known is None:
            self.order(replace(seen, created=seen.created or now, changed=seen.changed or now))
            return
        self._contradicted(known, seen.status)
        self.order(
            replace(
                seen.with_terms(oca_group=known.oca_group or seen.oca_group),
                status=_stands(known.status, seen.status, filled, seen.quantity),
                reason=self._why(seen, filled) if seen.status is not OrderStatus.PENDING else known.reason,
                filled=filled,
                average_price=seen.average_price if seen.average_price is not None else known.average_price,
                perm_id=seen.perm_id or known.perm_id,
                owner=known.owner,
                role=known.role,
                parent=known.parent or seen.parent,
                created=known.created,
                changed=now,
                over_by=known.over_by,
                number=known.number,
                client_id=known.client_id,
            )
        )

    def _order_moved(self, event: OrderMoved) -> None:
        known = self.orders.get(event.ref)
        if known is None:
            return
        if known.status is OrderStatus.ENDED and event.status.unsure:
            return  # that the broker does not know it either is no news
        self._contradicted(known, event.status)
        if event.status is not OrderStatus.UNKNOWN or event.perm_id:  # a doubt of ours is no word of the broker's
            self.acknowledged.add(event.ref)
        filled = self._agreed(known, event.filled or Decimal(0))
        self.order(
            replace(
                known,
                status=_stands(known.status, event.status, filled, known.quantity),
                filled=filled,
                average_price=event.average_price if event.average_price is not None else known.average_price,
                perm_id=event.perm_id or known.perm_id,
                reason=self._why(replace(known, reason=event.reason, filled=event.filled or Decimal(0)), filled),
                changed=self.clock.now(),
            )
        )

    def _why(self, told: Order, filled: Decimal) -> str:
        """The reason beside an order; where IB tells of more than what its corrected executions leave, that."""
        if told.filled > filled and not told.reason:
            return disagree(replace(told, filled=filled), told.filled)
        return told.reason

    def _cancel_refused(self, event: CancelRefused) -> None:
        for listener in self.listeners.cancel_refused:
            listener(event)

    def _number_unknown(self, event: NumberUnknown) -> None:
        known = self.orders.get(event.ref)
        if known is not None and known.live:
            self.order(not_found(known, self.hours.get(known.symbol), self.clock.now()))

    def _rate_exceeded(self, event: RateExceeded) -> None:
        for listener in self.listeners.rate_exceeded:
            listener()

    def _queued(self, event: Queued) -> None:
        if event.messages and not self.queued:
            self.log.say("INFO", "IB's message limit is reached: what is asked goes out in its turn, cancels first")
        self.queued = event.messages
        self.touch("session")

    def _contradicted(self, known: Order, said: OrderStatus) -> None:
        """The broker tells of an order that had ended, outcome unknown: its word counts, and loudly."""
        if known.status is OrderStatus.ENDED:
            self.log.say("ERROR", f"{known.ref} was {known.reason}; now IB says that it is {status_words(said)}")

    def filled(self, seen: Fill) -> None:
        taken = self.fills.take(seen)
        if taken is None:
            return
        fill, before = taken
        correction = before is not None
        if before is not None and before.symbol != fill.symbol:
            self._misread(before)
        self.tally.traded(fill, before if before is None or before.symbol == fill.symbol else None)
        kind = "CORRECTION" if correction else "FILL"
        self._write(records.filled(fill, kind, expected=self.tally.of(fill.symbol)))
        self.log.say("FILL", traded_words(fill, before, self.instruments.get(fill.symbol)))
        if not correction:
            self.positions.traded(fill.symbol, fill.signed, self.clock.monotonic())
        self._traded(fill, correction)
        if before is not None and before.ref != fill.ref:
            self._traded(before, correction)
        self._mark_fill(fill)
        for listener in self.listeners.fill:
            listener(fill)

    def adjusted(self, fill: Fill) -> None:
        """A person gave a strategy's own book so many, or took them: nothing traded, and no order moves."""
        self.fills.take(fill)
        self._write(records.filled(fill, "ADJUSTED"))
        self.log.say(
            "STRAT",
            f"{fill.owner}: its book is adjusted by hand: {fill_words(fill, self.instruments.get(fill.symbol))}",
        )
        self._mark_fill(fill)
        for listener in self.listeners.fill:
            listener(fill)

    def _misread(self, fill: Fill) -> None:
        """An execution was told of another contract than it is of."""
        self.tally.traded(replace(fill, quantity=Decimal(0)), fill)
        self._write(records.position_moved(fill.symbol, self.tally.of(fill.symbol)))
        self.log.say("ERROR", f"{told_id(fill)} was told as {fill.symbol}: IB now says of which contract it is")

    def _traded(self, fill: Fill, correction: bool) -> None:
        """Executions are certain: they move their order in whatever state it is, also after its end."""
        order = self.orders.get(fill.ref)
        if order is None:
            return
        total = self.fills.total(order)
        filled = total if correction else max(order.filled, total)
        status, reason = order.status, order.reason
        self._contradicted(order, OrderStatus.FILLED if filled >= order.quantity else OrderStatus.PARTLY_FILLED)
        if filled >= order.quantity:
            status, reason = OrderStatus.FILLED, reason if status is OrderStatus.FILLED else ""
        elif status is OrderStatus.FILLED:
            status = OrderStatus.PARTLY_FILLED if filled else OrderStatus.UNKNOWN
            reason = TAKEN_BACK
        elif order.live and (filled or status is not OrderStatus.UNKNOWN):
            status = OrderStatus.PARTLY_FILLED if filled else OrderStatus.WORKING
        elif not order.live and not correction:
            self.log.say("ERROR", f"{order.ref} was {status} and traded {quantity_words(fill.quantity)} more")
        if filled > order.quantity > 0:
            reason = f"{DOUBTED}its executions add up to {plain(filled)} of {plain(order.quantity)}; asked again"
        elif reason.startswith(DOUBTED):
            reason = ""
        average = self.fills.average(order, self.instruments) if filled == total else order.average_price
        self.acknowledged.add(order.ref)
        self.order(
            replace(order, status=status, filled=filled, average_price=average, reason=reason, changed=self.clock.now())
        )

    def _agreed(self, order: Order, reported: Decimal) -> Decimal:
        """How much of an order has traded: reports may be ahead of executions, unless IB took some of those back."""
        total = self.fills.total(order)
        return total if self.fills.corrected(order.ref) else max(reported, total)

    def _commissioned(self, event: Commissioned) -> None:
        fill = self.fills.charge(event)
        if fill is None:
            return
        self._write(records.filled(fill, "COMMISSION"))
        self._mark_fill(fill)
        for listener in self.listeners.fill:
            listener(fill)

    def _mark_fill(self, fill: Fill) -> None:
        for changes in self._watchers:
            changes.fill(fill.base)

    def counted_position(self, event: PositionSeen, *, settled: bool = False) -> None:
        symbol = event.instrument.symbol
        self._instrument_seen(event.instrument)
        self.holds.recount(symbol, event.quantity)
        self.positions.seen(event, self.clock.monotonic(), settled=settled)
        self._position_changed(symbol)

    def rebase(self, symbol: str, counted: Decimal) -> None:
        """A count that is taken over: what comes later is compared with it."""
        if self.tally.of(symbol) != counted:
            self.tally.rebase(symbol, counted)
            self._write(records.position_moved(symbol, counted))

    def flat(self, symbol: str) -> None:
        """A complete answer that does not list a position, and nothing against it, says that it is flat."""
        instrument = self.instruments.get(symbol)
        if instrument is None:
            self.positions.forget(symbol)
            self._position_changed(symbol)
            return
        account = "" if self.account is None else self.account.id
        self.counted_position(PositionSeen(account=account, instrument=instrument, quantity=Decimal(0)), settled=True)

    def doubt_position(self, symbol: str, instrument: Instrument | None) -> None:
        """The broker's answer does not list what should be held: it is shown as it was, and marked."""
        if instrument is not None and symbol not in self.instruments:
            self._instrument_seen(instrument)
        self.positions.doubt(symbol, self.tally.of(symbol))
        self._position_changed(symbol)

    def closable(self, symbol: str) -> Decimal:
        """What orders that only reduce may reckon with: the broker's own count, also where another one is shown."""
        held = self.holds.held(symbol)
        return self.positions.held(symbol) if held is None or held.counted is None else held.counted

    def _position_changed(self, symbol: str) -> None:
        self.positions.covered(symbol, self.orders.live(symbol))
        self.touch("positions")
        for listener in self.listeners.position:
            listener(symbol)

    def _position_valued(self, event: PositionValued) -> None:
        if self.positions.valued(event):
            self.touch("positions")

    def _account_changed(self, event: AccountChanged) -> None:
        self.account = event.account
        self.touch("account")

    def _broker_said(self, event: BrokerSaid) -> None:
        self.said.hear(event)
        for listener in self.listeners.said:
            listener(event)

    def _reconciled(self, event: Reconciled) -> None:
        reconcile.apply(self, event)
        for listener in self.listeners.reconciled:
            listener()

    def signalled(self, signal: Signal) -> None:
        """Something happened outside the market's prices."""
        self.log.say(*signal_line(signal, self.zone))
        for changes in self._watchers:
            changes.signal(signal)
        for listener in self.listeners.signal:
            listener(signal)

    def _log_order(self, order: Order) -> None:
        self.log.say(*order_line(order, self.instruments.get(order.symbol)))


def _stands(known: OrderStatus, said: OrderStatus, filled: Decimal, quantity: Decimal) -> OrderStatus:
    """Executions are certain, whatever a report says; one that still says pending is older than what is known."""
    if filled >= quantity:
        return OrderStatus.FILLED
    status = known if said is OrderStatus.PENDING else said
    return OrderStatus.PARTLY_FILLED if filled > 0 and status.untraded else status
