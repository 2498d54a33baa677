"""Orders at the exchange: how each stands, and who is related to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ibtui.domain.money import exact
from ibtui.domain.order import Side
from ibtui.exchange.markets.market import Market
from ibtui.exchange.moments import moment
from ibtui.exchange.orders.lifetimes import FLEETING, Hold, may_become
from ibtui.exchange.terms.algos import released
from ibtui.exchange.terms.conditions import ExecutionCondition, looks_at
from ibtui.exchange.terms.kinds import KINDS, OrderKind
from ibtui.exchange.told.reports import ClientOrder, OrderReport, State

ZERO = Decimal(0)
_ROUND = frozenset({"FUT", "FOP"})
"""What IB knows no hours outside the regular ones for."""
DONE: frozenset[State] = frozenset({"Filled", "Cancelled", "Inactive"})


@dataclass(slots=True, eq=False)
class WorkingOrder:
    """One order with what happened to it so far.

    A child may trade no more than its parent has filled: a parent that fills in parts releases its children in the same
    parts, and one that is cancelled after a part leaves children of that size. So a bracket's stop protects what is
    held, never more.
    """

    perm_id: int
    rank: int
    """Grows with every order and with every change that loses its place in the queue."""
    ticket: ClientOrder
    market: Market
    time: int
    parent: WorkingOrder | None = None
    children: list[WorkingOrder] = field(default_factory=list)
    state: State = "PendingSubmit"
    active: bool = False
    """Sent, and its parent has at least a part."""
    holds: set[Hold] = field(default_factory=set)
    """What it waits for besides."""
    triggered: bool = False
    stop: int | None = None
    """Its trigger in ticks; None where it has none, or trails and has seen no price yet."""
    priced: int | None = None
    """The limit in ticks that the market gave it, instead of its ticket's."""
    rests: bool = False
    """A book was seen that its limit did not cross: from then on it trades at its own price."""
    queue: int = 0
    """Units ahead of it at its price."""
    located: int = 0
    """When its shares to borrow are found by themselves."""
    showing: Decimal = ZERO
    """What is left of the part that an order with a display size shows."""
    executed: set[ExecutionCondition] = field(default_factory=set)
    """Those of its conditions that were met by a fill."""
    plan: list[int] = field(default_factory=list)
    """Times of its algorithm's steps."""
    step: int = 0
    volume: int = 0
    """What the market has traded since its algorithm began."""
    rate: float = 0.0
    """The share of that which it may trade."""
    filled: Decimal = ZERO
    cost: float = 0.0
    """Sum of quantity times price of its fills."""
    last_price: float = 0.0
    commission: float = 0.0
    reduced: Decimal = ZERO
    """What fills of its OCA group have taken off its quantity."""
    code: int = 0
    reason: str = ""

    @property
    def side(self) -> Side:
        return self.ticket.side

    @property
    def done(self) -> bool:
        return self.state in DONE

    @property
    def sent(self) -> bool:
        return self.state != "PendingSubmit"

    @property
    def live(self) -> bool:
        """It may trade, or be triggered."""
        return self.active and not self.holds

    @property
    def remaining(self) -> Decimal:
        return self.ticket.quantity - self.filled

    @property
    def outside(self) -> bool:
        """Whether it works in the hours around the regular ones too.

        Futures trade in all their sessions, whatever an order says; only one that waits for a price is bound to the
        liquid hours unless it asks for more.
        """
        always = self.market.listing.instrument.sec_type in _ROUND and not self.kind.waits
        return always or self.ticket.outside_rth

    @property
    def workable(self) -> Decimal:
        """The quantity that may trade now, which an algorithm gives out in parts."""
        parent, most = self.parent, min(self.remaining, self.released - self.filled)
        if parent is not None and parent.state != "Filled":
            most = min(most, parent.filled - self.reduced - self.filled)
        return max(most, ZERO)

    @property
    def released(self) -> Decimal:
        """What its algorithm has let go of, in all."""
        algo, quantity = self.ticket.algo, self.ticket.quantity
        if algo is None:
            return quantity
        lot = self.market.listing.instrument.lot
        return released(algo, quantity, lot, self.step, len(self.plan), self.market.size(self.volume) * self.rate)

    @property
    def least(self) -> Decimal:
        """The smallest part that may trade."""
        if self.ticket.all_or_none or self.ticket.tif == "FOK":
            return self.remaining
        return max(min(self.ticket.min_quantity - self.filled, self.remaining), ZERO)

    @property
    def fleeting(self) -> bool:
        """It ends when it has met the book."""
        return self.ticket.tif in FLEETING

    @property
    def average_price(self) -> float:
        return self.cost / float(self.filled) if self.filled else 0.0

    @property
    def kind(self) -> OrderKind:
        return KINDS[self.ticket.type]

    @property
    def limit(self) -> int | None:
        """Its limit in ticks; None while it trades at the market."""
        if self.priced is not None:
            return self.priced
        price = self.ticket.limit_price
        return None if price is None else self.market.grid.ticks(price)

    @property
    def waits(self) -> bool:
        """A price has to trade before it works."""
        return bool(self.kind.waits) and not self.triggered

    @property
    def rises(self) -> bool:
        """It waits for prices to rise to its trigger, not to fall to it."""
        return (self.kind.waits == "stop") == (self.side is Side.BUY)

    @property
    def why_held(self) -> str:
        child = "" if self.active or self.parent is None else "child"
        locate = "locate" if "locate" in self.holds else ""
        return ",".join(filter(None, (child, "trigger" if self.waits else "", locate)))

    def arm(self) -> None:
        """Begin to wait at the price that its ticket names."""
        price = self.ticket.stop_price
        self.stop = None if price is None else self.market.grid.ticks(price)

    def reached(self, price: float) -> bool:
        """Whether a price in ticks triggers it."""
        if self.stop is None:
            return False
        return price >= self.stop if self.rises else price <= self.stop

    def within(self, low: int, high: int) -> bool:
        """Whether trades and quotes between two prices can make it trade, trigger or move."""
        if self.waits:
            return self.kind.trails or self.reached(high if self.rises else low)
        if self.kind.moves or self.ticket.algo is not None:
            return True
        limit = self.limit
        return limit is None or (low <= limit if self.side is Side.BUY else high >= limit)

    def report(self) -> OrderReport:
        """What the exchange reports of the order as it stands now."""
        return OrderReport(
            perm_id=self.perm_id,
            ticket=self.ticket,
            state=self.state,
            filled=self.filled,
            average_price=self.average_price,
            last_price=self.last_price,
            time=moment(self.time),
            limit_price=self._price(self.limit),
            stop_price=self._price(self.stop),
            code=self.code,
            reason=self.reason,
            why_held="" if self.done or not self.sent else self.why_held,
        )

    def resize(self, quantity: Decimal) -> None:
        """Let it be an order for `quantity` in all."""
        self.ticket = replace(self.ticket, quantity=quantity)

    def _price(self, ticks: int | None) -> Decimal | None:
        return None if ticks is None else exact(self.market.grid.price(ticks))


