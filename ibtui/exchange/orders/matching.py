"""The order rules: activation, triggers, fills, one-cancels-all; the same for every market and every account.

- A limit order that crosses the book trades against the displayed size and a few levels behind it, each at its own
  price; what is left rests. A resting order has the displayed size at its price ahead of it; trades at its price use
  that up first. It fills at its limit, in parts as large as the trade or the displayed size that reaches it.
- A market order takes what the book has within a few ticks and goes on at the next change of the book.
- A stop, or an order if touched, waits for a price as `orders.triggers` says; the last trade counts when it becomes
  active. Then it is a market order, or a limit order where it has a limit.
- What an order may take besides that: `orders.lifetimes` and `orders.pegs`. An all-or-none order trades whole at one
  moment or waits; a minimum quantity is one for the first part. Of an order with a display size no more than that
  trades at its price before it goes to the end of its queue.
- Orders of clients meet the market, never each other.
- OCA types: 1 cancels the other orders of the group at the first fill; 2 and 3 reduce them by the same share, so when
  one has filled whole the others are gone. No two orders of a group trade at the same time, so a group never overfills.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_CEILING, Decimal
from functools import partial

from ibtui.exchange.markets.book import DEPTH
from ibtui.exchange.markets.market import Market
from ibtui.exchange.moments import MINUTE, micros, moment
from ibtui.exchange.orders.clearing import Clearing
from ibtui.exchange.orders.order import ExchangeOrders, WorkingOrder
from ibtui.exchange.orders.pegs import pegged
from ibtui.exchange.orders.sessions import Sessions
from ibtui.exchange.orders.triggers import fallen_limit, follow, signals
from ibtui.exchange.orders.waiting import Schedule, WaitingOrders
from ibtui.exchange.orders.watch import ConditionWatch
from ibtui.exchange.terms.algos import Algo, plan, share_of_volume
from ibtui.exchange.told.reports import Report, State, TradingHalt

CANCELLED = "Order Canceled - reason:"


class Matching:
    """Carries orders through their lives and tells of it."""

    def __init__(
        self,
        orders: ExchangeOrders,
        clearing: Clearing,
        watch: ConditionWatch,
        sessions: Sessions,
        must_borrow: Callable[[WorkingOrder], bool],
        emit: Callable[[Report], None],
        start: int,
        schedule: Schedule,
    ) -> None:
        """`must_borrow` says of an order that is sent whether its shares have to be found first."""
        self._orders, self._clearing, self._sessions = orders, clearing, sessions
        self._emit, self._schedule = emit, schedule
        self.waiting = WaitingOrders(self, orders, watch, sessions, must_borrow, schedule)
        """What holds orders back until their time, price or condition has come."""
        self._pending: dict[int, WorkingOrder] = {}
        self._traded: dict[int, Market] = {}
        self.time = start

    # --- what happens to orders from outside

    def send(self, orders: list[WorkingOrder]) -> None:
        """Let held orders, parents first, go to the market."""
        for order in orders:
            order.active = order.parent is None or order.parent.filled > 0
            self.waiting.hold(order)
            self.become(order, "PreSubmitted")
            order.code, order.reason = 0, ""
            self.waiting.follow(order)
        for order in orders:
            if order.live and not order.done:
                self.enter(order)
        self.settle()

    def resume(self, order: WorkingOrder, watched: bool) -> None:
        """Go on with an open order that was saved; `watched` while its conditions have not held."""
        self.waiting.resume(order, watched)
        if order.sent:
            self._continue_plan(order)

    def keep(self, order: WorkingOrder) -> None:
        """Tell of changed terms that leave an order where it is in its queue."""
        self._tell(order)

    def requeue(self, order: WorkingOrder) -> None:
        """Work an order again after its terms changed; it goes to the end of its queue."""
        order.rests, order.rank, order.priced = False, self._orders.rank(), None
        if self.waiting.in_hours(order):
            self.waiting.lift(order, "hours")
        elif order.live:
            self.waiting.pause(order)
        self._tell(order)
        if order.live:
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

    def meet(self, market: Market, price: int, size: int) -> None:
        """Let the orders of a market meet a change of its book, and the trade that came with it unless `size` is 0."""
        self.waiting.see(market)
        if market.halted or not self._orders.of(market):
            self.settle()
            return
        if size:
            for order in self._orders.held(market, "opening"):
                self._cross(order, price)
        orders = self._orders.at(market)
        self._trigger(market, price if size else None)
        for order in orders:
            if order.done or order.waits:
                continue
            order.volume += size
            if order.rests and size:
                size -= self._flow(order, price, size)
            self._work_soon(order)
        self.settle()

    def halt(self, market: Market, halted: bool) -> None:
        """Halt trading in a market, or let its orders meet the book again; they are taken and cancelled all along."""
        market.halt(self.time, halted)
        self._emit(TradingHalt(con_id=market.con_id, time=moment(self.time), halted=halted))
        for order in self._orders.of(market):
            if order.live and not halted:
                self._work_soon(order)
        self.settle()

    def settle(self) -> None:
        """Work orders until nothing follows from anything any more, then show the books that were traded in."""
        while self._pending or self.waiting.noted:
            self.waiting.judge_noted()
            if self._pending:
                order = self._pending.pop(next(iter(self._pending)))
                if not order.done and order.live:
                    self._work(order)
        for market in self._traded.values():
            self._emit(market.tick(self.time, traded=True))
        self._traded.clear()

    def end_session(self, market: Market, kinds: Iterable[bool] = (False, True)) -> None:
        """Fill what waits for a market's close at its last price, and end what lasts no longer.

        `kinds` says of which orders the session ends: True of those outside regular hours.
        """
        if False in kinds:
            for order in self._orders.held(market, "close"):
                self._cross(order, market.last)
        for order in self._orders.of(market):
            if order.done or order.outside not in kinds:
                continue
            if order.ticket.tif == "DAY":
                self.cancel(order, "Day order expired")
            elif order.sent and not self.waiting.in_hours(order):
                self.waiting.pause(order)
        self.settle()

    def begin_session(self, market: Market) -> None:
        """Let what waits for a market's opening meet its next trade."""
        for order in self._orders.of(market):
            if "open" in order.holds:
                order.holds = order.holds - {"open"} | {"opening"}

    # --- the rules

    def enter(self, order: WorkingOrder) -> None:
        """An order reaches the market, or a child its parent's fill."""
        if order.ticket.algo is not None and not order.plan:
            self._plan(order, order.ticket.algo)
        if not order.waits:
            self.become(order, "Submitted")
        elif order.parent is not None:
            self._tell(order)
        self._work_soon(order)

    def _work_soon(self, order: WorkingOrder) -> None:
        self._pending[order.perm_id] = order

    def _work(self, order: WorkingOrder) -> None:
        """Trade what crosses the book; let the rest rest."""
        if order.market.halted:
            return
        if order.waits and not self._fires(order, order.market.last):
            return
        if order.market.closed:
            return
        self._peg(order)
        limit = order.limit
        if limit is None or not self._away(order, limit):
            self._take(order, limit)
        if order.fleeting and not order.done:
            self.cancel(order)
        elif limit is not None and not order.done and not order.rests and self._away(order, limit):
            order.rests, order.queue = True, order.market.book.queue(order.side, limit)

    def _peg(self, order: WorkingOrder) -> None:
        limit = pegged(order)
        if limit != order.priced:
            order.priced, order.rests = limit, False

    def _cross(self, order: WorkingOrder, price: int) -> None:
        """Fill an order whole at the one price of an auction, or end it."""
        limit = order.limit
        if (limit is None or (price - limit) * order.side.sign <= 0) and order.workable:
            self._fill(order, order.workable, price)
        if not order.done:
            self.cancel(order)

    def _away(self, order: WorkingOrder, limit: int) -> bool:
        """Whether the market is beyond a limit."""
        return (order.market.book.touch(order.side) - limit) * order.side.sign > 0

    def _take(self, order: WorkingOrder, limit: int | None) -> None:
        market = order.market
        if order.least > order.workable or order.least > market.quantity(self._offered(order, limit)):
            return
        at = limit if order.rests else None
        for price, size in market.take(self.time, order.side, market.units(order.workable), limit, at):
            self._fill(order, market.quantity(size), price)
            self._traded[market.con_id] = market
            self._trigger(market, price)

    def _offered(self, order: WorkingOrder, limit: int | None) -> int:
        """Units that an order could take from the book at once."""
        rows = order.market.book.rows(order.side, DEPTH)
        return sum(size for price, size in rows if limit is None or (price - limit) * order.side.sign <= 0)

    def _flow(self, order: WorkingOrder, price: int, size: int) -> int:
        """Units a resting order got of a trade: up to all when it went through, what the queue leaves at its price."""
        limit = order.limit
        if limit is None or (price - limit) * order.side.sign > 0 or size <= 0:
            return 0
        if price == limit:
            ahead = min(order.queue, size)
            order.queue -= ahead
            size = self._shown(order, size - ahead)
        amount = min(order.market.quantity(size), order.workable)
        if amount <= 0 or amount < order.least:
            return 0
        self._fill(order, amount, limit)
        if price == limit and order.ticket.display_size:
            self._show_next(order, amount, limit)
        return order.market.units(amount)

    def _shown(self, order: WorkingOrder, size: int) -> int:
        """As many units of a trade as find the order on display."""
        if not order.ticket.display_size:
            return size
        order.showing = order.showing or Decimal(order.ticket.display_size)
        return min(size, order.market.units(order.showing))

    def _show_next(self, order: WorkingOrder, amount: Decimal, limit: int) -> None:
        order.showing -= amount
        if not order.showing:
            order.queue = order.market.book.queue(order.side, limit)

    def _trigger(self, market: Market, traded: int | None) -> None:
        """Let waiting orders of a market see its prices, and the trade that came with them."""
        for order in self._orders.at(market):
            if order.waits and self._fires(order, traded):
                self._work_soon(order)

    def _fires(self, order: WorkingOrder, traded: int | None) -> bool:
        """Whether what is seen triggers an order; a trailing stop follows what does not."""
        for price in signals(order, traded):
            if order.reached(price):
                order.triggered, order.priced = True, fallen_limit(order)
                self.become(order, "Submitted")
                return True
            follow(order, price)
        return False

    def _fill(self, order: WorkingOrder, quantity: Decimal, ticks: int) -> None:
        before = order.remaining
        self._clearing.fill(order, quantity, ticks, self.time)
        self.waiting.note_fill(order)
        if not order.remaining:
            order.state = "Filled"
            self._orders.close(order)
            self._orders.end_group(order)
        self._tell(order)
        self._clearing.tell_position(order)
        self._reduce_group(order, quantity, before)
        self._release(order)

    def _release(self, parent: WorkingOrder) -> None:
        """A parent's fill lets its children work for as much."""
        for child in parent.children:
            if child.done or not child.sent:
                continue
            if not child.active:
                child.active = True
                if child.live:
                    self.enter(child)
                else:
                    self._tell(child)
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
                lot = other.market.listing.instrument.lot
                cut = (other.remaining * quantity / before / lot).to_integral_value(ROUND_CEILING) * lot
            if cut < other.remaining:
                other.reduced += cut
                other.resize(other.ticket.quantity - cut)
                self._tell(other)
            else:
                self.cancel(other, "One-cancels-all")

    # --- algorithms

    def _plan(self, order: WorkingOrder, algo: Algo) -> None:
        """Plan the parts in which an algorithm lets its order go, and when."""
        end = micros(algo.end) if algo.end is not None else self._session_end(order)
        order.plan = plan(algo, self.time, max(end, self.time))
        behaviour = order.market.behaviour
        usual = order.market.size(behaviour.lots * behaviour.lot) * (end - self.time) / MINUTE
        order.rate = share_of_volume(algo, order.ticket.quantity, usual)
        self._continue_plan(order)

    def _session_end(self, order: WorkingOrder) -> int:
        return self._sessions.span(order.market.listing, order.outside, self.time).end

    def _continue_plan(self, order: WorkingOrder) -> None:
        """Have the next step of an order's algorithm happen at its time."""
        if order.step < len(order.plan):
            self._schedule(order.plan[order.step], partial(self._take_step, order))

    def _take_step(self, order: WorkingOrder) -> None:
        algo = order.ticket.algo
        if order.done or algo is None:
            return
        order.step += 1
        if order.step == len(order.plan) and algo.name != "Adaptive" and not algo.past_end:
            self.cancel(order)
        else:
            self._work_soon(order)
            self._continue_plan(order)
        self.settle()

    # --- telling

    def become(self, order: WorkingOrder, state: State) -> None:
        """Give an order a state, and tell of it."""
        order.state = state
        self._tell(order)

    def _end(self, order: WorkingOrder, state: State, code: int, reason: str) -> None:
        order.code, order.reason = code, reason
        self._orders.close(order)
        self.become(order, state)

    def _tell(self, order: WorkingOrder) -> None:
        order.time = self.time
        self._emit(order.report())
