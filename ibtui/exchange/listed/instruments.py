"""What is listed: instruments with the descriptions that contract details carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple, Protocol

from msgspec import Struct

from ibtui.domain.calendar.hours import MarketHours
from ibtui.domain.calendar.markets import hours_of
from ibtui.domain.instrument import Instrument, trades_at_zero
from ibtui.exchange.listed.grid import GridBand, PriceGrid

ORDER_TYPES = (
    "ACTIVETIM,ALGO,AON,COND,DAY,FOK,GAT,GTC,GTD,ICE,IOC,LIT,LMT,LOC,MIDPX,MIT,MKT,MOC,MTL,OPG,PEGMID,PEGMKT,REL,"
    "SNAPMID,SNAPMKT,SNAPREL,STP,STPLMT,TRAIL,TRAILLMT,WHATIF"
)
"""What orders may ask for, in the abbreviations of IB's contract details; pegged types are for stocks alone."""


class BondTerms(Struct, frozen=True, kw_only=True):
    """What only a bond has."""

    cusip: str
    coupon: float
    """The coupon in percent of the face value a year."""
    issued: str
    """The day of issue as YYYYMMDD."""
    ratings: str
    kind: str


class Leg(NamedTuple):
    """One part of a combination."""

    con_id: int
    ratio: int
    sign: int
    """1 where the buyer of the combination buys it, -1 where he sells it."""


class Listing(Struct, frozen=True, kw_only=True):
    """One instrument and the rest of its contract details."""

    instrument: Instrument
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    valid_exchanges: str
    """Comma-separated, SMART first where it applies."""
    order_types: str = ORDER_TYPES
    market_rule: int
    """IB's number for the price grid; one grid for every valid exchange."""
    time_zone: str = "US/Eastern"
    stock_type: str = ""
    """COMMON or ETF for stocks, else empty."""
    under_con_id: int = 0
    under_symbol: str = ""
    under_sec_type: str = ""
    contract_month: str = ""
    """YYYYMM for futures, else empty."""
    isin: str = ""
    bands: tuple[GridBand, ...] = ()
    """The price grid where the increment grows with the price; empty where it is the instrument's tick throughout."""
    makers: tuple[str, ...] = ("SMART",)
    """Who shows prices in its depth of market."""
    bond: BondTerms | None = None
    legs: tuple[Leg, ...] = ()
    """The parts of a combination; none for anything else."""
    leg_hours: MarketHours | None = None
    """When a combination trades: in the hours of its first part."""
    permitted: bool = True
    """False where no account has market data for it: IB's error 354."""
    delayed_only: bool = False
    """Only data from 15 minutes ago: IB's error 10167."""
    hard_to_borrow: bool = False
    """A short sale waits until shares are located: IB's code 404."""
    initial_margin: float = 0.0
    """USD for one contract of a future; other instruments are margined by value."""
    maintenance_margin: float = 0.0

    @property
    def hours(self) -> MarketHours:
        """The hours of its market."""
        return self.leg_hours or hours_of(self.instrument)

    @property
    def tradable(self) -> bool:
        return self.instrument.sec_type != "IND"

    @property
    def quoted(self) -> bool:
        """Whether it has a bid and an ask."""
        return self.instrument.sec_type != "IND"

    def grid(self) -> PriceGrid:
        """The numbering of its valid prices."""
        floor = None if trades_at_zero(self.instrument.sec_type) else 1
        return PriceGrid(self.instrument.tick, self.bands, floor=floor)

    def trades_on(self, exchange: str) -> bool:
        """Whether orders and data may name `exchange`; any case."""
        return exchange.upper() in self.valid_exchanges.split(",")


class ContractQuery(NamedTuple):
    """What a listing must agree with; empty fields agree with anything."""

    root: str = ""
    sec_type: str = ""
    exchange: str = ""
    currency: str = ""
    expiry: str = ""
    local_symbol: str = ""
    con_id: int = 0
    primary_exchange: str = ""
    trading_class: str = ""
    strike: float = 0.0
    right: str = ""


class OptionSeries(Protocol):
    """Listings that are made when they are asked for: the options of a root."""

    def by_con_id(self, con_id: int) -> Listing | None: ...

    def find(self, wanted: ContractQuery) -> Iterable[Listing]: ...

    def begin_day(self, day: date) -> None:
        """List what trades from this day on; what has expired is found by id alone."""


