"""The market in one option: priced from its underlying's market, with which it moves.

It trades four times a minute, when its underlying opens, closes and reaches the minute's high and low; its quotes
follow every move of the underlying's middle. The years to expiry stand still within an hour and the volatility of a
strike within a session: so prices rise and fall with the underlying's, and a minute's figures follow from its figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from math import sqrt

from ibtui.domain.options.chain import expires_at
from ibtui.domain.options.pricing import OptionFigures, OptionTerms, figures, implied_volatility, value
from ibtui.exchange.listed.catalogue import Behaviour, ChainRow
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.session_figures import SessionFigures
from ibtui.exchange.moments import MINUTE, micros, session_start
from ibtui.exchange.paths.events import Event
from ibtui.exchange.paths.minutes import Minute
from ibtui.exchange.paths.overlay import Regime
from ibtui.exchange.randomness import stream

RATE = 0.04
"""The interest of a year that options are priced with, as a share of one."""
TRADES = 4
"""How many trades a minute of an option has at the most."""
DEEPEST = 20
"""Lots shown at the touch, usually."""
_YEAR = timedelta(days=365) // timedelta(microseconds=1)
_HOUR = 60 * MINUTE
_BEHAVIOUR = Behaviour(1.0, (), 2, DEEPEST, 1, TRADES, 12.0)
_HALF_SPREAD = 0.01
"""Of the price, besides one tick."""


class OptionMarket(Market):
    """One option's market; the path that it plays is its underlying's."""

    def __init__(self, listing: Listing, row: ChainRow, under: Market, seed: int, now: int) -> None:
        self.under, self._row, self._seed = under, row, seed
        item = listing.instrument
        self._strike, self._call = float(item.strike), item.right == "C"
        self._expires = micros(_expiry(item.expiry))
        self._smiles: dict[int, float] = {}
        self._lots: dict[int, list[int]] = {}
        super().__init__(listing, _BEHAVIOUR, _OptionPath(self), now)

    # --- the model

    def terms(self, time: int) -> OptionTerms:
        """The option at a moment; after its expiry it is worth what it was a minute before."""
        middle = time - time % _HOUR + _HOUR // 2
        years = max(self._expires - middle, MINUTE) / _YEAR
        dividend = RATE if self.listing.instrument.sec_type == "FOP" else self._row.dividend
        return OptionTerms("C" if self._call else "P", self._strike, years, RATE, dividend)

    def volatility(self, time: int) -> float:
        """The volatility of this strike: higher below the money than above, flatter and higher the further off."""
        day = session_start(time)
        found = self._smiles.get(day)
        if found is None:
            level = self.under.grid.price(self.under.path.minute(day // MINUTE).open)
            found = self._smiles[day] = smile(self._row.volatility, self._strike / level, self.terms(day).years)
        return found

    def theory(self, time: int, under: float) -> int:
        """What it is worth in ticks while its underlying is at a price."""
        return self.grid.nearest(value(self.terms(time), under, self.volatility(time)))

    def figures(self, time: int) -> OptionFigures:
        """The model's figures now, at the underlying's middle."""
        return figures(self.terms(time), self.under.middle(), self.volatility(time))

    def implied(self, time: int, price: float, under: float) -> OptionFigures:
        """Figures at the volatility that a price implies; without one only what was given."""
        terms = self.terms(time)
        volatility = implied_volatility(terms, under, price)
        if volatility is not None:
            return figures(terms, under, volatility)
        return OptionFigures(
            iv=None,
            delta=None,
            gamma=None,
            vega=None,
            theta=None,
            option_price=price,
            underlying_price=under,
            pv_dividend=None,
        )

    def at_volatility(self, time: int, volatility: float, under: float) -> OptionFigures:
        """Price and sensitivities at a volatility that the caller gives."""
        return figures(self.terms(time), under, volatility)

    # --- the market

    def shown(self, event: Event, regime: Regime) -> Event | None:
        source = self.under.shown(event._replace(size=1 if event.size else 0), self.under.overlay.regime(event.time))
        if source is None or regime.factor is None:
            return None
        if not source.ask:
            return source
        price = self.under.grid.price
        level = price(source.price) if event.size else (price(source.bid) + price(source.ask)) / 2
        worth = regime.shift(self.theory(event.time, level))
        half = self.spread(worth) // 2
        traded = worth if event.size else 0
        return Event(event.time, max(worth - half, 0), worth + half, event.bid_size, event.ask_size, traded, event.size)

    def bar(self, minute: int, regime: Regime) -> Minute | None:
        source = self.under.bar(minute, self.under.overlay.regime(minute * MINUTE + 1))
        if source is None or regime.factor is None:
            return None
        price, time = self.under.grid.price, minute * MINUTE
        prices = [regime.shift(self.theory(time, price(ticks))) for ticks in source[:4]]
        trades = min(source.trades, TRADES)
        return Minute(prices[0], max(prices), min(prices), prices[3], self.lots(minute) if trades else 0, trades)

    def whole(self, minute: int) -> Minute | None:
        steady = self.under.overlay.steady(minute * MINUTE, (minute + 1) * MINUTE)
        return super().whole(minute) if steady else None

    def spread(self, price: int) -> int:
        worth = self.grid.price(price)
        return 2 + 2 * int(worth * _HALF_SPREAD / self.grid.increment(price))

    def range(self) -> tuple[int, int]:
        bar = self.bar(self._minute, self.overlay.current)
        if bar is None or bar.still:
            return self.book.bid, self.book.ask
        margin = self.spread(bar.high) + 2
        return bar.low - margin, bar.high + margin

    def refresh(self, now: int) -> None:
        """Stand where it would stand had it been played until now."""
        self._turn_to(now // MINUTE)
        self._catch_up(now)

    def follow(self, time: int) -> None:
        """Show quotes around what it is worth at its underlying's middle, which was moved by hand."""
        regime = self.overlay.current
        if regime.factor is not None:
            worth = regime.shift(self.theory(time, self.under.middle()))
            self._quote(worth, self.spread(worth), *self._usual_sizes())

    def lots(self, minute: int) -> int:
        """Contracts traded in a minute."""
        hour, index = divmod(minute, 60)
        found = self._lots.get(hour)
        if found is None:
            random = stream(self._seed, "options", self.listing.instrument.symbol, hour)
            found = [TRADES + int(8 * random.expovariate(1.0)) for _ in range(60)]
            self._lots = {hour: found} if len(self._lots) > 50 else self._lots | {hour: found}
        return found[index]

    def _catch_up(self, now: int) -> None:
        """The session so far, hour by hour: within an hour the highest price is that of its underlying's highest."""
        begin = session_start(now)
        minute, price = now // MINUTE, self.under.grid.price
        opened = self.under.path.minute(begin // MINUTE).open
        self.session = SessionFigures(self.theory(begin, price(opened)))
        for hour in range(begin // _HOUR, now // _HOUR + 1):
            numbers = range(max(hour * 60, begin // MINUTE), min(hour * 60 + 60, minute))
            bars = [bar for bar in map(self.under.path.minute, numbers) if bar.trades]
            if bars:
                extremes = bars[0].open, max(bar.high for bar in bars), min(bar.low for bar in bars)
                first, *ends = (self.theory(hour * _HOUR, price(ticks)) for ticks in extremes)
                volume = sum(self.lots(hour * 60 + number) for number in range(len(bars)))
                self.session.trade(first, max(ends), min(ends), volume)
        self.last, self.last_size = self.theory(now, price(self.path.minute(minute).open)), 1
        self._quote(self.last, self.spread(self.last), *self._usual_sizes())
        while self.next.time <= now:
            self.step()
        if self.path.shut(minute):
            self.book.show(0, 0, 0, 0)

    def _path(self, time: int) -> int:
        last = self.theory(time, self.under.grid.price(self.path.minute(time // MINUTE).open))
        for event in self.path.play(time // MINUTE):
            if event.time > time:
                break
            last = self.theory(event.time, self.under.grid.price(event.price)) if event.size else last
        return last

    def _quote(self, price: int, spread: int, bid_size: int, ask_size: int) -> None:
        bid = max(price - spread // 2, 0)
        self.book.show(bid, bid + spread, bid_size, ask_size)


class _OptionPath:
    """An underlying's changes that concern an option: moves of the middle, and the four at which it trades."""

    def __init__(self, market: OptionMarket) -> None:
        self._market = market

    def minute(self, number: int) -> Minute:
        """The minute of the underlying's path that this one is priced from."""
        return self._market.under.path.minute(number)

    def margin(self, number: int) -> int:
        return self._market.under.path.margin(number)

    def following(self, number: int) -> int | None:
        return self._market.under.path.following(number)

    def between(self, first: int, stop: int) -> Sequence[int]:
        return self._market.under.path.between(first, stop)

    def shut(self, number: int) -> bool:
        return self._market.under.path.shut(number)

    def earliest(self, now: int) -> int:
        return self._market.under.path.earliest(now)

    def auction(self, number: int) -> int:
        return 0

    def days(self, first: date, stop: date) -> Iterable[tuple[date, Minute]]:
        return ()

    def play(self, number: int) -> Iterator[Event]:
        """The underlying's prices, with the option's sizes."""
        changes = self._market.under.changes(number)
        trades = _turning(changes, self.minute(number))
        left, middle = self._market.lots(number), 0
        for index, event in enumerate(changes):
            size = 0
            if index in trades:
                size = left if len(trades) == 1 else max(left // len(trades), 1)
                left -= size
                trades.discard(index)
            if size or event.bid + event.ask != middle:
                middle = event.bid + event.ask
                shown = 1 + event.bid_size % DEEPEST, 1 + event.ask_size % DEEPEST
                yield event._replace(bid_size=shown[0], ask_size=shown[1], size=size)


def _turning(changes: list[Event], bar: Minute) -> set[int]:
    """Where a minute's first and last trade are, and between them one at its high and one at its low."""
    trades = [index for index, event in enumerate(changes) if event.size]
    if len(trades) <= TRADES:
        return set(trades)
    inner = trades[1:-1]
    high = next(index for index in inner if changes[index].price == bar.high)
    low = next(index for index in inner if changes[index].price == bar.low and index != high)
    return {trades[0], trades[-1], high, low}


def smile(usual: float, moneyness: float, years: float) -> float:
    """Volatility of a strike at so many times the underlying's level: a short expiry bends more."""
    bend = (moneyness - 1) / (0.05 + sqrt(years))
    term = 1 + 0.12 * (1 - min(years, 1.0)) - 0.05 * min(years, 2.0)
    raised = usual * (term - 0.35 * bend + 0.45 * bend * bend)
    return min(max(raised, 0.3 * usual), 4 * usual)


def _expiry(text: str) -> datetime:
    """Four in the afternoon in New York."""
    return expires_at(date(int(text[:4]), int(text[4:6]), int(text[6:])))
