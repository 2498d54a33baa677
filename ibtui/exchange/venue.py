"""The market in one instrument: its path played in time, its book, its session's figures."""

from __future__ import annotations

from collections.abc import Iterator

from ibtui.domain.order import Side
from ibtui.exchange.book import Book
from ibtui.exchange.calendar import moment, session_start
from ibtui.exchange.catalogue import Behaviour
from ibtui.exchange.events import MINUTE, Event, events, reach
from ibtui.exchange.factors import Factors
from ibtui.exchange.grid import Grid
from ibtui.exchange.instruments import Listing
from ibtui.exchange.minutes import Minutes
from ibtui.exchange.overlay import Overlay, Print
from ibtui.exchange.randomness import stream
from ibtui.exchange.reports import Tick
from ibtui.exchange.session import Session


class Venue:
    """One market; prices in ticks, sizes in units, times in microseconds since 1970."""

    def __init__(self, listing: Listing, behaviour: Behaviour, factors: Factors, seed: int, start: int) -> None:
        self.listing, self.behaviour = listing, behaviour
        self.con_id = listing.instrument.con_id
        self.grid = Grid(listing.instrument.tick)
        self.overlay = Overlay()
        self.book = Book(behaviour.lot)
        self._seed = seed
        self._minute = start // MINUTE
        self.minutes = Minutes(listing.instrument.symbol, behaviour, self.grid, factors, seed, self._minute)
        self._ahead: Iterator[Event] | None = None
        self._next: Event | None = None
        self._catch_up(start)

    def play(self, minute: int) -> Iterator[Event]:
        """Every change of one minute of the path, as it would be without the overlay."""
        random = stream(self._seed, "events", self.listing.instrument.symbol, minute)
        return events(minute * MINUTE, self.minutes[minute], self.behaviour, random)

    @property
    def next(self) -> Event:
        """The next change of the path."""
        while self._next is None:
            if self._ahead is None:
                self._ahead = self.play(self._minute)
            self._next = next(self._ahead, None)
            if self._next is None:
                self._turn_to(self._minute + 1)
        return self._next

    def step(self) -> Event | None:
        """Play the next change of the path; None when the market is held still and shows nothing of it."""
        event, self._next = self.next, None
        regime = self.overlay.current
        if regime.factor is None:
            return None
        if regime.factor != 1.0:
            event = _shifted(event, regime.shift(event.price or event.bid))
        self.book.show(event.bid, event.ask, event.bid_size, event.ask_size)
        if event.size:
            self._print(event.price, event.size)
        return event

    def skip(self) -> bool:
        """Play one whole minute at once, from its beginning; False when the market is held still.

        The same trades as when it is played change by change, without what the book showed between them.
        """
        bar, regime = self.minutes[self._minute], self.overlay.current
        self._turn_to(self._minute + 1)
        if regime.factor is None:
            return False
        begin, high, low, last = (regime.shift(price) for price in bar[:4])
        self.session.trade(begin, high, low, bar.lots * self.behaviour.lot)
        self.last = last
        self._quote(last, self.behaviour.spread, *self._usual_sizes())
        return True

    def range(self) -> tuple[int, int]:
        """The lowest and highest price that trades or quotes can reach in the minute that is about to be played."""
        bar, regime, margin = self.minutes[self._minute], self.overlay.current, reach(self.behaviour)
        if regime.factor is None:
            return self.book.bid, self.book.ask
        return regime.shift(bar.low) - margin, regime.shift(bar.high) + margin

    def take(self, time: int, side: Side, wanted: int, limit: int | None, at: int | None) -> list[tuple[int, int]]:
        """An order of `side` trades against the book: price and size of each trade, best first.

        A resting order trades `at` its own price, whatever level the market came from.
        """
        taken = [(at or price, size) for price, size in self.book.take(side, wanted, limit)]
        for price, size in taken:
            self.trade(time, price, size)
        return taken

    def trade(self, time: int, price: int, size: int) -> None:
        """A trade outside the market's own path."""
        self.overlay.record(Print(time, price, size))
        self._print(price, size)

    def move(self, time: int, price: int) -> None:
        """Trade one lot at `price` and put the book around it, as it was; from here the path goes on."""
        if self.overlay.current.factor is not None:
            self._follow(time, price)
        bid, ask, bid_size, ask_size = self.book.whole
        self._quote(price, ask - bid, bid_size, ask_size)
        self.trade(time, price, self.behaviour.lot)

    def hold(self, time: int, bid: int, ask: int, bid_size: int, ask_size: int) -> None:
        """Show this book and no other until `release`."""
        self.overlay.change(time, None)
        self.book.show(bid, ask, bid_size, ask_size)

    def release(self, time: int) -> None:
        """Let the path go on from the price that is shown."""
        if self.overlay.current.factor is None:
            self._follow(time, self.grid.nearest(self.mark()))

    def mark(self) -> float:
        """The price that positions are valued at: the last trade if it lies within the spread, else the middle."""
        book, price = self.book, self.grid.price
        if book.bid <= self.last <= book.ask:
            return price(self.last)
        return (price(book.bid) + price(book.ask)) / 2

    def tick(self, time: int, traded: bool) -> Tick:
        """What the market shows, as of `time`; an index has no quotes: -1 and size 0, as IB writes it."""
        book, session, price = self.book, self.session, self.grid.price
        quoted = self.listing.tradable
        return Tick(
            con_id=self.con_id,
            time=moment(time),
            bid=price(book.bid) if quoted else -1.0,
            ask=price(book.ask) if quoted else -1.0,
            bid_size=float(book.bid_size) if quoted else 0.0,
            ask_size=float(book.ask_size) if quoted else 0.0,
            last=price(self.last),
            last_size=float(self.last_size),
            volume=float(session.volume),
            open=price(session.open),
            high=price(session.high),
            low=price(session.low),
            close=price(session.close),
            traded=traded,
        )

    def _catch_up(self, start: int) -> None:
        """The session so far: whole minutes since it began, then the changes of this minute up to `start`."""
        begin = session_start(start) // MINUTE
        self.session = Session(self.minutes[begin].open)
        for minute in range(begin, self._minute):
            bar = self.minutes[minute]
            self.session.trade(bar.open, bar.high, bar.low, bar.lots * self.behaviour.lot)
        self.last, self.last_size = self.minutes[self._minute].open, self.behaviour.lot
        self._quote(self.last, self.behaviour.spread, *self._usual_sizes())
        while self.next.time <= start:
            self.step()

    def _turn_to(self, minute: int) -> None:
        self._minute, self._ahead, self._next = minute, None, None

    def _follow(self, time: int, price: int) -> None:
        """Scale the path so that where it is now shows as `price`."""
        self.overlay.change(time, price / self._path(time))

    def _path(self, time: int) -> int:
        """The path's last trade at `time`, without the overlay."""
        last = self.minutes[time // MINUTE].open
        for event in self.play(time // MINUTE):
            if event.time > time:
                break
            last = event.price if event.size else last
        return last

    def _print(self, price: int, size: int) -> None:
        self.last, self.last_size = price, size
        self.session.trade(price, price, price, size)

    def _quote(self, price: int, spread: int, bid_size: int, ask_size: int) -> None:
        bid = max(price - spread // 2, 1)
        self.book.show(bid, bid + spread, bid_size, ask_size)

    def _usual_sizes(self) -> tuple[int, int]:
        size = self.behaviour.depth * self.behaviour.lot
        return size, size


def _shifted(event: Event, anchor: int) -> Event:
    """The event moved so that its trade, or else its bid, lies at `anchor`."""
    by = anchor - (event.price or event.bid)
    price = event.price + by if event.size else 0
    return event._replace(bid=event.bid + by, ask=event.ask + by, price=price)
