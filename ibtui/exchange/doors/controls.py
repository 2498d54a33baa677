"""What is done to the markets by hand: news, corporate actions, halts, prices and books."""

from __future__ import annotations

from datetime import date
from math import inf, isfinite

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.money import exact
from ibtui.exchange.doors.door import ExchangeDoor
from ibtui.exchange.orders.actions import Kind
from ibtui.exchange.told.news import Bulletin, Headline


class ControlDoor(ExchangeDoor):
    """Moves markets and tells news by hand; orders meet what follows from it."""

    def publish(
        self,
        text: str,
        *,
        provider: str = "BRFG",
        con_ids: tuple[int, ...] = (),
        impact: float = 0.0,
        article: str = "",
    ) -> Headline:
        """Tell a headline now, on the broad tape when it names no contract, and move what it names.

        `impact` is the relative change of every named contract's price: 0.02 is up 2 %.
        """
        if not -1 < impact < inf:
            raise ValueError(f"{impact!r} is no change of a price")
        markets = [self._parts.market(con_id) for con_id in con_ids] if impact else []
        told = self._parts.news.publish(self._parts.now, text, provider, con_ids, article)
        self._parts.outbox.emit(told)
        for market in markets:
            market.scale(self._parts.time, 1 + impact)
            self._parts.show(market)
        self._parts.outbox.deliver()
        return told

    def dividend(self, con_id: int, amount: float, on: date | None = None) -> None:
        """Let a stock go without its dividend of `amount` a share, now or on a day."""
        self._act(con_id, "dividend", amount, on)

    def split(self, con_id: int, ratio: float, on: date | None = None) -> None:
        """Give `ratio` new shares of a stock for one old, now or on a day."""
        self._act(con_id, "split", ratio, on)

    def _act(self, con_id: int, kind: Kind, amount: float, on: date | None) -> None:
        if on is not None and on > exchange_day(self._parts.now):
            self._parts.actions.plan(con_id, kind, amount, on)
        else:
            self._parts.actions.carry_out(con_id, kind, amount)
            self._parts.outbox.deliver()

    def bulletin(self, text: str, *, kind: int = 1, exchange: str = "") -> Bulletin:
        """Tell all clients something: 1 news, 2 an exchange that became unavailable, 3 one that is back."""
        told = self._parts.news.bulletin(self._parts.now, text, kind, exchange)
        self._parts.outbox.emit(told)
        self._parts.outbox.deliver()
        return told

    def halt(self, con_id: int, halted: bool = True) -> None:
        """Halt trading in an instrument, or let it go on: orders wait meanwhile, and can be cancelled."""
        market = self._parts.market(con_id)
        if market.halted is not halted:
            self._parts.matching.halt(market, halted)
            self._parts.outbox.deliver()

    def is_halted(self, con_id: int) -> bool:
        """Whether trading in an instrument is halted."""
        return self._parts.market(con_id).halted

    def set_price(self, con_id: int, price: float) -> None:
        """Trade one lot at `price` (moved to the nearest tick) now, the book around it as wide as it was.

        From there the market goes on by itself, or stays if its book is held. Orders meet the trade and the new book.
        """
        market = self._parts.market(con_id)
        if not isfinite(price) or price <= 0:
            raise ValueError(f"{price!r} is not a price")
        market.move(self._parts.time, market.grid.nearest(price))
        self._parts.outbox.emit(market.tick(self._parts.time, traded=True))
        self._parts.matching.meet(market, market.last, market.last_size)
        self._parts.follow(market)
        self._parts.outbox.deliver()

    def set_book(
        self, con_id: int, *, bid: float, ask: float, bid_size: float = 100.0, ask_size: float = 100.0
    ) -> None:
        """Show this book and hold it until `release` or the next call; orders meet it."""
        market = self._parts.market(con_id)
        low, high = market.grid.nearest(bid), market.grid.nearest(ask)
        sizes = market.units(exact(bid_size)), market.units(exact(ask_size))
        if not low < high or min(sizes) < 1:
            raise ValueError("a book needs a bid below the ask, and sizes of at least 1")
        market.hold(self._parts.time, low, high, *sizes)
        self._parts.show(market)
        self._parts.outbox.deliver()

    def release(self, con_id: int) -> None:
        """Let a held market go on from where it stands."""
        self._parts.market(con_id).release(self._parts.time)
