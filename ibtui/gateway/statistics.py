"""Figures of an instrument that its past or its options hold: volatilities, ranges, volume; chosen once an hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import log, sqrt
from statistics import fmean, pstdev

from msgspec import Struct

from ibtui.exchange.instruments import Listing
from ibtui.exchange.market import Exchange
from ibtui.exchange.reports import Bar

DAYS = 7
"""How far back the figures look: TWS looks back up to a year, but each day costs time while everybody waits."""
HOUR = 3600
DAY = 86400
TRADING_DAYS = 252
INDEX_FUTURES = {"SPX": "ES", "NDX": "NQ"}
"""Root of the futures on an index."""
MONTH = 30
"""Days."""


class Figures(Struct, frozen=True):
    """What the last days say; None where they do not say it."""

    low: float | None
    high: float | None
    average_volume: float | None
    """Of a whole day, in units."""
    volatility: float | None
    """A year's, 0.2 is 20 %."""


class Statistics:
    """Figures by contract id, kept for an hour of simulated time."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._figures: dict[int, tuple[datetime, Figures]] = {}
        self._at_the_money: dict[int, tuple[datetime, int | None]] = {}

    def of(self, con_id: int) -> Figures:
        now = self._exchange.now
        made, figures = self._figures.get(con_id, (None, None))
        if made is None or figures is None or (now - made).total_seconds() >= HOUR:
            bars = self._exchange.history(con_id, end=now, seconds=DAYS * DAY, bar=HOUR)
            figures = _figures(bars)
            self._figures[con_id] = now, figures
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


def _figures(bars: Sequence[Bar]) -> Figures:
    if len(bars) < 3:
        return Figures(None, None, None, None)
    days = {bar.time.date() for bar in bars}
    volume = sum(max(bar.volume, 0.0) for bar in bars) / len(days)
    changes = [log(after.close / before.close) for before, after in pairwise(bars) if before.close > 0 < after.close]
    yearly = sqrt(len(bars) / len(days) * TRADING_DAYS)
    return Figures(
        low=min(bar.low for bar in bars),
        high=max(bar.high for bar in bars),
        average_volume=volume or None,
        volatility=pstdev(changes, fmean(changes)) * yearly if changes else None,
    )
