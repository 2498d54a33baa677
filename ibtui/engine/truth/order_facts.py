"""How orders stand: what the broker says of them, and what their executions prove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from ibtui.broker.orders.amounts import disagree
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import NumberUnknown, OrderMoved
from ibtui.domain.fill import Fill
from ibtui.domain.money import plain
from ibtui.domain.order import DOUBTED, TAKEN_BACK, Order, OrderStatus, sure_quantity
from ibtui.domain.words import quantity_words, status_words
from ibtui.engine.journal import records
from ibtui.engine.truth.fills import Fills
from ibtui.engine.truth.holds import Holds
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.log import Log
from ibtui.engine.truth.market_facts import MarketFacts
from ibtui.engine.truth.orders import Orders, ours
from ibtui.engine.truth.positions import Positions
from ibtui.engine.truth.settle import Absence, not_found
from ibtui.engine.wording import order_line


@dataclass(eq=False, repr=False)
class OrderFacts:
    """Takes what is said of an order, and tells what follows from it; the book itself is `Orders`."""

    clock: Clock
    write: Callable[[records.JournalRecord], None]
    log: Log
    holds: Holds
    orders: Orders
    fills: Fills
    positions: Positions
    market: MarketFacts
    watchers: Watchers
    listeners: Listeners

    def __post_init__(self) -> None:
        self.acknowledged: set[str] = set()
        """Refs that the broker has shown to know."""
        self.absent: dict[str, Absence] = {}
        """By ref: orders that reconciles did not show."""

    def stand(self, order: Order) -> None:
        """An order stands differently: store, journal, log and tell it."""
        if order.cash is not None and order.status is OrderStatus.FILLED and order.filled:
            order = order.with_terms(quantity=order.filled)  # what the money bought is known now
        before = self.orders.get(order.ref)
        if before is not None and replace(order, changed=before.changed) == before:
            return
        self.orders.put(order)
        self.market.know_combo(order)
        self.watchers.order(order.ref)
        if ours(order):
            kind = "SENT" if order.status is OrderStatus.PENDING else "ORDER"
            self.write(records.order_moved(order, order.changed or self.clock.now(), kind))
        if before is None or (before.status, before.reason) != (order.status, order.reason):
            self.log.say(*order_line(order, self.market.instruments.get(order.symbol)))
        if before is not None and before.status is OrderStatus.ENDED is not order.status:
            self.holds.settled(order.symbol, order.ref, f"what became of {order.ref} is known: {order.status}")
        self.count_cover(order.symbol)
        for listener in self.listeners.order:
            listener(order)

    def count_cover(self, symbol: str) -> None:
        """Work out again what stops cover of an instrument."""
        if self.positions.covered(symbol, self.orders.live(symbol)):
            self.watchers.touch("positions")

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
            self.stand(replace(seen, created=seen.created or now, changed=seen.changed or now))
            return
        self._contradicted(known, seen.status)
        self.stand(
            replace(
                seen.with_terms(oca_group=known.oca_group or seen.oca_group),
                status=_stands(known.status, seen.status, filled, seen),
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

    def moved(self, event: OrderMoved) -> None:
        """The broker told where an order stands, without its terms."""
        known = self.orders.get(event.ref)
        if known is None:
            return
        if known.status is OrderStatus.ENDED and event.status.unsure:
            return  # that the broker does not know it either is no news
        self._contradicted(known, event.status)
        if event.status is not OrderStatus.UNKNOWN or event.perm_id:  # a doubt of ours is no word of the broker's
            self.acknowledged.add(event.ref)
        filled = self._agreed(known, event.filled or Decimal(0))
        self.stand(
            replace(
                known,
                status=_stands(known.status, event.status, filled, known),
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

    def number_unknown(self, event: NumberUnknown) -> None:
        """The broker does not find an order under its number."""
        known = self.orders.get(event.ref)
        if known is not None and known.live:
            self.stand(not_found(known, self.market.hours.get(known.symbol), self.clock.now()))

    def _contradicted(self, known: Order, said: OrderStatus) -> None:
        """The broker tells of an order that had ended, outcome unknown: its word counts, and loudly."""
        if known.status is OrderStatus.ENDED:
            self.log.say("ERROR", f"{known.ref} was {known.reason}; now IB says that it is {status_words(said)}")

    def traded(self, fill: Fill, correction: bool) -> None:
        """Executions are certain: they move their order in whatever state it is, also after its end."""
        order = self.orders.get(fill.ref)
        if order is None:
            return
        total = self.fills.total(order)
        filled = total if correction else max(order.filled, total)
        status, reason = order.status, order.reason
        whole = order.cash is None and filled >= order.quantity
        self._contradicted(order, OrderStatus.FILLED if whole else OrderStatus.PARTLY_FILLED)
        if whole:
            status, reason = OrderStatus.FILLED, reason if status is OrderStatus.FILLED else ""
        elif status is OrderStatus.FILLED and (order.cash is None or not filled):
            status = OrderStatus.PARTLY_FILLED if filled else OrderStatus.UNKNOWN
            reason = TAKEN_BACK
        elif order.live and (filled or status is not OrderStatus.UNKNOWN):
            status = OrderStatus.PARTLY_FILLED if filled else OrderStatus.WORKING
        elif not order.live and not correction and status is not OrderStatus.FILLED:
            self.log.say("ERROR", f"{order.ref} was {status} and traded {quantity_words(fill.quantity)} more")
        if filled > sure_quantity(order) > 0:
            reason = f"{DOUBTED}its executions add up to {plain(filled)} of {plain(order.quantity)}; asked again"
        elif reason.startswith(DOUBTED):
            reason = ""
        average = self.fills.average(order, self.market.instruments) if filled == total else order.average_price
        self.acknowledged.add(order.ref)
        self.stand(
            replace(order, status=status, filled=filled, average_price=average, reason=reason, changed=self.clock.now())
        )

    def _agreed(self, order: Order, reported: Decimal) -> Decimal:
        """How much of an order has traded: reports may be ahead of executions, unless IB took some of those back."""
        total = self.fills.total(order)
        return total if self.fills.corrected(order.ref) else max(reported, total)


def _stands(known: OrderStatus, said: OrderStatus, filled: Decimal, order: Order) -> OrderStatus:
    """Executions are certain, whatever a report says; one that still says pending is older than what is known."""
    if order.cash is None and filled >= order.quantity:
        return OrderStatus.FILLED
    status = known if said is OrderStatus.PENDING else said
    return OrderStatus.PARTLY_FILLED if filled > 0 and status.untraded else status
