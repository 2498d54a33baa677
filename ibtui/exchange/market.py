"""The exchange: one clock, every market, every order and account, and reports of what happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite

from msgspec.structs import replace

from ibtui.exchange.account import AccountState, Ledger, Preview
from ibtui.exchange.calendar import ZONE, micros, moment
from ibtui.exchange.checks import Rejection, check_form, rejected, rejection
from ibtui.exchange.events import MINUTE
from ibtui.exchange.factors import Factors
from ibtui.exchange.funds import Funds
from ibtui.exchange.history import history
from ibtui.exchange.instruments import Listings
from ibtui.exchange.listed import listed
from ibtui.exchange.matching import Matching
from ibtui.exchange.orders import Orders, WorkingOrder, family
from ibtui.exchange.prices import Prices
from ibtui.exchange.refusal import Refused
from ibtui.exchange.reports import Bar, Execution, OrderReport, Report, Tick, Ticket
from ibtui.exchange.timeline import Timeline
from ibtui.exchange.venue import Venue


class Exchange:
    """A simulated exchange that is always in session.

    Deterministic: the same seed, start and calls give the same reports, however `advance` is cut into steps of up to
    two minutes; longer steps thin out the ticks but change no order, execution or account. Sessions run from midnight
    to midnight in New York; day orders end there. What is listed is decided at the start: futures do not expire.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        start: datetime | None = None,
        accounts: Sequence[str] = ("DU1234567",),
        cash: float = 1_000_000.0,
    ) -> None:
        """`start` is aware, by default the current minute; `cash` is what each account begins with, in USD."""
        begin = micros(start or datetime.now(UTC).replace(second=0, microsecond=0))
        rows = listed(moment(begin).astimezone(ZONE).date())
        factors = Factors(seed)
        self.accounts = tuple(accounts)
        self.listings = Listings(listing for listing, _ in rows)
        self._venues = {
            listing.instrument.con_id: Venue(listing, behaviour, factors, seed, begin) for listing, behaviour in rows
        }
        prices = Prices(self._venues)
        self._ledgers = {account: Ledger(account, cash, prices) for account in self.accounts}
        self._orders = Orders(_first_perm_id(begin))
        self._funds = Funds(self._ledgers, self._orders, prices)
        self._matching = Matching(self._orders, self._ledgers, self._emit, begin)
        self._timeline = Timeline(
            list(self._venues.values()), self._orders, self._matching, self._emit, self._deliver, self._begin_session
        )
        self._listeners: list[Callable[[Report], None]] = []
        self._outbox: deque[Report] = deque()
        self._delivering = False

    @property
    def now(self) -> datetime:
        """Simulated time, aware, in UTC."""
        return moment(self._matching.time)

    def listen(self, callback: Callable[[Report], None]) -> None:
        """Call back with every report, in the order things happen, before the call that caused them returns.

        A callback may place, change and cancel orders; what follows from that is reported after what it is hearing of.
        """
        self._listeners.append(callback)

    def advance(self, to: datetime) -> None:
        """Let simulated time pass; raises ValueError for a time that has passed."""
        target = micros(to)
        if target < self._matching.time:
            raise ValueError(f"time is {self.now.isoformat()} already")
        if self._delivering:
            raise RuntimeError("a listener cannot move time")
        self._timeline.advance(target)

    def tick(self, con_id: int) -> Tick:
        """What a market shows now; raises Refused(200) for an unknown contract, as every method with a `con_id`."""
        return self._venue(con_id).tick(self._matching.time, traded=False)

    def history(self, con_id: int, *, end: datetime, seconds: int, bar: int, what: str = "TRADES") -> list[Bar]:
        """Bars of `bar` seconds in the `seconds` before `end`; see `ibtui.exchange.history.history`."""
        return history(self._venue(con_id), self._matching.time, micros(end), seconds, bar, what)

    # --- orders

    def place(self, ticket: Ticket) -> int:
        """Take an order and return its number; what becomes of it, a rejection too, is reported.

        An order with `transmit` False is held in silence (state PendingSubmit) until one of its bracket is sent. Raises
        Refused for what is no order at all: unknown account, contract, parent, type, or a number missing.
        """
        self._check(ticket)
        order = self._orders.add(ticket, self._venue(ticket.con_id), self._matching.time)
        refusal = rejection(ticket, order.venue)
        if refusal is None and order.parent is not None and order.parent.state in ("Cancelled", "Inactive"):
            refusal = rejected("Parent order is not working")
        if refusal is not None:
            self._matching.reject(order, *refusal)
        elif ticket.transmit:
            self._send(order)
        self._deliver()
        return order.perm_id

    def modify(self, perm_id: int, ticket: Ticket) -> None:
        """Change price, quantity or time in force of an open order, or send a held one by `transmit`.

        A new price or a larger quantity loses the place in the queue. Raises Refused with IB's code: 104 filled, 105
        another contract, side, account or type, 110 off tick, 161 ended, 201 and 10318 as for a new order, 10147
        unknown.
        """
        order = self._known(perm_id)
        self._check(ticket)
        if order.state == "Filled":
            raise Refused(104, "Cannot modify a filled order.")
        if order.done:
            raise Refused(161, f"Order is not in a state in which it can be modified, state: {order.state}")
        if _identity(order.ticket) != _identity(ticket):
            raise Refused(105, "Order being modified does not match original order.")
        refusal = rejection(ticket, order.venue) or self._poor(order, ticket)
        if ticket.quantity <= order.filled:
            refusal = rejected("The order size must be above the quantity filled")
        if refusal is not None:
            raise Refused(*refusal)
        self._change(order, ticket)
        self._deliver()

    def cancel(self, perm_id: int) -> None:
        """Cancel an open order, with the children of an unfilled parent; children of a partly filled one shrink.

        A sibling stays. Raises Refused: 10147 when the order is not known, 10148 when it has ended.
        """
        order = self._known(perm_id)
        if order.done:
            text = f"OrderId {perm_id} that needs to be cancelled cannot be cancelled, state: {order.state}."
            raise Refused(10148, text)
        self._matching.cancel(order)
        self._deliver()

    def order(self, perm_id: int) -> OrderReport | None:
        """How an order stands; None when the exchange never had it."""
        order = self._orders.get(perm_id)
        return order.report() if order else None

    def orders(self, account: str = "") -> list[OrderReport]:
        """Open orders, oldest first, the held ones too (PendingSubmit); of every account when none is named."""
        return [order.report() for order in self._of(account, self._orders.open())]

    def completed(self, account: str = "") -> list[OrderReport]:
        """Orders that ended in this session, in the order they did."""
        return [order.report() for order in self._of(account, self._orders.ended())]

    def executions(self, account: str = "") -> list[Execution]:
        """Executions of this session, oldest first."""
        if account:
            self._ledger(account)
        return [fill for fill in self._matching.executions() if account in ("", fill.account)]

    # --- money

    def account(self, account: str) -> AccountState:
        """An account valued now; raises Refused(321) for an unknown one."""
        return self._ledger(account).state()

    def preview(self, ticket: Ticket) -> Preview:
        """What an order would cost and bind; raises Refused where it would be rejected for anything but money."""
        self._check(ticket)
        venue = self._venue(ticket.con_id)
        refusal = rejection(ticket, venue)
        if refusal is not None:
            raise Refused(*refusal)
        return self._funds.preview(ticket, self._parent(ticket), venue)

    # --- markets moved by hand

    def set_price(self, con_id: int, price: float) -> None:
        """Trade one lot at `price` (moved to the nearest tick) now, the book around it as wide as it was.

        From there the market goes on by itself, or stays if its book is held. Orders meet the trade and the new book.
        """
        venue = self._venue(con_id)
        if not isfinite(price) or price <= 0:
            raise ValueError(f"{price!r} is not a price")
        venue.move(self._matching.time, venue.grid.nearest(price))
        self._emit(venue.tick(self._matching.time, traded=True))
        self._matching.meet(venue, venue.last, venue.last_size)
        self._deliver()

    def set_book(
        self, con_id: int, *, bid: float, ask: float, bid_size: float = 100.0, ask_size: float = 100.0
    ) -> None:
        """Show this book and hold it until `release` or the next call; orders meet it."""
        venue = self._venue(con_id)
        low, high = venue.grid.nearest(bid), venue.grid.nearest(ask)
        if not low < high or min(bid_size, ask_size) < 1:
            raise ValueError("a book needs a bid below the ask, and sizes of at least 1")
        venue.hold(self._matching.time, low, high, int(bid_size), int(ask_size))
        self._emit(venue.tick(self._matching.time, traded=False))
        self._matching.meet(venue, 0, 0)
        self._deliver()

    def release(self, con_id: int) -> None:
        """Let a held market go on from where it stands."""
        self._venue(con_id).release(self._matching.time)

    # --- within

    def _check(self, ticket: Ticket) -> None:
        self._ledger(ticket.account)
        self._venue(ticket.con_id)
        check_form(ticket)
        parent = self._parent(ticket)
        if parent is not None and parent.ticket.account != ticket.account:
            raise Refused(321, "Error validating request.-'bW' : cause - Parent order is of another account")

    def _parent(self, ticket: Ticket) -> WorkingOrder | None:
        if ticket.parent is None:
            return None
        parent = self._orders.get(ticket.parent)
        if parent is None:
            raise Refused(135, f"Can't find order with id ={ticket.parent}")
        return parent

    def _send(self, order: WorkingOrder) -> None:
        """Send an order with every held one of its bracket."""
        members = [member for member in family(order) if not member.done and not member.sent]
        for member in members:
            refusal = self._poor(member, member.ticket)
            if refusal is not None and not member.done:
                self._matching.reject(member, *refusal)
        self._matching.send([member for member in members if not member.done])

    def _change(self, order: WorkingOrder, ticket: Ticket) -> None:
        old, order.ticket = order.ticket, _amended(order.ticket, ticket)
        if not order.sent:
            if ticket.transmit:
                self._send(order)
        elif _prices(old) == _prices(ticket) and ticket.quantity <= old.quantity:
            self._matching.keep(order)
        else:
            self._matching.requeue(order)

    def _poor(self, order: WorkingOrder, ticket: Ticket) -> Rejection | None:
        reason = self._funds.shortage(ticket, order.parent, order)
        return rejected(reason) if reason else None

    def _begin_session(self) -> None:
        self._orders.begin_session()
        self._matching.begin_session()
        for order in self._orders.open():
            if order.ticket.tif == "DAY" and not order.done:
                self._matching.cancel(order, "Day order expired")
        for ledger in self._ledgers.values():
            ledger.begin_day()
        for venue in self._venues.values():
            venue.session.begin(venue.last)

    def _venue(self, con_id: int) -> Venue:
        venue = self._venues.get(con_id)
        if venue is None:
            raise Refused(200, "No security definition has been found for the request")
        return venue

    def _ledger(self, account: str) -> Ledger:
        ledger = self._ledgers.get(account)
        if ledger is None:
            raise Refused(321, "Error validating request.-'bW' : cause - Invalid account code")
        return ledger

    def _known(self, perm_id: int) -> WorkingOrder:
        order = self._orders.get(perm_id)
        if order is None:
            raise Refused(10147, f"OrderId {perm_id} that needs to be cancelled is not found.")
        return order

    def _of(self, account: str, orders: Iterable[WorkingOrder]) -> list[WorkingOrder]:
        if account:
            self._ledger(account)
        return [order for order in orders if account in ("", order.ticket.account)]

    def _emit(self, report: Report) -> None:
        if self._listeners:
            self._outbox.append(report)

    def _deliver(self) -> None:
        """Pass on what was emitted, once everything of this moment is in order."""
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._outbox:
                report = self._outbox.popleft()
                for listener in self._listeners:
                    listener(report)
        finally:
            self._delivering = False


def _first_perm_id(begin: int) -> int:
    """Order numbers that an exchange started at another minute is unlikely to give again; below 2**31."""
    return begin // MINUTE * 1009 % 2_000_000_000 + 1


def _identity(ticket: Ticket) -> tuple[object, ...]:
    return ticket.account, ticket.con_id, ticket.side, ticket.type, ticket.parent


def _prices(ticket: Ticket) -> tuple[Decimal | None, Decimal | None]:
    return ticket.limit_price, ticket.stop_price


def _amended(old: Ticket, new: Ticket) -> Ticket:
    return replace(
        old,
        quantity=new.quantity,
        limit_price=new.limit_price,
        stop_price=new.stop_price,
        tif=new.tif,
        transmit=old.transmit or new.transmit,
        outside_rth=new.outside_rth,
    )
