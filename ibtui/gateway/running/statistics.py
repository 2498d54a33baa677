"""Figures of an instrument that its past or its options hold: volatilities, ranges, volume."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import log, sqrt
from statistics import fmean, pstdev

from msgspec import Struct

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.told.reports import HistoryBar

YEAR = 365 * 86400
"""Seconds that the figures look back."""
WEEKS = (13, 26, 52)
"""The lengths of the ranges that are told, in weeks."""
QUARTER = 63
"""Sessions of the average volume."""
HOUR = 3600
DAY = 86400
TRADING_DAYS = 252
INDEX_FUTURES = {"SPX": "ES", "NDX": "NQ"}
"""Root of the futures on an index."""
MONTH = 30
"""Days of the window that the volatility of the past is taken over."""


class Range(Struct, frozen=True):
    """The lowest and highest price of some weeks."""

    low: float
    high: float


class MarketFigures(Struct, frozen=True):
    """What the last months say; None where they do not say it."""

    ranges: dict[int, Range]
    """By how many weeks they are of."""
    average_volume: float | None
    """Of a whole day, in units, over three months."""
    volatility: float | None
    """A year's, 0.2 is 20 %, over thirty days."""


NOTHING = MarketFigures({}, None, None)


class MarketStatistics:
    """Figures by contract id, made once a session; of one contract a second, since making them takes long."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._figures: dict[int, tuple[date, MarketFigures]] = {}
        self._made: datetime | None = None
        self._at_the_money: dict[int, tuple[datetime, int | None]] = {}

    def of(self, con_id: int) -> MarketFigures:
        """The figures of a contract, or those of an earlier session, or none, until it is its turn."""
        now = self._exchange.now
        day, figures = self._figures.get(con_id, (None, NOTHING))
        today, second = exchange_day(now), now.replace(microsecond=0)
        if day != today and self._made != second:
            self._made = second
            figures = _figures(self._exchange.history(con_id, end=now, seconds=YEAR, bar=DAY))
            self._figures[con_id] = today, figures
        return figures

    def implied_volatility(self, listing: Listing, price: float) -> float | None:
        """That of the option nearest to the money and to thirty days; None where there are no options."""
        con_id, now = listing.instrument.con_id, self._exchange.now
        chosen, option = self._at_the_money.get(con_id, (None, None))
        if chosen is None or (now - chosen).total_seconds() >= HOUR:
            option = self._nearest_option(listing, price)
            self._at_the_money[con_id] = now, option
        return None if option is None else self._exchange.greeks(option).iv

    def front_future(self, listing: Listing) -> int | None:
        """Contract id of the future on an index that ends first; None where there is none."""
        root = INDEX_FUTURES.get(listing.instrument.root)
        if root is None or listing.instrument.sec_type != "IND":
            return None
        found = [one.instrument for one in self._exchange.listings.find(root=root, sec_type="FUT")]
        return min(found, key=lambda one: one.expiry).con_id if found else None

    def _nearest_option(self, listing: Listing, price: float) -> int | None:
        parameters = self._exchange.option_parameters(listing.instrument.con_id)
        if not parameters:
            return None
        chain = parameters[0]
        wanted = f"{self._exchange.now + timedelta(days=MONTH):%Y%m%d}"
        expiry = min(chain.expirations, key=lambda day: abs(_day(day) - _day(wanted)))
        strike = min((float(strike) for strike in chain.strikes), key=lambda strike: abs(strike - price))
        found = self._exchange.listings.find(
            root=listing.instrument.root, sec_type="OPT", expiry=expiry, strike=strike, right="C"
        )
        return found[0].instrument.con_id if found else None


def _day(text: str) -> int:
    """A date's number, of YYYYMMDD."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:8])).toordinal()


def _figures(bars: Sequence[HistoryBar]) -> MarketFigures:
    """The figures that a row of daily bars comes to."""
    if len(bars) < 3:
        return NOTHING
    recent = bars[-MONTH:]
    volume = fmean(max(bar.volume, 0.0) for bar in bars[-QUARTER:])
    changes = [log(after.close / before.close) for before, after in pairwise(recent) if before.close > 0 < after.close]
    ranges = {weeks: [bar for bar in bars if bar.time >= bars[-1].time - timedelta(weeks=weeks)] for weeks in WEEKS}
    return MarketFigures(
        ranges={
            weeks: Range(min(bar.low for bar in part), max(bar.high for bar in part)) for weeks, part in ranges.items()
        },
        average_volume=volume or None,
        volatility=pstdev(changes, fmean(changes)) * sqrt(TRADING_DAYS) if changes else None,
    )
