"""Every market of the exchange, made when it is first asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Protocol

from ibtui.domain.calendar.hours import MarketHours
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.listed.chains import RootChain
from ibtui.exchange.listed.grid import PriceGrid
from ibtui.exchange.listed.instruments import Listing, Listings
from ibtui.exchange.listed.replayed import name_in_files
from ibtui.exchange.markets.combos import ComboMarket
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.option_market import OptionMarket
from ibtui.exchange.moments import MINUTE, moment, session_start
from ibtui.exchange.paths.days import Days
from ibtui.exchange.paths.factors import Factors
from ibtui.exchange.paths.minutes import Minutes
from ibtui.exchange.paths.paths import DEPTH, SeededPath, SessionPath
from ibtui.exchange.paths.replay_paths import path as replay_path
from ibtui.exchange.paths.rhythm import Rhythm
from ibtui.exchange.replay import Replay

Derived = OptionMarket | ComboMarket
"""Markets that follow others, and tick only while they are watched or have an order."""


class Player(Protocol):
    """What moves time and plays the markets that tick."""

    @property
    def now(self) -> int: ...

    def wake(self, market: Market) -> None: ...

    def sleep(self, market: Market) -> None: ...


class Markets:
    """Markets by contract id.

    A market that nobody has asked for costs nothing; from then on it ticks, but an option only while it is watched or
    has an order. When a market is made, it stands where it would stand had it been played from the start.
    """

    def __init__(
        self,
        listings: Listings,
        rows: Iterable[tuple[Listing, Behaviour]],
        chains: Iterable[RootChain],
        seed: int,
        start: int,
        replay: Replay | None = None,
        *,
        always_open: bool = True,
    ) -> None:
        self.listings = listings
        self._behaviours = {listing.instrument.con_id: behaviour for listing, behaviour in rows}
        self._chains = {chain.row.root: chain.row for chain in chains}
        self._seed, self._start = seed, start
        self._replayed = replay.series if replay is not None else {}
        self._factors = Factors(seed)
        self._always_open = always_open
        self._rhythms: dict[MarketHours, Rhythm] = {}
        self._markets: dict[int, Market] = {}
        self._awake: dict[int, Market] = {}
        self._watched: Counter[int] = Counter()

    def follow(self, player: Player) -> None:
        """Let markets be played from now on."""
        self._player = player

    def __getitem__(self, con_id: int) -> Market:
        """A market as it stands now; raises KeyError for a contract that is not listed."""
        market = self._awake.get(con_id)
        if market is not None:
            return market
        market = self._markets.get(con_id)
        if isinstance(market, Derived):
            self._refresh(market)
        elif market is None:
            market = self._markets[con_id] = self._make(con_id)
            if not isinstance(market, Derived):
                self._wake(market)
        return market

    def peek(self, con_id: int) -> Market:
        """A market as it stands now, without letting it tick; raises KeyError for a contract that is not listed."""
        return self._markets.get(con_id) or self._make(con_id)

    def watch(self, con_id: int) -> None:
        """Let a market tick until `unwatch` was called as often."""
        self._watched[con_id] += 1
        if con_id not in self._awake:
            self.wake(self[con_id])

    def unwatch(self, con_id: int) -> None:
        """End one `watch`; a market that follows others rests once nobody watches it."""
        self._watched[con_id] -= 1
        market = self._awake.get(con_id)
        if self._watched[con_id] <= 0 and isinstance(market, Derived):
            del self._awake[con_id]
            self._player.sleep(market)
            for leg in market.listing.legs:
                self.unwatch(leg.con_id)

    def wake(self, market: Market) -> None:
        """Let a market tick, and the legs of a combination with it."""
        if market.con_id not in self._awake:
            for leg in market.listing.legs:
                self.watch(leg.con_id)
            self._wake(market)

    def made(self) -> list[Market]:
        """Every market that was made and stands as it is now; those that follow others only while they tick."""
        return [
            market
            for market in self._markets.values()
            if market.con_id in self._awake or not isinstance(market, Derived)
        ]

    def awake(self) -> list[Market]:
        """The markets that tick, in the order in which they began to."""
        return list(self._awake.values())

    def followers(self, con_id: int) -> list[OptionMarket | ComboMarket]:
        """The options on a market that tick, then the combinations with it or with one of them."""
        options = [market for market in self._awake.values() if isinstance(market, OptionMarket)]
        moved = [market for market in options if market.under.con_id == con_id]
        ids = {con_id, *(market.con_id for market in moved)}
        combos = (market for market in self._awake.values() if isinstance(market, ComboMarket))
        return [*moved, *(market for market in combos if ids & {leg.con_id for leg in market.listing.legs})]

    def _refresh(self, market: OptionMarket | ComboMarket) -> None:
        for leg in market.listing.legs:
            self[leg.con_id]
        market.refresh(self._player.now)

    def _wake(self, market: Market) -> None:
        self._awake[market.con_id] = market
        self._player.wake(market)

    def _make(self, con_id: int) -> Market:
        listing = self.listings.by_con_id(con_id)
        if listing is None:
            raise KeyError(con_id)
        if listing.legs:
            return ComboMarket(listing, [self[leg.con_id] for leg in listing.legs], self._player.now)
        if listing.instrument.sec_type in ("OPT", "FOP"):
            under, row = self[listing.under_con_id], self._chains[listing.instrument.root]
            return OptionMarket(listing, row, under, self._seed, self._player.now)
        name, behaviour, grid = listing.instrument.symbol, self._behaviours[con_id], listing.grid()
        if (in_files := name_in_files(listing.instrument)) in self._replayed:
            past, behaviour = replay_path(name, self._replayed[in_files], grid, self._seed)
            return Market(listing, behaviour, past, self._player.now, grid)
        return Market(listing, behaviour, self._path(listing, behaviour, grid), self._player.now, grid)

    def _path(self, listing: Listing, behaviour: Behaviour, grid: PriceGrid) -> SeededPath:
        name, anchor = listing.instrument.symbol, self._start // MINUTE
        first = session_start(self._start - DEPTH * 1440 * MINUTE) // MINUTE
        begin = exchange_day(moment(first * MINUTE))
        days = partial(Days, name, behaviour, grid, listing.hours, self._seed, begin)
        if self._always_open:
            minutes = Minutes(name, behaviour, grid, self._factors, self._seed, anchor)
            return SeededPath(name, behaviour, minutes, self._seed, first, days)
        rhythm = self._rhythms.setdefault(listing.hours, Rhythm(listing.hours))
        minutes = Minutes(name, behaviour, grid, self._factors, self._seed, anchor, rhythm)
        return SessionPath(name, behaviour, minutes, self._seed, first, days, rhythm)
