"""What is listed: instruments with the descriptions that contract details carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ibtui.domain.instrument import Instrument


class Listing(Struct, frozen=True, kw_only=True):
    """One instrument and the rest of its contract details."""

    instrument: Instrument
    long_name: str
    market_name: str
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    valid_exchanges: str
    """Comma-separated, SMART first where it applies."""
    order_types: str = "ACTIVETIM,DAY,GTC,LMT,MKT,STP,WHATIF"
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
    initial_margin: float = 0.0
    """USD for one contract of a future; other instruments are margined by value."""
    maintenance_margin: float = 0.0

    @property
    def tradable(self) -> bool:
        return self.instrument.sec_type != "IND"

    def trades_on(self, exchange: str) -> bool:
        """Whether orders and data may name `exchange`; any case."""
        return exchange.upper() in self.valid_exchanges.split(",")


class Listings:
    """Every listing, to look up by id, by contract fields, or by a piece of name."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        self._by_con_id = {listing.instrument.con_id: listing for listing in listings}

    def __iter__(self) -> Iterator[Listing]:
        return iter(self._by_con_id.values())

    def __len__(self) -> int:
        return len(self._by_con_id)

    def by_con_id(self, con_id: int) -> Listing | None:
        return self._by_con_id.get(con_id)

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
    ) -> list[Listing]:
        """Listings that agree with every given field, in catalogue order; expiry may be YYYYMM or YYYYMMDD."""

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
            )

        return [listing for listing in self if agrees(listing)]

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
        named = [listing for listing in self if wanted in listing.long_name.upper() and listing not in begins]
        return begins + named