class Listings:
    """Every listing, to look up by id, by contract fields, or by a piece of name.

    Iteration and `len` leave out the options, of which there are thousands.
    """

    def __init__(self, listings: Iterable[Listing], series: Iterable[OptionSeries] = ()) -> None:
        self._by_con_id = {listing.instrument.con_id: listing for listing in listings}
        self._expired: dict[int, Listing] = {}
        self._series = tuple(series)
        self._made: dict[int, Listing] = {}
        self._combinations: dict[tuple[Leg, ...], Listing] = {}

    def begin_day(self, day: date) -> None:
        """Let no one find what has expired before a day, but by its id."""
        today = f"{day:%Y%m%d}"
        gone = [item for item in self if item.instrument.expiry and item.instrument.expiry < today]
        for listing in gone:
            self._expired[listing.instrument.con_id] = self._by_con_id.pop(listing.instrument.con_id)
        for series in self._series:
            series.begin_day(day)

    def replace(self, listing: Listing) -> None:
        """Describe an instrument otherwise from now on."""
        self._by_con_id[listing.instrument.con_id] = listing

    def add(self, combination: Listing) -> None:
        """List a combination, so that it can be found by its number."""
        self._made[combination.instrument.con_id] = self._combinations[combination.legs] = combination

    def made_of(self, legs: tuple[Leg, ...]) -> Listing | None:
        """The combination of these legs, if it was listed."""
        return self._combinations.get(legs)

    @property
    def combinations(self) -> int:
        """How many combinations are listed."""
        return len(self._combinations)

    def combined(self) -> list[tuple[Leg, ...]]:
        """The legs of every combination, oldest first."""
        return list(self._combinations)

    def __iter__(self) -> Iterator[Listing]:
        return iter(self._by_con_id.values())

    def __len__(self) -> int:
        return len(self._by_con_id)

    def by_con_id(self, con_id: int) -> Listing | None:
        found = self._by_con_id.get(con_id) or self._made.get(con_id) or self._expired.get(con_id)
        if found is None:
            found = next(filter(None, (series.by_con_id(con_id) for series in self._series)), None)
            if found is not None:
                self._made[con_id] = found
        return found

    def find(
        self,
        root: str = "",
        sec_type: str = "",
        exchange: str = "",
        currency: str = "",
        expiry: str = "",
        local_symbol: str = "",
        con_id: int = 0,
        primary_exchange: str = "",
        trading_class: str = "",
        strike: float = 0.0,
        right: str = "",
    ) -> list[Listing]:
        """Listings that agree with every given field, in catalogue order; expiry may be YYYYMM or YYYYMMDD.

        Options come only to whoever asks for their type or names one by id or local symbol.
        """
        option = sec_type.upper() in ("OPT", "FOP")
        if con_id:
            one = self.by_con_id(con_id)
            candidates = [] if one is None else [one]
        else:
            asked = ContractQuery(
                root, sec_type, exchange, currency, expiry, local_symbol, 0, "", trading_class, strike, right
            )
            candidates = [] if option else list(self)
            if option or (local_symbol and not sec_type):
                candidates += [listing for series in self._series for listing in series.find(asked)]

        def agrees(listing: Listing) -> bool:
            it = listing.instrument
            wanted = (
                (root, it.root),
                (sec_type, it.sec_type),
                (currency, it.currency),
                (local_symbol, it.local_symbol),
                (primary_exchange, it.primary_exchange),
                (trading_class, it.trading_class),
            )
            return (
                all(not want or want.upper() == have.upper() for want, have in wanted)
                and (not con_id or con_id == it.con_id)
                and (not exchange or listing.trades_on(exchange))
                and (not expiry or expiry in (it.expiry, listing.contract_month))
                and (not strike or float(it.strike) == strike)
                and (not right or right[:1].upper() == it.right)
            )

        return [listing for listing in candidates if agrees(listing)]

    def matching(self, pattern: str) -> list[Listing]:
        """Listings whose root or symbol begins with `pattern`, then those whose name contains it; any case."""
        wanted = pattern.strip().upper()
        if not wanted:
            return []
        begins = [
            listing
            for listing in self
            if listing.instrument.symbol.startswith(wanted) or listing.instrument.root == wanted
        ]
        begins.sort(key=lambda listing: listing.instrument.root != wanted)
        named = [listing for listing in self if wanted in listing.instrument.name.upper() and listing not in begins]
        return begins + named
