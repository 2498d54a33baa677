"""Orders at the exchange: how each stands, and who is related to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.order import Side
from ibtui.exchange.calendar import moment
from ibtui.exchange.reports import OrderReport, State, Ticket
from ibtui.exchange.venue import Venue

ZERO = Decimal(0)
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
    ticket: Ticket
    venue: Venue
    time: int
    parent: WorkingOrder | None = None
    children: list[WorkingOrder] = field(default_factory=list)
    state: State = "PendingSubmit"
    active: bool = False
    """Sent, and its parent has at least a part."""
    triggered: bool = False
    rests: bool = False
    """A book was seen that its limit did not cross: from then on it trades at its own price."""
    queue: int = 0
    """Units ahead of it at its price."""
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
    def remaining(self) -> Decimal:
        return self.ticket.quantity - self.filled

    @property
    def workable(self) -> Decimal:
        """What may trade now."""
        parent = self.parent
        if parent is None or parent.state == "Filled":
            return self.remaining
        return max(min(self.remaining, parent.filled - self.reduced - self.filled), ZERO)

    @property
    def average_price(self) -> float:
        return self.cost / float(self.filled) if self.filled else 0.0

    @property
    def limit(self) -> int | None:
        """Its limit in ticks; None while it trades at the market."""
        price = self.ticket.limit_price
        return self.venue.grid.ticks(price) if self.ticket.type == "LMT" and price is not None else None

    @property
    def stop(self) -> int | None:
        """The stop price in ticks that still has to trade; None when there is none to wait for."""
        price = self.ticket.stop_price
        if self.ticket.type != "STP" or self.triggered or price is None:
            return None
        return self.venue.grid.ticks(price)

    @property
    def why_held(self) -> str:
        child = "" if self.active or self.parent is None else "child"
        return ",".join(filter(None, (child, "trigger" if self.stop is not None else "")))

    def within(self, low: int, high: int) -> bool:
        """Whether trades and quotes between two prices can make it trade or trigger."""
        stop, limit, buys = self.stop, self.limit, self.side is Side.BUY
        if stop is not None:
            return high >= stop if buys else low <= stop
        return limit is None or (low <= limit if buys else high >= limit)

    def report(self) -> OrderReport:
        """How it stands."""
        return OrderReport(
            perm_id=self.perm_id,
            ticket=self.ticket,
            state=self.state,
            filled=self.filled,
            average_price=self.average_price,
            last_price=self.last_price,
            time=moment(self.time),
            code=self.code,
            reason=self.reason,
            why_held="" if self.done or not self.sent else self.why_held,
        )

    def resize(self, quantity: Decimal) -> None:
        """Let it be an order for `quantity` in all."""
        self.ticket = replace(self.ticket, quantity=quantity)


class Orders:
    """Every order of the session by its number, and the open ones by market."""

    def __init__(self, first_perm_id: int) -> None:
        self._first = first_perm_id
        self._count = 0
        self._all: dict[int, WorkingOrder] = {}
        self._open: dict[int, dict[int, WorkingOrder]] = {}
        self._ended: list[WorkingOrder] = []

    def add(self, ticket: Ticket, venue: Venue, time: int) -> WorkingOrder:
        """A new order, held; children of one parent are one OCA group of type 3 unless they name another."""
        parent = None if ticket.parent is None else self._all[ticket.parent]
        if parent is not None and not ticket.oca_group:
            ticket = replace(ticket, oca_group=str(parent.perm_id), oca_type=3)
        perm_id = self._first + len(self._all)
        order = WorkingOrder(perm_id, self.rank(), ticket, venue, time, parent)
        if parent is not None:
            parent.children.append(order)
        self._all[perm_id] = order
        self._open.setdefault(venue.con_id, {})[perm_id] = order
        return order

    def rank(self) -> int:
        """The next place at the end of every queue."""
        self._count += 1
        return self._count

    def get(self, perm_id: int) -> WorkingOrder | None:
        return self._all.get(perm_id)

    def close(self, order: WorkingOrder) -> None:
        """Count an order that ended as one of the session's completed ones."""
        self._open[order.venue.con_id].pop(order.perm_id, None)
        self._ended.append(order)

    def begin_session(self) -> None:
        """Start a new list of completed orders."""
        self._ended.clear()

    def ended(self) -> list[WorkingOrder]:
        """Orders that ended in this session, in the order they did."""
        return list(self._ended)

    def open(self) -> list[WorkingOrder]:
        """Orders that have not ended, the held ones too, oldest first."""
        orders = [order for market in self._open.values() for order in market.values()]
        return sorted(orders, key=lambda order: order.perm_id)

    def at(self, venue: Venue) -> list[WorkingOrder]:
        """Orders of one market that may trade now: at the market first, then by price, then by age."""
        market = self._open.get(venue.con_id)
        return sorted((order for order in market.values() if order.active), key=_priority) if market else []

    def exposed(self, venue: Venue) -> bool:
        """Whether the minute that a market is about to play can concern an order.

        A child of another market's order may come alive at any moment of it.
        """
        market = self._open.get(venue.con_id)
        if not market:
            return False
        low, high = venue.range()
        return any(
            order.within(low, high) if order.active else order.parent is not None and order.parent.venue is not venue
            for order in market.values()
        )

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


def _priority(order: WorkingOrder) -> tuple[bool, int, int]:
    limit = order.limit
    return limit is not None, 0 if limit is None else -limit * order.side.sign, order.rank
