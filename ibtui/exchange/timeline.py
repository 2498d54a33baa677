"""Simulated time: plays every market's changes in the order they happen."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heapreplace

from ibtui.exchange.calendar import session_end
from ibtui.exchange.events import MINUTE
from ibtui.exchange.matching import Matching
from ibtui.exchange.orders import Orders
from ibtui.exchange.reports import Report
from ibtui.exchange.venue import Venue

LEAP = 2
"""Whole minutes from which on a step passes over what concerns no order."""
_FIRST_LOOK = 25_000
"""Microseconds between the first ticks of one market and the next after the start."""
_CHANGE, _LOOK = 0, 1


class Timeline:
    """Moves the exchange's time; does not depend on how its way is cut into steps.

    A long step plays a minute only where it can concern an order; elsewhere the minute goes by whole and is reported as
    one tick, with the same trades in the session's figures. So orders and money come out the same as in short steps.
    """

    def __init__(
        self,
        venues: list[Venue],
        orders: Orders,
        matching: Matching,
        emit: Callable[[Report], None],
        deliver: Callable[[], None],
        roll: Callable[[], None],
    ) -> None:
        """`deliver` passes on what was emitted, after all that happens at one moment; `roll` begins a session."""
        self._venues, self._orders, self._matching = venues, orders, matching
        self._emit, self._deliver, self._roll = emit, deliver, roll
        self._midnight = session_end(matching.time)
        self._heap = [(venue.next.time, index, _CHANGE) for index, venue in enumerate(venues)]
        self._heap += [(matching.time + _FIRST_LOOK * (index + 1), index, _LOOK) for index in range(len(venues))]
        heapify(self._heap)

    def advance(self, target: int) -> None:
        """Play everything up to and at `target`."""
        first, last = self._matching.time // MINUTE + 1, target // MINUTE - 1
        if last - first >= LEAP:
            self._play(first * MINUTE)
            for minute in range(first, last):
                self._pass(minute)
            self._queue(self._venues)
        self._play(target + 1)
        self._matching.time = target

    def _play(self, end: int) -> None:
        """Play everything before `end`."""
        while self._midnight < end:
            self._run(self._midnight)
            self._turn_day()
        self._run(end)

    def _turn_day(self) -> None:
        self._matching.time = self._midnight
        self._midnight = session_end(self._midnight)
        self._roll()
        self._deliver()

    def _run(self, end: int) -> None:
        heap, matching = self._heap, self._matching
        while heap and heap[0][0] < end:
            time, index, kind = heap[0]
            venue = self._venues[index]
            matching.time = time
            if kind == _LOOK:
                heappop(heap)
                self._emit(venue.tick(time, traded=False))
            else:
                self._change(venue, time)
                heapreplace(heap, (venue.next.time, index, _CHANGE))
            self._deliver()

    def _change(self, venue: Venue, time: int) -> None:
        event = venue.step()
        if event is not None:
            self._emit(venue.tick(time, traded=event.size > 0))
            self._matching.meet(venue, event.price, event.size)

    def _pass(self, minute: int) -> None:
        """Let a whole minute go by."""
        if self._midnight <= minute * MINUTE:
            self._turn_day()
        exposed = [venue for venue in self._venues if self._orders.exposed(venue)]
        moved = [venue for venue in self._venues if venue not in exposed and venue.skip()]
        self._queue(exposed)
        end = (minute + 1) * MINUTE
        self._run(end)
        self._matching.time = end - 1
        for venue in moved:
            self._emit(venue.tick(end - 1, traded=True))
        self._deliver()

    def _queue(self, venues: list[Venue]) -> None:
        self._heap = [(venue.next.time, self._venues.index(venue), _CHANGE) for venue in venues]
        heapify(self._heap)
