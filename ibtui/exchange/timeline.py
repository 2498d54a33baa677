"""Simulated time: plays every market's changes, and what is due at a given moment, in the order they happen."""

from __future__ import annotations

from collections.abc import Callable, Collection
from heapq import heapify, heappop, heappush, heapreplace

from ibtui.exchange.markets.market import Market
from ibtui.exchange.moments import MINUTE, session_end
from ibtui.exchange.orders.matching import Matching
from ibtui.exchange.orders.order import ExchangeOrders
from ibtui.exchange.told.reports import Report

LEAP = 2
"""Whole minutes from which on a step passes over what concerns no order."""
_FIRST_LOOK = 25_000
"""Microseconds from when a market wakes to its first tick; with many at once, between one's and the next's."""
_CHANGE, _LOOK = 0, 1

Action = Callable[[], None]


class Timeline:
    """Moves the exchange's time; does not depend on how its way is cut into steps.

    A long step plays a minute only where it can concern an order; elsewhere the minute goes by whole and is reported as
    one tick, with the same trades in the session's figures. So orders and money come out the same as in short steps.
    """

    def __init__(
        self,
        orders: ExchangeOrders,
        matching: Matching,
        emit: Callable[[Report], None],
        deliver: Callable[[], None],
        roll: Action,
    ) -> None:
        """`deliver` passes on what was emitted, after all that happens at one moment; `roll` begins a session."""
        self._orders, self._matching = orders, matching
        self._emit, self._deliver, self._roll = emit, deliver, roll
        self._markets: list[Market] = []
        self._heap: list[tuple[int, int, int]] = []
        self._alarms: list[tuple[int, int, Action, bool]] = []
        self._numbers = 0
        self._woken, self._woken_at = 0, -1
        self.at(session_end(matching.time), self._turn_day)

    @property
    def now(self) -> int:
        """The simulated moment, in microseconds since 1970."""
        return self._matching.time

    def at(self, time: int, action: Action, *, quiet: bool = False) -> None:
        """Do something at a moment to come, before any market changes at it; what it reports is passed on after it.

        A `quiet` action looks at no market and touches none, so the minutes around it may go by whole.
        """
        heappush(self._alarms, (max(time, self._matching.time), self._numbers, action, quiet))
        self._numbers += 1

    def wake(self, market: Market) -> None:
        """Play a market from now on; it has been brought up to now."""
        index, now = len(self._markets), self._matching.time
        self._markets.append(market)
        self._woken = self._woken + 1 if now == self._woken_at else 1
        self._woken_at = now
        heappush(self._heap, (market.next.time, index, _CHANGE))
        heappush(self._heap, (now + _FIRST_LOOK * self._woken, index, _LOOK))

    def sleep(self, market: Market) -> None:
        """Play a market no longer."""
        self._markets.remove(market)
        self._queue(set(self._markets))

    def advance(self, target: int) -> None:
        """Play everything up to and at `target`."""
        first, last = self._matching.time // MINUTE + 1, target // MINUTE - 1
        if last - first >= LEAP:
            self._play(first * MINUTE)
            for minute in range(first, last):
                self._pass(minute)
            self._queue(set(self._markets))
        self._play(target + 1)
        self._matching.time = target

    def _play(self, end: int) -> None:
        """Play every change of the markets and every action that comes before `end`."""
        while self._alarms and self._alarms[0][0] < end:
            time, _, action, _ = self._alarms[0]
            self._run(time)
            heappop(self._alarms)
            self._matching.time = time
            action()
            self._deliver()
        self._run(end)

    def _turn_day(self) -> None:
        self.at(session_end(self._matching.time), self._turn_day)
        self._roll()

    def _run(self, end: int) -> None:
        matching = self._matching
        while self._heap and self._heap[0][0] < end:
            time, index, kind = self._heap[0]
            market = self._markets[index]
            matching.time = time
            if kind == _LOOK:
                heappop(self._heap)
                self._emit(market.tick(time, traded=False))
            else:
                self._change(market, time)
                heapreplace(self._heap, (market.next.time, index, _CHANGE))
            self._deliver()

    def _change(self, market: Market, time: int) -> None:
        event = market.step()
        if event is not None:
            self._emit(market.tick(time, traded=event.size > 0))
            self._matching.meet(market, event.price, event.size)

    def _pass(self, minute: int) -> None:
        """Let a whole minute go by.

        It is played where something is due in it, or in the next one: what is due looks at the book that it left.
        """
        begin, end = minute * MINUTE, (minute + 1) * MINUTE
        self._heap = []
        self._play(begin + 1)
        markets = list(self._markets)
        if any(time < end + MINUTE and not quiet for time, _, _, quiet in self._alarms):
            exposed = set(markets)
        else:
            exposed = {market for market in markets if self._orders.exposed(market)}
            exposed |= {source for market in exposed for source in market.sources}
        moved = [market for market in markets if market not in exposed and market.skip(minute)]
        self._queue(exposed)
        self._play(end)
        self._matching.time = end - 1
        for market in moved:
            self._emit(market.tick(end - 1, traded=True))
        self._deliver()

    def _queue(self, markets: Collection[Market]) -> None:
        indexed = enumerate(self._markets)
        self._heap = [(market.next.time, index, _CHANGE) for index, market in indexed if market in markets]
        heapify(self._heap)
