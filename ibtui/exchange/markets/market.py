"""The market in one instrument: its path played in time, its book, its session's figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ibtui.domain.order import Side
from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.listed.grid import PriceGrid
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.markets.book import Book, Depth, Level
from ibtui.exchange.markets.session_figures import SessionFigures
from ibtui.exchange.markets.spans import Adjustment, Span
from ibtui.exchange.moments import MINUTE, moment, session_start
from ibtui.exchange.paths.events import Event
from ibtui.exchange.paths.minutes import Minute
from ibtui.exchange.paths.overlay import Overlay, Print, Regime
from ibtui.exchange.paths.paths import Path
from ibtui.exchange.told.reports import Tick

NEVER = Event(2**62, 0, 0, 0, 0, 0, 0)
"""The next change of a market in which nothing happens any more."""


class Market:
    """One market; prices in ticks, sizes in units, times in microseconds since 1970."""

    def __init__(
        self, listing: Listing, behaviour: Behaviour, path: Path, now: int, grid: PriceGrid | None = None
    ) -> None:
        """Stands at `now` as if it had been played until then."""
        self.listing, self.behaviour, self.path = listing, behaviour, path
        self.con_id = listing.instrument.con_id
        self.grid = grid or listing.grid()
        self._unit, self._integral = listing.instrument.lot, listing.instrument.lot == 1
        self.overlay = Overlay(self.grid)
        self.book = Book(behaviour.lot, self.grid.least)
        self._minute = now // MINUTE
        self._ahead: Iterator[Event] | None = None
        self._next: Event | None = None
        self._kept: tuple[int, list[Event]] = (-1, [])
        self.session = SessionFigures(1)
        self.days: dict[int, Span] = {}
        """What traded in whole days of the past, by when they began, as far as someone asked."""
        self.adjustments: list[Adjustment] = []
        """What corporate actions did to the prices before them, oldest first."""
        self.last = self.last_size = 1
        self.halted = False
        """Trading in it is halted: it shows the book of that moment, and nothing trades."""
        self.held_before = False
        """It was held by hand when trading was halted, and stays so afterwards."""
        self._catch_up(now)

    @property
    def sources(self) -> Sequence[Market]:
        """The markets whose books it reads."""
        return ()

    @property
    def next(self) -> Event:
        """The next change of the path."""
        while self._next is None:
            if self._ahead is None:
                self._ahead = self.path.play(self._minute)
            self._next = next(self._ahead, None)
            if self._next is None:
                following = self.path.following(self._minute)
                if following is None:
                    return NEVER
                self._turn_to(following)
        return self._next

    def step(self) -> Event | None:
        """Play the next change of the path; None when the market is held still and shows nothing of it."""
        event, self._next = self.next, None
        shown = self.shown(event, self.overlay.current)
        if shown is not None:
            self.book.show(shown.bid, shown.ask, shown.bid_size, shown.ask_size)
            if shown.size:
                self._print(shown.price, shown.size)
        return shown

    def skip(self, minute: int) -> bool:
        """Play one whole minute at once, from its beginning; False when the market shows nothing of it.

        The same trades as when it is played change by change, without what the book showed between them.
        """
        if self._minute > minute:
            return False
        self._turn_to(minute + 1)
        bar = self.bar(minute, self.overlay.current)
        if bar is None or bar.still:
            return False
        if bar.trades:
            self.session.trade(bar.open, bar.high, bar.low, bar.lots * self.behaviour.lot)
            self.last = bar.close
        if self.path.shut(minute + 1):
            self.book.show(0, 0, 0, 0)
        else:
            self._quote(bar.close, self.spread(bar.close), *self._usual_sizes())
        return True

    def shown(self, event: Event, regime: Regime) -> Event | None:
        """A change of the path as the market shows it; None while it is held still."""
        if regime.factor is None:
            return None
        if regime.factor == 1.0 or not event.ask:
            return event
        return _shifted(event, regime.shift(event.price or event.bid))

    def bar(self, minute: int, regime: Regime) -> Minute | None:
        """A whole minute of the path as the market shows it; None while it is held still."""
        if regime.factor is None:
            return None
        bar = self.path.minute(minute)
        if regime.factor == 1.0:
            return bar
        begin, high, low, last = (regime.shift(price) for price in bar[:4])
        return Minute(begin, high, low, last, bar.lots, bar.trades)

    def whole(self, minute: int) -> Minute | None:
        """What traded in a past minute; None when that was more than the path under one regime."""
        regime = self.overlay.plain(minute * MINUTE, (minute + 1) * MINUTE)
        return self.bar(minute, regime) if regime is not None else None

    def played(self, minute: int) -> Iterator[Event]:
        """Every change of a past minute as the market showed it, without what orders did to it."""
        for event in self.path.play(minute):
            shown = self.shown(event, self.overlay.regime(event.time))
            if shown is not None:
                yield shown

    def minutes(self, first: int, stop: int) -> Sequence[int]:
        """The minutes from `first` to before `stop` in which something may have happened here."""
        found = self.path.between(first, stop)
        traded = {trade.time // MINUTE for trade in self.overlay.prints(first * MINUTE, stop * MINUTE)}
        return found if isinstance(found, range) else sorted({*found, *traded})

    def changes(self, minute: int) -> list[Event]:
        """Every change of one minute of the path; the latest minute asked for is kept."""
        if self._kept[0] != minute:
            self._kept = minute, list(self.path.play(minute))
        return self._kept[1]

    def units(self, quantity: Decimal) -> int:
        """A quantity in whole units, which are the smallest that its instrument trades in; what is less is cut off."""
        return int(quantity) if self._integral else int(quantity / self._unit)

    def quantity(self, units: int) -> Decimal:
        """So many units in the quantity that orders and positions count."""
        return Decimal(units) if self._integral else units * self._unit

    def size(self, units: float) -> float:
        """So many units as a size that is shown."""
        return float(units) if self._integral else round(units * float(self._unit), 8)

    def spread(self, price: int) -> int:
        """The usual spread in ticks around a price."""
        return self.behaviour.spread

    def range(self) -> tuple[int, int]:
        """The lowest and highest price that trades or quotes can reach in the minute that is about to be played."""
        bar = self.bar(self._minute, self.overlay.current)
        if bar is None or bar.still:
            return self.book.bid, self.book.ask
        margin = self.path.margin(self._minute)
        return bar.low - margin, bar.high + margin

    def take(self, time: int, side: Side, wanted: int, limit: int | None, at: int | None) -> list[tuple[int, int]]:
        """An order of `side` trades against the book: price and size of each trade, best first.

        A resting order trades `at` its own price, whatever level the market came from.
        """
        taken = [(price if at is None else at, size) for price, size in self.book.take(side, wanted, limit)]
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

    def scale(self, time: int, factor: float) -> None:
        """Move the market to `factor` times its price without a trade; nothing happens while it is held still."""
        regime = self.overlay.current
        if regime.factor is None:
            return
        self.overlay.change(time, regime.factor * factor)
        bid, ask, bid_size, ask_size = self.book.whole
        self._quote(self.grid.times((bid + ask) // 2, factor), ask - bid, bid_size, ask_size)

    def split(self, time: int, ratio: float) -> None:
        """Divide every price by `ratio`, those of the session too, and multiply its volume."""
        self.scale(time, 1 / ratio)
        self.last = self.grid.times(self.last, 1 / ratio)
        self.session.split(ratio, self.grid)

    def hold(self, time: int, bid: int, ask: int, bid_size: int, ask_size: int) -> None:
        """Show this book and no other until `release`."""
        self.overlay.change(time, None)
        self.book.show(bid, ask, bid_size, ask_size)

    def release(self, time: int) -> None:
        """Let the path go on from the price that is shown."""
        if self.overlay.current.factor is None:
            self._follow(time, self.grid.nearest(self.mark()))

    def halt(self, time: int, halted: bool) -> None:
        """Halt trading, or let the path go on from the book that was shown, unless that was held before."""
        if halted:
            self.held_before = self.overlay.current.factor is None
            self.hold(time, *self.book.whole)
        elif not self.held_before:
            self.release(time)
        self.halted = halted

    def mark(self) -> float:
        """The price that positions are valued at: the last trade if it lies within the spread, else the middle."""
        book, price = self.book, self.grid.price
        if self.closed or book.bid <= self.last <= book.ask:
            return price(self.last)
        return (price(book.bid) + price(book.ask)) / 2

    @property
    def closed(self) -> bool:
        """Whether it shows no book, since it is out of its hours."""
        return not self.book.bid_size and not self.book.ask_size

    def middle(self) -> float:
        """Half-way between bid and ask, or the last price where there are no quotes."""
        if not self.listing.quoted or self.closed:
            return self.grid.price(self.last)
        return (self.grid.price(self.book.bid) + self.grid.price(self.book.ask)) / 2

    def auction(self, time: int) -> tuple[float, float]:
        """What waits for the auction to come: matched size, and the surplus of buyers (above 0) or sellers.

        The surplus leans to where the price has gone since the session's last close.
        """
        units = self.path.auction(time // MINUTE) * self.behaviour.lot
        lean = max(min(20 * (self.last / self.session.close - 1), 0.5), -0.5) if self.session.close else 0.0
        return self.size(units), self.size(int(units * lean))

    def depth(self, rows: int) -> Depth:
        """The book's first levels, each side's first one at the touch; makers take turns by level."""
        makers = self.listing.makers
        sides = (self.book.rows(Side.SELL, rows), self.book.rows(Side.BUY, rows))
        bids, asks = (
            [
                Level(self.grid.price(price), self.size(size), makers[(price + turn) % len(makers)])
                for price, size in levels
            ]
            for turn, levels in enumerate(sides)
        )
        return Depth(bids, asks)

    def tick(self, time: int, traded: bool) -> Tick:
        """What the market shows, as of `time`; where there are no quotes, -1 and size 0 as IB writes it."""
        book, session, price = self.book, self.session, self.grid.price
        quoted = self.listing.quoted and not self.closed
        return Tick(
            con_id=self.con_id,
            time=moment(time),
            bid=price(book.bid) if quoted else -1.0,
            ask=price(book.ask) if quoted else -1.0,
            bid_size=self.size(book.bid_size) if quoted else 0.0,
            ask_size=self.size(book.ask_size) if quoted else 0.0,
            last=price(self.last),
            last_size=self.size(self.last_size),
            volume=self.size(session.volume),
            open=price(session.open),
            high=price(session.high),
            low=price(session.low),
            close=price(session.close),
            traded=traded,
        )

    def _catch_up(self, now: int) -> None:
        """The session so far: whole minutes since it began, then the changes of this minute up to `now`."""
        begin = session_start(now) // MINUTE
        self.session = SessionFigures(self.path.minute(begin).open)
        for minute in range(begin, self._minute):
            bar = self.path.minute(minute)
            if bar.trades:
                self.session.trade(bar.open, bar.high, bar.low, bar.lots * self.behaviour.lot)
        self.last, self.last_size = self.path.minute(self._minute).open, self.behaviour.lot
        self._quote(self.last, self.spread(self.last), *self._usual_sizes())
        while self.next.time <= now:
            self.step()
        if self.path.shut(now // MINUTE):
            self.book.show(0, 0, 0, 0)

    def _turn_to(self, minute: int) -> None:
        self._minute, self._ahead, self._next = minute, None, None

    def _follow(self, time: int, price: int) -> None:
        """Scale the path so that where it is now shows as `price`."""
        self.overlay.change(time, self.grid.price(price) / self.grid.price(self._path(time)))

    def _path(self, time: int) -> int:
        """The path's last trade at `time`, without the overlay."""
        last = self.path.minute(time // MINUTE).open
        for event in self.path.play(time // MINUTE):
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
