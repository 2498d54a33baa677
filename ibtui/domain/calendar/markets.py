"""Which trading hours an instrument keeps, by its kind and the exchange it is listed on."""

from __future__ import annotations

from collections.abc import Mapping

from ibtui.domain.calendar.hours import (
    BOND_HOURS,
    CHICAGO,
    CHICAGO_RATES,
    COIN_HOURS,
    CURRENCY_HOURS,
    EUREX,
    EURONEXT,
    GRAIN,
    LONDON,
    MEAT,
    NEW_YORK_FUTURES,
    US_OPTIONS,
    US_STOCKS,
    VOLATILITY,
    XETRA,
    MarketHours,
)
from ibtui.domain.instrument import Instrument

_KINDS: Mapping[str, MarketHours] = {
    "CASH": CURRENCY_HOURS,
    "CRYPTO": COIN_HOURS,
    "BOND": BOND_HOURS,
    "OPT": US_OPTIONS,
}
_STOCK_EXCHANGES: Mapping[str, MarketHours] = {"IBIS": XETRA, "SBF": EURONEXT, "AEB": EURONEXT, "LSE": LONDON}
_STOCK_CURRENCIES: Mapping[str, MarketHours] = {"EUR": XETRA, "GBP": LONDON}
"""For a stock whose exchange is not known."""
_FUTURE_EXCHANGES: Mapping[str, MarketHours] = {
    "CME": CHICAGO,
    "CBOT": CHICAGO,
    "CFE": VOLATILITY,
    "NYMEX": NEW_YORK_FUTURES,
    "COMEX": NEW_YORK_FUTURES,
    "EUREX": EUREX,
}
_GRAIN = dict.fromkeys(["ZC", "ZS", "ZW", "ZL", "ZM", "ZO", "ZR", "KE", "XC", "XK", "XW"], GRAIN)
_MEAT = dict.fromkeys(("HE", "LE", "GF"), MEAT)
_RATES = dict.fromkeys(["ZN", "TN", "ZB", "UB", "ZF", "ZT", "ZQ", "SR1", "SR3"], CHICAGO_RATES)
_YIELDS = dict.fromkeys(("2YY", "5YY", "10Y", "30Y"), CHICAGO_RATES)
_CURRENCIES = dict.fromkeys(["6A", "6B", "6C", "6E", "6J", "6M", "6N", "6S", "M6A", "M6B", "M6E"], CHICAGO_RATES)
_CLASSES: Mapping[str, MarketHours] = {**_GRAIN, **_MEAT, **_RATES, **_YIELDS, **_CURRENCIES}
"""Futures that keep other hours than most of their exchange, by the class of the contract."""


def hours_of(instrument: Instrument) -> MarketHours:
    """The hours of an instrument's market: what IB's contract details say of one day, told for all days."""
    kind = instrument.sec_type
    if kind in ("FUT", "FOP") or (kind == "OPT" and instrument.exchange in _FUTURE_EXCHANGES):
        exchange = _FUTURE_EXCHANGES.get(instrument.exchange, CHICAGO)
        return _CLASSES.get(instrument.trading_class or instrument.root, exchange)
    if kind in _KINDS:
        return _KINDS[kind]
    home = _STOCK_EXCHANGES.get(instrument.primary_exchange or instrument.exchange)
    return home or _STOCK_CURRENCIES.get(instrument.currency, US_STOCKS)
