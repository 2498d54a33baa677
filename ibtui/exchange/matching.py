"""The order rules: activation, triggers, fills, one-cancels-all; the same for every market and every account.

- A limit order that crosses the book trades against the displayed size and a few levels behind it, each at its own
  price; what is left rests. A resting order has the displayed size at its price ahead of it; trades at its price use
  that up first. It fills at its limit, in parts as large as the trade or the displayed size that reaches it.
- A market order takes what the book has within a few ticks and goes on at the next change of the book.
- A stop waits for a trade at or through its price, the last one counts when it becomes active; then it is a market
  order.
- Orders of clients meet the market, never each other.
- OCA types: 1 cancels the other orders of the group at the first fill; 2 and 3 reduce them by the same share, so when
  one has filled whole the others are gone. No two orders of a group trade at the same time, so a group never overfills.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from ibtui.domain.commission import commission
from ibtui.exchange.account import Ledger
from ibtui.exchange.calendar import moment
from ibtui.exchange.orders import Orders, WorkingOrder
from ibtui.exchange.reports import Execution, PositionReport, Report, State
from ibtui.exchange.venue import Venue

CANCELLED = "Order Canceled - reason:"


class Matching:
    """Carries orders through their lives and tells of it."""

    def __init__(self, orders: Orders, ledgers: dict[str, Ledger], emit: Callable[[Report], None], start: int) -> None:
        self._orders, self._ledgers, self._emit = orders, ledgers, emit
        self._pending: dict[int, WorkingOrder] = {}
        self._traded: dict[int, Venue] = {}
        self._executions: list[Execution] = []
        self._series = start // 1_000_000
        self._count = 0
        self.time = start

    # --- what happens to orders from outside

    def send(self, orders: list[WorkingOrder]) -> None:
        """Let held orders, parents first, go to the market."""
        for order in orders:
            order.active = order.parent is None or order.parent.filled > 0
            self._become(order, "PreSubmitted")
        for order in orders:
            if order.active and not order.done:
                self._enter(order)
        self.settle()

    def keep(self, order: WorkingOrder) -> None:
        """Tell of changed terms that leave an order where it is in its queue."""
        self._tell(order)

    def requeue(self, order: WorkingOrder) -> None:
        """Work an order again after its terms changed; it goes to the end of its queue."""
        order.rests, order.rank = False, self._orders.rank()
        self._tell(order)
        if order.active:
            self._work_soon(order)
        self.settle()

    def cancel(self, order: WorkingOrder, reason: str = "") -> None:
        """End an order and what depends on it: children of an unfilled parent end too, others shrink to what filled."""
        self._end(order, "Cancelled", 202, CANCELLED + reason)
        for child in order.children:
            if not child.done:
                self._orphan(child, order)

    def reject(self, order: WorkingOrder, code: int, reason: str) -> None:
        """End an order that never worked; its children end with it."""
        self._end(order, "Inactive", code, reason)
        for child in order.children:
            if not child.done:
                self.cancel(child, "Parent order was rejected")

    # --- what happens in the market

    def meet(self, venue: Venue, price: int, size: int) -> None:
        """Let the orders of a market meet a change of its book, and the trade that came with it unless `size` is 0."""
        orders = self._orders.at(venue)
        if not orders:
            return
        if size:
            self._trigger(venue, price)
        for order in orders:
            if order.done or order.stop is not None:
                continue
            if order.rests and size:
                size -= self._flow(order, price, size)
            self._work_soon(order)
        self.settle()

    def settle(self) -> None:
        """Work orders until nothing follows from anything any more, then show the books that were traded in."""
        while self._pending:
            order = self._pending.pop(next(iter(self._pending)))
            if not order.done and order.active:
                self._work(order)
        for venue in self._traded.values():
            self._emit(venue.tick(self.time, traded=True))
        self._traded.clear()

    def executions(self) -> list[Execution]:
        """Executions of the session, oldest first."""
        return list(self._executions)

    def begin_session(self) -> None:
        """Start a new list of executions."""
        self._executions.clear()

    # --- the rules

    def _enter(self, order: WorkingOrder) -> None:
        """An order reaches the market, or a child its parent's fill."""
        if order.stop is None:
            self._become(order, "Submitted")
        elif order.parent is not None:
            self._tell(order)
        self._work_soon(order)

    def _work_soon(self, order: WorkingOrder) -> None:
        self._pending[order.perm_id] = order

    def _work(self, order: WorkingOrder) -> None:
        """Trade what crosses the book; let the rest rest."""
        if order.stop is not None:
            if not self._reached(order, order.venue.last):
                return
            self._fire(order)
        limit = order.limit
        if limit is None or not self._away(order, limit):
            self._take(order, limit)
        if limit is not None and not order.done and not order.rests and self._away(order, limit):
            order.rests, order.queue = True, order.venue.book.queue(order.side, limit)

    def _away(self, order: WorkingOrder, limit: int) -> bool:
        """Whether the market is beyond a limit."""
        return (order.venue.book.touch(order.side) - limit) * order.side.sign > 0

    def _take(self, order: WorkingOrder, limit: int | None) -> None:
        venue = order.venue
        at = limit if order.rests else None
        for price, size in venue.take(self.time, order.side, int(order.workable), limit, at):
            self._fill(order, Decimal(size), price)
            self._traded[venue.con_id] = venue
            self._trigger(venue, price)

    def _flow(self, order: WorkingOrder, price: int, size: int) -> int:
        """Units a resting order got of a trade: up to all when it went through, what the queue leaves at its price."""
        limit = order.limit
        if limit is None or (price - limit) * order.side.sign > 0 or size <= 0:
            return 0
        if price == limit:
            ahead = min(order.queue, size)
            order.queue -= ahead
            size -= ahead
        amount = min(Decimal(size), order.workable)
        if amount > 0:
            self._fill(order, amount, limit)
        return int(amount)

    def _reached(self, order: WorkingOrder, price: int) -> bool:
        return order.stop is not None and (price - order.stop) * order.side.sign >= 0

    def _trigger(self, venue: Venue, price: int) -> None:
        for order in self._orders.at(venue):
            if self._reached(order, price):
                self._fire(order)
                self._work_soon(order)

    def _fire(self, order: WorkingOrder) -> None:
        order.triggered = True
        self._become(order, "Submitted")

    def _fill(self, order: WorkingOrder, quantity: Decimal, ticks: int) -> None:
        venue, before = order.venue, order.remaining
        price = venue.grid.price(ticks)
        order.filled += quantity
        order.cost += float(quantity) * price
        order.last_price, order.time = price, self.time
        self._book(order, quantity, price)
        if not order.remaining:
            order.state = "Filled"
            self._orders.close(order)
        self._tell(order)
        ledger = self._ledgers[order.ticket.account]
        holding = ledger.holdings[venue.con_id]
        self._emit(
            PositionReport(
                account=ledger.id, con_id=venue.con_id, quantity=holding.quantity, average_cost=holding.average_cost
            )
        )
        self._reduce_group(order, quantity, before)
        self._release(order)

    def _book(self, order: WorkingOrder, quantity: Decimal, price: float) -> None:
        """Charge what the whole order's commission grew by, enter the trade, report the execution."""
        instrument = order.venue.listing.instrument
        whole = commission(instrument, float(order.filled), order.average_price)
        charge, order.commission = round(whole - order.commission, 2), whole
        realized = self._ledgers[order.ticket.account].trade(order.venue, quantity * order.side.sign, price, charge)
        self._count += 1
        execution = Execution(
            exec_id=f"{self._series:08x}.{self._count:08x}.01.01",
            perm_id=order.perm_id,
            account=order.ticket.account,
            con_id=order.venue.con_id,
            side=order.side,
            quantity=quantity,
            price=price,
            cumulative=order.filled,
            average_price=order.average_price,
            time=moment(self.time),
            exchange=instrument.primary_exchange or instrument.exchange,
            commission=charge,
            realized_pnl=realized,
        )
        self._executions.append(execution)
        self._emit(execution)

    def _release(self, parent: WorkingOrder) -> None:
        """A parent's fill lets its children work for as much."""
        for child in parent.children:
            if child.done or not child.sent:
                continue
            if not child.active:
                child.active = True
                self._enter(child)
            else:
                self._work_soon(child)

    def _orphan(self, child: WorkingOrder, parent: WorkingOrder) -> None:
        """What becomes of a child whose parent was cancelled."""
        released = child.workable if parent.filled else Decimal(0)
        if not child.sent or not released:
            self.cancel(child, "Parent order was cancelled")
        elif released < child.remaining:
            child.resize(child.filled + released)
            self._tell(child)

    def _reduce_group(self, order: WorkingOrder, quantity: Decimal, before: Decimal) -> None:
        for other in list(self._orders.group(order)):
            cut = other.remaining
            if order.ticket.oca_type != 1 and order.remaining:
                lot = other.venue.listing.instrument.lot
                cut = (other.remaining * quantity / before / lot).to_integral_value(ROUND_CEILING) * lot
            if cut < other.remaining:
                other.reduced += cut
                other.resize(other.ticket.quantity - cut)
                self._tell(other)
            else:
                self.cancel(other, "One-cancels-all")

    # --- telling

    def _become(self, order: WorkingOrder, state: State) -> None:
        order.state = state
        self._tell(order)

    def _end(self, order: WorkingOrder, state: State, code: int, reason: str) -> None:
        order.code, order.reason = code, reason
        self._orders.close(order)
        self._become(order, state)

    def _tell(self, order: WorkingOrder) -> None:
        order.time = self.time
        self._emit(order.report())
