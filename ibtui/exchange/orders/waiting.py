"""Waiting: what holds an order that was sent, and lets it go: times, trading hours, conditions, shares to borrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Protocol

from ibtui.exchange.listed.locates import HELD, SEARCH
from ibtui.exchange.markets.market import Market
from ibtui.exchange.moments import micros, moment
from ibtui.exchange.orders.lifetimes import Hold, begins, holds, keeps_hours
from ibtui.exchange.orders.order import ExchangeOrders, WorkingOrder, waits_until
from ibtui.exchange.orders.sessions import Sessions
from ibtui.exchange.orders.watch import ConditionWatch
from ibtui.exchange.terms.conditions import ClockCondition, looks_at, met_by_fill
from ibtui.exchange.told.reports import State

Schedule = Callable[[int, Callable[[], None]], None]
"""Does something at a time to come, in microseconds since 1970."""


class ReleaseRules(Protocol):
    """What happens to an order that waits no longer."""

    time: int

    def enter(self, order: WorkingOrder) -> None: ...

    def become(self, order: WorkingOrder, state: State) -> None: ...

    def cancel(self, order: WorkingOrder, reason: str = "") -> None: ...

    def settle(self) -> None: ...

    def end_session(self, market: Market, kinds: Iterable[bool] = ...) -> None: ...

    def begin_session(self, market: Market) -> None: ...


class WaitingOrders:
    """Holds orders, and lets them go when their time has come."""

    def __init__(
        self,
        rules: ReleaseRules,
        orders: ExchangeOrders,
        watch: ConditionWatch,
        sessions: Sessions,
        must_borrow: Callable[[WorkingOrder], bool],
        schedule: Schedule,
    ) -> None:
        """`must_borrow` says of an order that is sent whether its shares have to be found first."""
        self._rules, self._orders, self._watch = rules, orders, watch
        self._sessions, self._must_borrow, self._schedule = sessions, must_borrow, schedule
        self._attended: set[int] = set()
        self._noted: dict[int, WorkingOrder] = {}

    def hold(self, order: WorkingOrder) -> None:
        """Hold an order that is sent for whatever it has to wait for; its code says what IB warns of."""
        order.holds = holds(order.ticket, moment(self._rules.time))
        self._hold_for_hours(order)
        if self._must_borrow(order):
            order.holds.add("locate")
            order.located = self._rules.time + SEARCH
            order.code, order.reason = HELD

    def follow(self, order: WorkingOrder) -> None:
        """See to it that an order that was sent is let go."""
        self.set_alarms(order)
        self.attend(order.market)
        if order.ticket.conditions:
            self._orders.watched[order.perm_id] = order
            self._judge(order)

    def resume(self, order: WorkingOrder, watched: bool) -> None:
        """Go on with an open order that was saved; `watched` while its conditions have not held."""
        if order.sent:
            self.set_alarms(order)
            self.attend(order.market)
        if watched:
            self._orders.watched[order.perm_id] = order

    # --- times

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
            if isinstance(condition, ClockCondition) and micros(condition.time) > self._rules.time:
                self._schedule(micros(condition.time), partial(self._judge_at_last, order))

    def locate(self, order: WorkingOrder) -> None:
        """Let an order go that was held for shares to borrow."""
        if not order.done:
            self.lift(order, "locate")
            self._rules.settle()

    def _begin(self, order: WorkingOrder, time: datetime) -> None:
        """An order's good-after time has come, unless it was changed meanwhile."""
        if not order.done and begins(order.ticket) == time:
            self.lift(order, "time")
            self._rules.settle()

    def _expire(self, order: WorkingOrder, time: datetime) -> None:
        """An order's good-till time has come, unless it was changed meanwhile."""
        if not order.done and order.ticket.good_till == time:
            self._rules.cancel(order)

    def lift(self, order: WorkingOrder, hold: Hold) -> None:
        """End one thing that an order waits for."""
        if hold in order.holds:
            order.holds = order.holds - {hold}
            if order.live:
                self._rules.enter(order)

    # --- trading hours

    def in_hours(self, order: WorkingOrder) -> bool:
        """Whether an order's session runs, as far as it has to wait for one."""
        ticket = order.ticket
        open_now = self._sessions.is_open(order.market.listing, order.outside, self._rules.time)
        return open_now or not keeps_hours(ticket)

    def _hold_for_hours(self, order: WorkingOrder) -> None:
        if self.in_hours(order):
            return
        order.holds.add("hours")
        begin = self._sessions.span(order.market.listing, order.outside, self._rules.time).begin
        order.code, order.reason = 399, waits_until(order, begin)

    def pause(self, order: WorkingOrder) -> None:
        """Let an order that stays wait for its market's next session."""
        order.holds, order.rests = order.holds | {"hours"}, False
        if order.active:
            self._rules.become(order, "PreSubmitted")

    def attend(self, market: Market) -> None:
        """Look at a market's orders when its next session begins or ends."""
        if not self._sessions.always_open and market.con_id not in self._attended:
            self._attended.add(market.con_id)
            self._schedule(self._sessions.next_turn(market.listing, self._rules.time), partial(self._turn, market))

    def _turn(self, market: Market) -> None:
        self._attended.discard(market.con_id)
        turn = self._sessions.turn(market.listing, self._rules.time)
        self._rules.end_session(market, turn.ends)
        if False in turn.begins:
            self._rules.begin_session(market)
        for order in self._orders.of(market):
            if order.outside in turn.begins:
                self.lift(order, "hours")
        self._rules.settle()
        if self._orders.of(market):
            self.attend(market)

    # --- conditions

    def reconsider(self, order: WorkingOrder) -> None:
        """Look at the changed conditions of an order that still waits for them."""
        self.set_alarms(order)
        self._judge_at_last(order)

    def _judge(self, order: WorkingOrder) -> None:
        """Let an order go, or end it, if its conditions hold."""
        if order.perm_id not in self._orders.watched or not self._watch.met(order, self._rules.time):
            return
        del self._orders.watched[order.perm_id]
        if order.ticket.conditions_cancel:
            self._rules.cancel(order)
        else:
            self.lift(order, "conditions")

    def _judge_at_last(self, order: WorkingOrder) -> None:
        self._judge(order)
        self._rules.settle()

    def see(self, market: Market) -> None:
        """Look at the conditions that concern a market which has changed."""
        for order in list(self._orders.watched.values()):
            if looks_at(order.ticket.conditions, market.con_id):
                self._judge(order)

    @property
    def noted(self) -> bool:
        """Whether fills may have met conditions that were not looked at since."""
        return bool(self._noted)

    def judge_noted(self) -> None:
        """Look at the conditions that fills may have met."""
        while self._noted:
            self._judge(self._noted.popitem()[1])

    def note_fill(self, filled: WorkingOrder) -> None:
        """Remember a fill for the orders that wait for one like it, and for those that look at the account."""
        instrument = filled.market.listing.instrument
        for order in self._orders.watched.values():
            if order.ticket.account == filled.ticket.account:
                order.executed |= met_by_fill(order.ticket.conditions, instrument)
                self._noted[order.perm_id] = order