class ExchangeOrders:
    """Every order of the session by its number, and the open ones by market."""

    def __init__(self, first_perm_id: int) -> None:
        self._first = first_perm_id
        self._placed = 0
        self._count = 0
        self._over: set[tuple[str, str]] = set()
        """Names and accounts of OCA groups of which one order has filled whole."""
        self._all: dict[int, WorkingOrder] = {}
        self._open: dict[int, dict[int, WorkingOrder]] = {}
        self._ended: list[WorkingOrder] = []
        self.watched: dict[int, WorkingOrder] = {}
        """Sent orders whose conditions have not held yet."""

    def add(self, ticket: ClientOrder, market: Market, time: int) -> WorkingOrder:
        """A new order, held; children of one parent are one OCA group of type 3 unless they name another."""
        parent = None if ticket.parent is None else self._all[ticket.parent]
        if parent is not None and not ticket.oca_group:
            ticket = replace(ticket, oca_group=str(parent.perm_id), oca_type=3)
        perm_id = self._first + self._placed
        self._placed += 1
        order = WorkingOrder(perm_id, self.rank(), ticket, market, time, parent)
        order.arm()
        if parent is not None:
            parent.children.append(order)
        self._all[perm_id] = order
        self._open.setdefault(market.con_id, {})[perm_id] = order
        return order

    def rank(self) -> int:
        """The next place at the end of every queue."""
        self._count += 1
        return self._count

    def get(self, perm_id: int) -> WorkingOrder | None:
        return self._all.get(perm_id)

    @property
    def counts(self) -> tuple[int, int]:
        """Orders placed so far, and places in queues given."""
        return self._placed, self._count

    def kept(self) -> list[WorkingOrder]:
        """The open orders and those that ended in this session, with their brackets, oldest first."""
        wanted = {member.perm_id: member for order in (*self.open(), *self._ended) for member in family(order)}
        return [wanted[perm_id] for perm_id in sorted(wanted)]

    def resume(self, orders: Iterable[WorkingOrder], ended: Iterable[int], counts: tuple[int, int]) -> None:
        """Go on with orders as they were, parents before their children."""
        for order in orders:
            self._all[order.perm_id] = order
            if order.parent is not None:
                order.parent.children.append(order)
            if not order.done:
                self._open.setdefault(order.market.con_id, {})[order.perm_id] = order
        self._ended = [self._all[perm_id] for perm_id in ended]
        self._placed, self._count = counts

    def close(self, order: WorkingOrder) -> None:
        """Count an order that ended as one of the session's completed ones."""
        self._open[order.market.con_id].pop(order.perm_id, None)
        self.watched.pop(order.perm_id, None)
        self._ended.append(order)

    def forget(self, order: WorkingOrder) -> None:
        """Lose every trace of an order, as if it had never been."""
        self._open[order.market.con_id].pop(order.perm_id, None)
        self.watched.pop(order.perm_id, None)
        if order.parent is not None:
            order.parent.children.remove(order)
        del self._all[order.perm_id]

    def begin_session(self) -> None:
        """Start a new list of completed orders."""
        self._ended.clear()

    def ended(self) -> list[WorkingOrder]:
        """Orders that ended in this session, in the order they did."""
        return list(self._ended)

    def open(self) -> list[WorkingOrder]:
        """Orders that have not ended, the held ones too, oldest first."""
        orders = [order for by_id in self._open.values() for order in by_id.values()]
        return sorted(orders, key=lambda order: order.perm_id)

    def at(self, market: Market) -> list[WorkingOrder]:
        """Orders of one market that may trade now: at the market first, then by price, then by age."""
        by_id = self._open.get(market.con_id)
        return sorted((order for order in by_id.values() if order.live), key=_priority) if by_id else []

    def held(self, market: Market, hold: Hold) -> list[WorkingOrder]:
        """Orders of one market that wait for nothing but this, by price and then by age."""
        by_id = self._open.get(market.con_id)
        if not by_id:
            return []
        return sorted((order for order in by_id.values() if order.active and order.holds == {hold}), key=_priority)

    def markets(self) -> list[Market]:
        """The markets that have open orders, each once."""
        return [next(iter(by_id.values())).market for by_id in self._open.values() if by_id]

    def of(self, market: Market) -> list[WorkingOrder]:
        """Open orders of one market, the held ones too, oldest first."""
        return list(self._open.get(market.con_id, {}).values())

    def exposed(self, market: Market) -> bool:
        """Whether the minute that a market is about to play can concern an order.

        A child of another market's order may come alive at any moment of it.
        """
        for order in self.watched.values():
            if order.market is market or looks_at(order.ticket.conditions, market.con_id):
                return True
        by_id = self._open.get(market.con_id)
        if not by_id:
            return False
        low, high = market.range()
        return any(
            order.within(low, high) if order.live else "opening" in order.holds or _elsewhere(order)
            for order in by_id.values()
        )

    def may_change(self, order: WorkingOrder, ticket: ClientOrder) -> bool:
        """Whether an order may get these terms: not another life, nor other conditions once they were met."""
        same = (
            ticket.conditions == order.ticket.conditions and ticket.conditions_cancel is order.ticket.conditions_cancel
        )
        return may_become(order.ticket.tif, ticket.tif) and (
            same or not order.sent or (order.perm_id in self.watched and not ticket.conditions_cancel)
        )

    def end_group(self, order: WorkingOrder) -> None:
        """An order has filled whole: its group takes no other any more."""
        if order.ticket.oca_group:
            self._over.add((order.ticket.oca_group, order.ticket.account))

    def group_is_over(self, ticket: ClientOrder) -> bool:
        """Whether an order of its OCA group has filled whole."""
        return (ticket.oca_group, ticket.account) in self._over

    def group(self, order: WorkingOrder) -> Iterator[WorkingOrder]:
        """The other open, sent orders of an order's OCA group."""
        name, account = order.ticket.oca_group, order.ticket.account
        if not name:
            return
        for other in self.open():
            if other is not order and other.sent and (other.ticket.oca_group, other.ticket.account) == (name, account):
                yield other


def family(order: WorkingOrder) -> list[WorkingOrder]:
    """An order's bracket, every parent before its children."""
    head = order
    while head.parent is not None:
        head = head.parent
    members = [head]
    for member in members:
        members.extend(member.children)
    return members


def waits_until(order: WorkingOrder, begin: int) -> str:
    """IB's text for an order that waits for its market to open."""
    ticket, listing = order.ticket, order.market.listing
    item = listing.instrument
    opens = moment(begin).astimezone(ZoneInfo(listing.time_zone))
    return (
        f"Order Message:\n{ticket.side} {ticket.quantity:f} {item.root} {item.primary_exchange or item.exchange}\n"
        f"Warning: Your order will not be placed at the exchange until {opens:%Y-%m-%d %H:%M:%S} {listing.time_zone}."
    )


def _elsewhere(order: WorkingOrder) -> bool:
    """Its parent is in another market."""
    return order.parent is not None and order.parent.market is not order.market


def _priority(order: WorkingOrder) -> tuple[bool, int, int]:
    limit = order.limit
    return limit is not None, 0 if limit is None else -limit * order.side.sign, order.rank
