"""Where a market's prices come from: by the minute, and inside each minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol

from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.moments import MINUTE
from ibtui.exchange.paths.days import Days
from ibtui.exchange.paths.events import Event, events, reach
from ibtui.exchange.paths.minutes import Minute, Minutes
from ibtui.exchange.paths.rhythm import OPENING, Rhythm
from ibtui.exchange.randomness import stream

DEPTH = 30
"""Days before the exchange's start from which there are minutes where prices never begin."""

GATHERING = 10
"""Minutes before an auction from which orders for it are shown."""


class Path(Protocol):
    """What one market does by itself; minutes are numbered since 1970."""

    def minute(self, number: int) -> Minute:
        """Figures of a minute, without playing it; a minute without a trade has `trades` 0 and one price."""
        ...

    def play(self, number: int) -> Iterator[Event]:
        """Every change inside a minute; its trades add up to the minute's figures."""
        ...

    def margin(self, number: int) -> int:
        """How many ticks beyond a minute's trades its book may lie."""
        ...

    def following(self, number: int) -> int | None:
        """The next minute in which something may happen; None when nothing does any more."""
        ...

    def between(self, first: int, stop: int) -> Sequence[int]:
        """The minutes from `first` to before `stop` in which something may have happened."""
        ...

    def shut(self, number: int) -> bool:
        """Whether the market is closed in a minute."""
        ...

    def earliest(self, now: int) -> int:
        """The first minute that history reaches back to from the minute `now`."""
        ...

    def auction(self, number: int) -> int:
        """Lots that wait in a minute for an auction to come; 0 where there is none soon."""
        ...

    def days(self, first: date, stop: date) -> Iterable[tuple[date, Minute]]:
        """Whole days before the first minute, from one day to before another, oldest first; dates of New York."""
        ...


class SeededPath:
    """Prices drawn from the exchange's seed."""

    def __init__(
        self, name: str, behaviour: Behaviour, minutes: Minutes, seed: int, first: int, days: Callable[[int], Days]
    ) -> None:
        """History has minutes from `first` on; `days` makes the years before from the price at which that opens."""
        self._name, self._behaviour, self._minutes, self._seed = name, behaviour, minutes, seed
        self._first, self._make_days = first, days
        self._days: Days | None = None

    def minute(self, number: int) -> Minute:
        return self._minutes[number]

    def play(self, number: int) -> Iterator[Event]:
        bar = self._minutes[number]
        if not bar.trades:
            return iter(())
        random = stream(self._seed, "events", self._name, number)
        return events(number * MINUTE, bar, self._behaviour, random)

    def margin(self, number: int) -> int:
        return reach(self._behaviour)

    def following(self, number: int) -> int:
        return number + 1

    def between(self, first: int, stop: int) -> range:
        return range(first, stop)

    def earliest(self, now: int) -> int:
        return self._first

    def auction(self, number: int) -> int:
        return 0

    def days(self, first: date, stop: date) -> Iterable[tuple[date, Minute]]:
        if self._days is None:
            self._days = self._make_days(self._minutes[self._first].open)
        return self._days.between(first, stop)

    def shut(self, number: int) -> bool:
        return False


class SessionPath(SeededPath):
    """Prices drawn from the seed, shown in trading hours only, with an auction at the open and at the close.

    While the market is closed its path goes on unseen, so it opens with a gap.
    """

    def __init__(
        self,
        name: str,
        behaviour: Behaviour,
        minutes: Minutes,
        seed: int,
        first: int,
        days: Callable[[int], Days],
        rhythm: Rhythm,
    ) -> None:
        super().__init__(name, behaviour, minutes, seed, first, days)
        self._rhythm = rhythm

    def minute(self, number: int) -> Minute:
        if self.shut(number):
            price = super().minute(self._rhythm.closed_at(number)).close
            return Minute(price, price, price, price, 0, 0)
        bar = super().minute(number)
        return bar._replace(lots=bar.lots + self._auction(number))

    def play(self, number: int) -> Iterator[Event]:
        """The first trade of an opening and the last of a close are auctions; a session's end empties the book."""
        if self.shut(number):
            return
        auction, bar = self._auction(number) * self._behaviour.lot, super().minute(number)
        opens = self._rhythm.auction(number) == OPENING
        done = 0
        for event in super().play(number):
            done += bool(event.size)
            if auction and event.size and done == (1 if opens else bar.trades):
                event = event._replace(size=event.size + auction)
                auction = 0
            yield event
        if self.shut(number + 1):
            yield Event((number + 1) * MINUTE - 1, 0, 0, 0, 0, 0, 0)

    def following(self, number: int) -> int:
        return self._rhythm.opens(number + 1)

    def shut(self, number: int) -> bool:
        return not self._rhythm.is_open(number)

    def auction(self, number: int) -> int:
        """More and more of what the auction will trade."""
        found = ((ahead, self._auction(number + ahead)) for ahead in range(GATHERING))
        return next((lots * (GATHERING - ahead) // GATHERING for ahead, lots in found if lots), 0)

    def _auction(self, number: int) -> int:
        """Lots of a minute's auction."""
        return int(self._rhythm.auction(number) * self._behaviour.lots * 1440)
