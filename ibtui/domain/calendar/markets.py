"""Which trading hours an instrument keeps, by its kind and the exchange it is listed on."""

from __future__ import annotations

from collections.abc import Mapping

from ibtui.domain.calendar.hours import (
    BOND_HOURS,
    CHICAGO,
    COIN_HOURS,
    CURRENCY_HOURS,
    EURONEXT,
    LONDON,
    NEW_YORK_FUTURES,
    US_OPTIONS,
    US_STOCKS,
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
_OIL_AND_METALS = frozenset({"NYMEX", "COMEX"})


def hours_of(instrument: Instrument) -> MarketHours:
    """The hours of an instrument's market: what IB's contract details say of one day, told for all days."""
    kind = instrument.sec_type
    if kind in _KINDS:
        return _KINDS[kind]
    if kind in ("FUT", "FOP"):
        return NEW_YORK_FUTURES if instrument.exchange in _OIL_AND_METALS else CHICAGO
    home = _STOCK_EXCHANGES.get(instrument.primary_exchange or instrument.exchange)
    return home or _STOCK_CURRENCIES.get(instrument.currency, US_STOCKS)
