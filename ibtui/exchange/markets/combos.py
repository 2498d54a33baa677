"""Combinations: what several contracts cost together, bought or sold at once.

A combination is quoted by its legs' books: bought it pays the asks of the legs it buys and gets the bids of those it
sells. Prices are for one unit of the leg with the largest multiplier, so a spread of two options costs the difference
of their prices; they may be zero or below. It has no trades of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from heapq import merge
from math import gcd

from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Side
from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.listed.grid import PriceGrid
from ibtui.exchange.listed.instruments import Leg, Listing, Listings
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.session_figures import SessionFigures
from ibtui.exchange.moments import MINUTE
from ibtui.exchange.paths.events import Event
from ibtui.exchange.paths.minutes import Minute
from ibtui.exchange.paths.overlay import Regime
from ibtui.exchange.refusal import Refused

MOST_LEGS = 6
_FIRST_ID = 1_900_000_000
_TICK = Decimal("0.01")
_BEHAVIOUR = Behaviour(1.0, (), 2, 1, 1, 0, 0.0)


def combo(listings: Listings, legs: Sequence[Leg]) -> Listing:
    """The listing of a combination, the same one for the same legs; raises Refused for what cannot be combined."""
    parts = [(leg, listings.by_con_id(leg.con_id)) for leg in legs]
    if not 2 <= len(parts) <= MOST_LEGS or any(leg.ratio < 1 for leg in legs):
        raise _invalid("A combination needs two to six legs with ratios from 1 up")
    found = [listing for _, listing in parts if listing is not None and listing.tradable and not listing.legs]
    if len(found) < len(parts):
        raise Refused(200, "No security definition has been found for the request")
    if len({listing.instrument.currency for listing in found}) > 1:
        raise _invalid("The legs of a combination must have one currency")
    known = listings.made_of(tuple(legs))
    if known is None:
        known = _listing(found, tuple(legs), _FIRST_ID + listings.combinations)
        listings.add(known)
    return known


class ComboMarket(Market):
    """One combination's market; it moves when one of its legs does."""

    def __init__(self, listing: Listing, legs: Sequence[Market], now: int) -> None:
        self.legs = tuple(zip(legs, listing.legs, strict=True))
        self._base = max(leg.listing.instrument.multiplier for leg in legs)
        grid = PriceGrid(listing.instrument.tick, floor=None)
        super().__init__(listing, _BEHAVIOUR, _ComboPath(legs), now, grid)

    @property
    def sources(self) -> Sequence[Market]:
        return [market for market, _ in self.legs]

    def shown(self, event: Event, regime: Regime) -> Event | None:
        if regime.factor is None:
            return None
        return Event(event.time, *self._whole(), 0, 0)

    def bar(self, minute: int, regime: Regime) -> Minute | None:
        """Nothing: it has no trades of its own, and what it showed in between depends on all its legs."""
        return None

    def range(self) -> tuple[int, int]:
        """Anything: where its legs go together is known only when they have been played."""
        return -(2**31), 2**31

    def skip(self, minute: int) -> bool:
        moved = self._minute <= minute
        if moved:
            self._turn_to(minute + 1)
        return moved and self._show()

    def refresh(self, now: int) -> None:
        """Stand where its legs stand now."""
        self._catch_up(now)

    def follow(self, time: int) -> None:
        """Show what its legs show, one of which was moved by hand."""
        self._show()

    def apportion(self, quantity: Decimal, price: float) -> list[tuple[Market, Decimal, float]]:
        """Each leg's market, quantity (signed) and price when so much (signed) of the combination trades at a price.

        Legs trade at their middles, but the first takes up what the price differs from their sum.
        """
        trades = [(market, quantity * leg.sign * leg.ratio, round(market.middle(), 6)) for market, leg in self.legs]
        first, leg = self.legs[0]
        weight = leg.sign * self.weight(first, leg)
        difference = price - sum(leg.sign * self.weight(market, leg) * market.middle() for market, leg in self.legs)
        trades[0] = first, trades[0][1], round(trades[0][2] + difference / weight, 6)
        return trades

    def _show(self) -> bool:
        if self.overlay.current.factor is None:
            return False
        bid, ask, bid_size, ask_size = self._whole()
        self.book.show(bid, ask, bid_size, ask_size)
        self.last = (bid + ask) // 2 if ask_size else self.last
        return True

    def _whole(self) -> tuple[int, int, int, int]:
        """Bid, ask and their sizes; nothing while a leg is closed."""
        if any(market.closed for market, _ in self.legs):
            return 0, 0, 0, 0
        bid, bid_size = self._side(Side.SELL)
        ask, ask_size = self._side(Side.BUY)
        return bid, max(ask, bid + 1), bid_size, ask_size

    def _follow(self, time: int, price: int) -> None:
        """It always goes on from where its legs are."""
        self.overlay.change(time, 1.0)

    def _side(self, taker: Side) -> tuple[int, int]:
        """What a taker of the whole pays, and how often that is there."""
        price, sizes = 0.0, []
        for market, leg in self.legs:
            buys = (leg.sign * taker.sign) > 0
            book = market.book
            touch, size = (book.ask, book.ask_size) if buys else (book.bid, book.bid_size)
            price += leg.sign * self.weight(market, leg) * market.grid.price(touch)
            sizes.append(size // leg.ratio)
        return self.grid.nearest(price), max(min(sizes), 1)

    def weight(self, market: Market, leg: Leg) -> float:
        """How much of a leg's price is in the combination's, without its sign."""
        return leg.ratio * float(market.listing.instrument.multiplier / self._base)

    def _catch_up(self, now: int) -> None:
        self._turn_to(now // MINUTE)
        while self.next.time <= now:
            self._next = None
        self._show()
        self.session, self.last_size = SessionFigures(self.last), 0


class _ComboPath:
    """The moments at which a leg changes."""

    def __init__(self, legs: Sequence[Market]) -> None:
        self._paths = [leg.path for leg in legs]

    def minute(self, number: int) -> Minute:
        return Minute(0, 0, 0, 0, 0, 0)

    def play(self, number: int) -> Iterator[Event]:
        return merge(*(path.play(number) for path in self._paths), key=lambda event: event.time)

    def margin(self, number: int) -> int:
        return 0

    def following(self, number: int) -> int | None:
        found = (path.following(number) for path in self._paths)
        return min((minute for minute in found if minute is not None), default=None)

    def between(self, first: int, stop: int) -> Sequence[int]:
        return ()

    def shut(self, number: int) -> bool:
        return any(path.shut(number) for path in self._paths)

    def earliest(self, now: int) -> int:
        return max(path.earliest(now) for path in self._paths)

    def auction(self, number: int) -> int:
        return 0

    def days(self, first: date, stop: date) -> Iterable[tuple[date, Minute]]:
        return ()


def _listing(parts: list[Listing], legs: tuple[Leg, ...], con_id: int) -> Listing:
    items = [listing.instrument for listing in parts]
    shared = [set(listing.valid_exchanges.split(",")) for listing in parts]
    exchange = "SMART" if all("SMART" in names for names in shared) else items[0].exchange
    scale = reduce(gcd, (leg.ratio for leg in legs))
    name = "/".join(f"{leg.sign * leg.ratio // scale:+d} {item.symbol}" for leg, item in zip(legs, items, strict=True))
    return Listing(
        instrument=Instrument(
            symbol=name,
            con_id=con_id,
            sec_type="BAG",
            root=items[0].root,
            exchange=exchange,
            currency=items[0].currency,
            local_symbol=items[0].root,
            trading_class="COMB",
            multiplier=max(item.multiplier for item in items),
            tick=_TICK,
            name=name,
        ),
        valid_exchanges=",".join(sorted(set.intersection(*shared))) or exchange,
        market_rule=0,
        leg_hours=parts[0].hours,
        time_zone=parts[0].time_zone,
        legs=legs,
    )


def _invalid(cause: str) -> Refused:
    return Refused(321, f"Error validating request.-'bW' : cause - {cause}")
