"""What the markets of the exchange show, and their past: nothing of it changes a market."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from math import inf

from ibtui.domain.options.pricing import OptionFigures
from ibtui.exchange.doors.door import ExchangeDoor
from ibtui.exchange.listed.chains import OptionParameters, open_interest
from ibtui.exchange.listed.dividends import Payment
from ibtui.exchange.listed.grid import GridBand
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.markets.book import Depth
from ibtui.exchange.markets.combo_history import combo_history
from ibtui.exchange.markets.combos import ComboMarket
from ibtui.exchange.markets.history import PastTick, What, head_time, histogram, history, ticks
from ibtui.exchange.markets.scanner import Scan, scan
from ibtui.exchange.moments import MINUTE, micros
from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.reports import HistoryBar, Tick


class MarketDataDoor(ExchangeDoor):
    """The market data of an exchange: what is asked of a market changes nothing in it."""

    def tick(self, con_id: int) -> Tick:
        """What a market shows now; raises Refused(200) for an unknown contract, as every method with a `con_id`."""
        return self._parts.market(con_id).tick(self._parts.time, traded=False)

    def is_open(self, con_id: int) -> bool:
        """Whether a market has a book now: always, unless the exchange keeps trading hours."""
        market = self._parts.market(con_id)
        return not market.path.shut(self._parts.time // MINUTE)

    def history(
        self,
        con_id: int,
        *,
        end: datetime,
        seconds: int,
        bar: int,
        what: str = "TRADES",
        since: datetime | None = None,
    ) -> list[HistoryBar]:
        """Bars of `bar` seconds in the `seconds` before `end`; see `ibtui.exchange.markets.history.history`."""
        begin, market = None if since is None else micros(since), self._parts.market(con_id)
        make = combo_history if isinstance(market, ComboMarket) else history
        return make(market, self._parts.time, micros(end), seconds, bar, what, begin)  # type: ignore[arg-type]

    def watch(self, con_id: int) -> None:
        """Let a market tick until `unwatch` was called as often; only options and combos need it, others always do."""
        self._parts.market(con_id)
        self._parts.markets.watch(con_id)

    def unwatch(self, con_id: int) -> None:
        """End one `watch`; an option that nobody watches stops to tick unless it has an order."""
        market = self._parts.market(con_id)
        if not self._parts.orders.of(market):
            self._parts.markets.unwatch(con_id)

    def ticks(
        self, con_id: int, *, start: datetime | None = None, end: datetime | None = None, count: int, what: What
    ) -> list[PastTick]:
        """Past trades or changes of the touch; see `ibtui.exchange.markets.history.ticks`."""
        begin, stop = (micros(time) if time is not None else None for time in (start, end))
        return ticks(self._parts.market(con_id), self._parts.time, begin, stop, count, what)

    def histogram(self, con_id: int, seconds: int) -> list[tuple[float, float]]:
        """Price and size traded there in the last `seconds`; see `ibtui.exchange.markets.history.histogram`."""
        return histogram(self._parts.market(con_id), self._parts.time, seconds)

    def head_time(self, con_id: int, what: str = "TRADES") -> datetime:
        """The first moment of a contract's history, the same for every kind of it."""
        if what == "TRADES" and self._parts.market(con_id).listing.instrument.sec_type == "CASH":
            raise Refused(162, "Historical Market Data Service error message:No head time stamp")
        return head_time(self._parts.market(con_id), self._parts.time)

    def depth(self, con_id: int, rows: int = 10) -> Depth:
        """The first `rows` levels of either side, best first; the first ones are the touch that `tick` shows."""
        return self._parts.market(con_id).depth(rows)

    def auction(self, con_id: int) -> tuple[float, float]:
        """Size and surplus of the auction to come, 0 where none is near; its market knows them."""
        return self._parts.market(con_id).auction(self._parts.time)

    def option_parameters(self, con_id: int) -> list[OptionParameters]:
        """Which options are listed on an underlying, by exchange and trading class; empty when none are."""
        return [found for chain in self._parts.chains for found in chain.parameters(con_id)]

    def market_rule(self, number: int) -> tuple[GridBand, ...]:
        """The price grid behind one of IB's numbers; empty for a number that nothing listed has."""
        listing = next((listing for listing in self._parts.listings if listing.market_rule == number), None)
        if listing is not None:
            return listing.bands or (GridBand(Decimal(0), listing.instrument.tick),)
        return next((chain.bands for chain in self._parts.chains if chain.row.market_rule == number), ())

    def open_interest(self, con_id: int) -> int:
        """Open contracts of an option."""
        market = self._parts.option(con_id)
        return open_interest(market.listing, market.under.middle())

    def greeks(self, con_id: int) -> OptionFigures:
        """An option by the exchange's own model, at its underlying's middle; raises Refused(200) for what is none."""
        return self._parts.option(con_id).figures(self._parts.time)

    def implied_volatility(self, con_id: int, price: float, under: float) -> OptionFigures:
        """An option at `price` while its underlying is at `under`; `iv` None when no volatility gives that price."""
        return self._parts.option(con_id).implied(self._parts.time, price, under)

    def option_price(self, con_id: int, volatility: float, under: float) -> OptionFigures:
        """An option at a volatility (0.2 is 20 %) while its underlying is at `under`."""
        return self._parts.option(con_id).at_volatility(self._parts.time, volatility, under)

    def scan(
        self,
        scan_code: str,
        *,
        location: str = "STK.US.MAJOR",
        instrument: str = "STK",
        above_price: float = 0.0,
        below_price: float = inf,
        above_volume: int = 0,
        rows: int = 50,
    ) -> list[Listing]:
        """The listings that a market scanner finds, best first; see `ibtui.exchange.markets.scanner.scan`."""
        wanted = Scan(scan_code, location, instrument, above_price, below_price, above_volume, rows)
        return scan(wanted, self._parts.listings, self._parts.markets)

    def dividends(self, con_id: int, first: date, stop: date) -> list[Payment]:
        """What a stock pays from one ex-day to before another, soonest first."""
        return self._parts.actions.dividends(con_id, first, stop)
