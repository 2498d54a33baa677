"""The order rules: activation, triggers, fills, one-cancels-all; the same for every market and every account.

- A limit order that crosses the book trades against the displayed size and a few levels behind it, each at its own
  price; what is left rests. A resting order has the displayed size at its price ahead of it; trades at its price use
  that up first. It fills at its limit, in parts as large as the trade or the displayed size that reaches it.
- A market order takes what the book has within a few ticks and goes on at the next change of the book.
- A stop, or an order if touched, waits for a price as `ibtui.exchange.triggers` says; the last trade counts when it
  becomes active. Then it is a market order, or a limit order where it has a limit.
- What an order may take besides that: `ibtui.exchange.lifetimes` and `ibtui.exchange.pegs`. An all-or-none order trades
  whole at one moment or waits; a minimum quantity is one for the first part. Of an order with a display size no more
  than that trades at its price before it goes to the end of its queue.
- Orders of clients meet the market, never each other.
- OCA types: 1 cancels the other orders of the group at the first fill; 2 and 3 reduce them by the same share, so when
  one has filled whole the others are gone. No two orders of a group trade at the same time, so a group never overfills.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from functools import partial

from ibtui.exchange.algos import Algo, plan, share_of_volume
from ibtui.exchange.book import DEPTH
from ibtui.exchange.calendar import MINUTE, micros, moment
from ibtui.exchange.clearing import Clearing
from ibtui.exchange.conditions import TimeCondition, looks_at, met_by_fill
from ibtui.exchange.lifetimes import Hold, begins, holds, keeps_hours
from ibtui.exchange.locates import HELD, SEARCH
from ibtui.exchange.orders import Orders, WorkingOrder, waits_until
from ibtui.exchange.pegs import pegged
from ibtui.exchange.reports import Report, State
from ibtui.exchange.sessions import Sessions
from ibtui.exchange.triggers import fallen_limit, follow, signals
from ibtui.exchange.venue import Venue
from ibtui.exchange.watch import Watch

CANCELLED = "Order Canceled - reason:"

Schedule = Callable[[int, Callable[[], None]], None]
"""Does something at a time to come, in microseconds since 1970."""


class Matching:
    """Carries orders through their lives and tells of it."""

    def __init__(
        self,
        orders: Orders,
        clearing: Clearing,
        watch: Watch,
        sessions: Sessions,
        must_borrow: Callable[[WorkingOrder], bool],
        emit: Callable[[Report], None],
        start: int,
        schedule: Schedule,
    ) -> None:
        """`must_borrow` says of an order that is sent whether its shares have to be found first."""
        self._orders, self._clearing, self._watch = orders, clearing, watch
        self._sessions, self._must_borrow = sessions, must_borrow
        self._attended: set[int] = set()
        self._emit, self._schedule = emit, schedule
        self._noted: dict[int, WorkingOrder] = {}
        self._pending: dict[int, WorkingOrder] = {}
        self._traded: dict[int, Venue] = {}
        self.time = start

    # --- what happens to orders from outside

    def send(self, orders: list[WorkingOrder]) -> None:
        """Let held orders, parents first, go to the market."""
        for order in orders:
            order.active = order.parent is None or order.parent.filled > 0
            order.holds = holds(order.ticket, moment(self.time))
            self._hold_for_hours(order)
            if self._must_borrow(order):
                order.holds.add("locate")
                order.located = self.time + SEARCH
                order.code, order.reason = HELD
            self._become(order, "PreSubmitted")
            order.code, order.reason = 0, ""
            self.set_alarms(order)
            self._attend(order.venue)
            if order.ticket.conditions:
                self._orders.watched[order.perm_id] = order
                self._judge(order)
        for order in orders:
            if order.live and not order.done:
                self._enter(order)
        self.settle()

    def set_alarms(self, order: WorkingOrder) -> None:
        """Have an order begin and end at the times that its ticket names."""
        begin, end = begins(order.ticket), order.ticket.good_till
        if begin is not None and "time" in order.holds:
            self._schedule(micros(begin), partial(self._begin, order, begin))
        if end is not None:
            self._schedule(micros(end), partial(self._expire, order, end))
        if "locate" in order.holds:
            self._schedule(order.located, partial(self.locate, order))
        for condition in order.ticket.conditions:
            if isinstance(condition, TimeCondition) and micros(condition.time) > self.time:
                self._schedule(micros(condition.time), partial(self._judge_at_last, order))

    def resume(self, order: WorkingOrder, watched: bool) -> None:
        """Go on with an open order that was saved; `watched` while its conditions have not held."""
        if order.sent:
            self.set_alarms(order)
            self.continue_plan(order)
            self._attend(order.venue)
        if watched:
            self._orders.watched[order.perm_id] = order

    def locate(self, order: WorkingOrder) -> None:
        """Let an order go that was held for shares to borrow."""
        if not order.done:
            self._lift(order, "locate")
            self.settle()

    def keep(self, order: WorkingOrder) -> None:
        """Tell of changed terms that leave an order where it is in its queue."""
        self._tell(order)

    def requeue(self, order: WorkingOrder) -> None:
        """Work an order again after its terms changed; it goes to the end of its queue."""
        order.rests, order.rank, order.priced = False, self._orders.rank(), None
        if self._in_hours(order):
            self._lift(order, "hours")
        elif order.live:
            self._pause(order)
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

    def meet(self, venue: Venue, price: int, size: int) -> None:
        """Let the orders of a market meet a change of its book, and the trade that came with it unless `size` is 0."""
        for order in list(self._orders.watched.values()):
            if looks_at(order.ticket.conditions, venue.con_id):
                self._judge(order)
        if not self._orders.of(venue):
            self.settle()
            return
        if size:
            for order in self._orders.held(venue, "opening"):
                self._cross(order, price)
        orders = self._orders.at(venue)
        self._trigger(venue, price if size else None)
        for order in orders:
            if order.done or order.waits:
                continue
            order.volume += size
            if order.rests and size:
                size -= self._flow(order, price, size)
            self._work_soon(order)
        self.settle()

    def settle(self) -> None:
        """Work orders until nothing follows from anything any more, then show the books that were traded in."""
        while self._pending or self._noted:
            while self._noted:
                self._judge(self._noted.popitem()[1])
            if self._pending:
                order = self._pending.pop(next(iter(self._pending)))
                if not order.done and order.live:
                    self._work(order)
        for venue in self._traded.values():
            self._emit(venue.tick(self.time, traded=True))
        self._traded.clear()

    def end_session(self, venue: Venue, kinds: Iterable[bool] = (False, True)) -> None:
        """Fill what waits for a market's close at its last price, and end what lasts no longer.

        `kinds` says of which orders the session ends: True of those outside regular hours.
        """
        if False in kinds:
            for order in self._orders.held(venue, "close"):
                self._cross(order, venue.last)
        for order in self._orders.of(venue):
            if order.done or order.ticket.outside_rth not in kinds:
                continue
            if order.ticket.tif == "DAY":
                self.cancel(order, "Day order expired")
            elif order.sent and not self._in_hours(order):
                self._pause(order)
        self.settle()

    def begin_session(self, venue: Venue) -> None:
        """Let what waits for a market's opening meet its next trade."""
        for order in self._orders.of(venue):
            if "open" in order.holds:
                order.holds = order.holds - {"open"} | {"opening"}

    # --- the rules

    def _enter(self, order: WorkingOrder) -> None:
        """An order reaches the market, or a child its parent's fill."""
        if order.ticket.algo is not None and not order.plan:
            self._plan(order, order.ticket.algo)
        if not order.waits:
            self._become(order, "Submitted")
        elif order.parent is not None:
            self._tell(order)
        self._work_soon(order)

    def _work_soon(self, order: WorkingOrder) -> None:
        self._pending[order.perm_id] = order

    def _work(self, order: WorkingOrder) -> None:
        """Trade what crosses the book; let the rest rest."""
        if order.waits and not self._fires(order, order.venue.last):
            return
        if order.venue.closed:
            return
        self._peg(order)
        limit = order.limit
        if limit is None or not self._away(order, limit):
            self._take(order, limit)
        if order.fleeting and not order.done:
            self.cancel(order)
        elif limit is not None and not order.done and not order.rests and self._away(order, limit):
            order.rests, order.queue = True, order.venue.book.queue(order.side, limit)

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
        return (order.venue.book.touch(order.side) - limit) * order.side.sign > 0

    def _take(self, order: WorkingOrder, limit: int | None) -> None:
        venue = order.venue
        if order.least > order.workable or order.least > venue.quantity(self._offered(order, limit)):
            return
        at = limit if order.rests else None
        for price, size in venue.take(self.time, order.side, venue.units(order.workable), limit, at):
            self._fill(order, venue.quantity(size), price)
            self._traded[venue.con_id] = venue
            self._trigger(venue, price)

    def _offered(self, order: WorkingOrder, limit: int | None) -> int:
        """Units that an order could take from the book at once."""
        rows = order.venue.book.rows(order.side, DEPTH)
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
        amount = min(order.venue.quantity(size), order.workable)
        if amount <= 0 or amount < order.least:
            return 0
        self._fill(order, amount, limit)
        if price == limit and order.ticket.display_size:
            self._show_next(order, amount, limit)
        return order.venue.units(amount)

    def _shown(self, order: WorkingOrder, size: int) -> int:
        """As many units of a trade as find the order on display."""
        if not order.ticket.display_size:
            return size
        order.showing = order.showing or Decimal(order.ticket.display_size)
        return min(size, order.venue.units(order.showing))

    def _show_next(self, order: WorkingOrder, amount: Decimal, limit: int) -> None:
        order.showing -= amount
        if not order.showing:
            order.queue = order.venue.book.queue(order.side, limit)

    def _trigger(self, venue: Venue, traded: int | None) -> None:
        """Let waiting orders of a market see its prices, and the trade that came with them."""
        for order in self._orders.at(venue):
            if order.waits and self._fires(order, traded):
                self._work_soon(order)

    def _fires(self, order: WorkingOrder, traded: int | None) -> bool:
        """Whether what is seen triggers an order; a trailing stop follows what does not."""
        for price in signals(order, traded):
            if order.reached(price):
                order.triggered, order.priced = True, fallen_limit(order)
                self._become(order, "Submitted")
                return True
            follow(order, price)
        return False

    def _fill(self, order: WorkingOrder, quantity: Decimal, ticks: int) -> None:
        before = order.remaining
        self._clearing.fill(order, quantity, ticks, self.time)
        self._note_fill(order)
        if not order.remaining:
            order.state = "Filled"
            self._orders.close(order)
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
                    self._enter(child)
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
                lot = other.venue.listing.instrument.lot
                cut = (other.remaining * quantity / before / lot).to_integral_value(ROUND_CEILING) * lot
            if cut < other.remaining:
                other.reduced += cut
                other.resize(other.ticket.quantity - cut)
                self._tell(other)
            else:
                self.cancel(other, "One-cancels-all")

    def _begin(self, order: WorkingOrder, time: datetime) -> None:
        """An order's good-after time has come, unless it was changed meanwhile."""
        if not order.done and begins(order.ticket) == time:
            self._lift(order, "time")
            self.settle()

    def _expire(self, order: WorkingOrder, time: datetime) -> None:
        """An order's good-till time has come, unless it was changed meanwhile."""
        if not order.done and order.ticket.good_till == time:
            self.cancel(order)

    def _lift(self, order: WorkingOrder, hold: Hold) -> None:
        if hold in order.holds:
            order.holds = order.holds - {hold}
            if order.live:
                self._enter(order)

    # --- trading hours

    def _in_hours(self, order: WorkingOrder) -> bool:
        ticket = order.ticket
        open_now = self._sessions.is_open(order.venue.listing, ticket.outside_rth, self.time)
        return open_now or not keeps_hours(ticket)

    def _hold_for_hours(self, order: WorkingOrder) -> None:
        if self._in_hours(order):
            return
        order.holds.add("hours")
        begin = self._sessions.span(order.venue.listing, order.ticket.outside_rth, self.time).begin
        order.code, order.reason = 399, waits_until(order, begin)

    def _pause(self, order: WorkingOrder) -> None:
        """Let an order that stays wait for its market's next session."""
        order.holds, order.rests = order.holds | {"hours"}, False
        if order.active:
            self._become(order, "PreSubmitted")

    def _attend(self, venue: Venue) -> None:
        """Look at a market's orders when its next session begins or ends."""
        if not self._sessions.always_open and venue.con_id not in self._attended:
            self._attended.add(venue.con_id)
            self._schedule(self._sessions.next_turn(venue.listing, self.time), partial(self._turn, venue))

    def _turn(self, venue: Venue) -> None:
        self._attended.discard(venue.con_id)
        turn = self._sessions.turn(venue.listing, self.time)
        self.end_session(venue, turn.ends)
        if False in turn.begins:
            self.begin_session(venue)
        for order in self._orders.of(venue):
            if order.ticket.outside_rth in turn.begins:
                self._lift(order, "hours")
        self.settle()
        if self._orders.of(venue):
            self._attend(venue)

    # --- conditions

    def reconsider(self, order: WorkingOrder) -> None:
        """Look at the changed conditions of an order that still waits for them."""
        self.set_alarms(order)
        self._judge_at_last(order)

    def _judge(self, order: WorkingOrder) -> None:
        """Let an order go, or end it, if its conditions hold."""
        if order.perm_id not in self._orders.watched or not self._watch.met(order, self.time):
            return
        del self._orders.watched[order.perm_id]
        if order.ticket.conditions_cancel:
            self.cancel(order)
        else:
            self._lift(order, "conditions")

    def _judge_at_last(self, order: WorkingOrder) -> None:
        self._judge(order)
        self.settle()

    def _note_fill(self, filled: WorkingOrder) -> None:
        """Remember a fill for the orders that wait for one like it, and for those that look at the account."""
        instrument = filled.venue.listing.instrument
        for order in self._orders.watched.values():
            if order.ticket.account == filled.ticket.account:
                order.executed |= met_by_fill(order.ticket.conditions, instrument)
                self._noted[order.perm_id] = order

    # --- algorithms

    def _plan(self, order: WorkingOrder, algo: Algo) -> None:
        """Begin an algorithm's steps."""
        end = micros(algo.end) if algo.end is not None else self._session_end(order)
        order.plan = plan(algo, self.time, max(end, self.time))
        behaviour = order.venue.behaviour
        usual = order.venue.size(behaviour.lots * behaviour.lot) * (end - self.time) / MINUTE
        order.rate = share_of_volume(algo, order.ticket.quantity, usual)
        self.continue_plan(order)

    def _session_end(self, order: WorkingOrder) -> int:
        return self._sessions.span(order.venue.listing, order.ticket.outside_rth, self.time).end

    def continue_plan(self, order: WorkingOrder) -> None:
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
            self.continue_plan(order)
        self.settle()

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
