"""Futures that people trade, by root, and what the name of a contract month says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from ibtui.domain.calendar.expiries import MONTH_CODES

_NAME = re.compile(r"([A-Z0-9]{1,6}?)([FGHJKMNQUVXZ])(\d{1,2})", re.ASCII)
_DIGITS = 2


class FutureName(NamedTuple):
    """What a name like ESH6 or ESH26 says."""

    root: str
    month: str
    """The letter of the contract month, F for January to Z for December."""
    year: str
    """Its last digit, or its last two."""

    def contract_month(self, today: date) -> date:
        """The first day of the contract month; of one digit the first year that fits, from the last one on."""
        if len(self.year) == _DIGITS:
            year = 2000 + int(self.year)
        else:
            year = today.year - 1 + (int(self.year) - (today.year - 1)) % 10
        return date(year, MONTH_CODES.index(self.month) + 1, 1)


def future_name(text: str) -> FutureName | None:
    """What the name of a contract month says, whether or not its root is known; None for any other text."""
    match = _NAME.fullmatch(text)
    return None if match is None else FutureName(*match.groups())


class FutureTerms(NamedTuple):
    """The contract that every month of a root has."""

    multiplier: str
    """Worth of one point, as prices are quoted (grain and meat in cents), in the currency."""
    tick: str
    """The smallest step of any month's price."""
    exchange: str
    currency: str = "USD"
    symbol: str = ""
    """IB's own `symbol`, where it is not the root of the name."""


_STOCK_INDEXES = {
    "ES": FutureTerms("50", "0.25", "CME"),
    "MES": FutureTerms("5", "0.25", "CME"),
    "NQ": FutureTerms("20", "0.25", "CME"),
    "MNQ": FutureTerms("2", "0.25", "CME"),
    "RTY": FutureTerms("50", "0.1", "CME"),
    "M2K": FutureTerms("5", "0.1", "CME"),
    "EMD": FutureTerms("100", "0.1", "CME"),
    "NKD": FutureTerms("5", "5", "CME"),
    "YM": FutureTerms("5", "1", "CBOT"),
    "MYM": FutureTerms("0.5", "1", "CBOT"),
    "VX": FutureTerms("1000", "0.05", "CFE", symbol="VIX"),
    "VXM": FutureTerms("100", "0.01", "CFE", symbol="VIX"),
}
_RATES = {
    "ZN": FutureTerms("1000", "0.015625", "CBOT"),
    "TN": FutureTerms("1000", "0.015625", "CBOT"),
    "ZB": FutureTerms("1000", "0.03125", "CBOT"),
    "UB": FutureTerms("1000", "0.03125", "CBOT"),
    "ZF": FutureTerms("1000", "0.0078125", "CBOT"),
    "ZT": FutureTerms("2000", "0.00390625", "CBOT"),
    "ZQ": FutureTerms("4167", "0.0025", "CBOT"),
    "SR3": FutureTerms("2500", "0.0025", "CME"),
    "2YY": FutureTerms("1000", "0.001", "CBOT"),
    "10Y": FutureTerms("1000", "0.001", "CBOT"),
}
_ENERGY = {
    "CL": FutureTerms("1000", "0.01", "NYMEX"),
    "MCL": FutureTerms("100", "0.01", "NYMEX"),
    "QM": FutureTerms("500", "0.025", "NYMEX"),
    "BZ": FutureTerms("1000", "0.01", "NYMEX"),
    "NG": FutureTerms("10000", "0.001", "NYMEX"),
    "QG": FutureTerms("2500", "0.005", "NYMEX"),
    "HO": FutureTerms("42000", "0.0001", "NYMEX"),
    "RB": FutureTerms("42000", "0.0001", "NYMEX"),
}
_METALS = {
    "GC": FutureTerms("100", "0.1", "COMEX"),
    "MGC": FutureTerms("10", "0.1", "COMEX"),
    "SI": FutureTerms("5000", "0.005", "COMEX"),
    "SIL": FutureTerms("1000", "0.005", "COMEX", symbol="SI"),
    "HG": FutureTerms("25000", "0.0005", "COMEX"),
    "MHG": FutureTerms("2500", "0.0005", "COMEX"),
    "PL": FutureTerms("50", "0.1", "NYMEX"),
    "PA": FutureTerms("100", "0.5", "NYMEX"),
}
_GRAIN_AND_MEAT = {
    "ZC": FutureTerms("50", "0.25", "CBOT"),
    "ZS": FutureTerms("50", "0.25", "CBOT"),
    "ZW": FutureTerms("50", "0.25", "CBOT"),
    "KE": FutureTerms("50", "0.25", "CBOT"),
    "ZL": FutureTerms("600", "0.01", "CBOT"),
    "ZM": FutureTerms("100", "0.1", "CBOT"),
    "HE": FutureTerms("400", "0.025", "CME"),
    "LE": FutureTerms("400", "0.025", "CME"),
    "GF": FutureTerms("500", "0.025", "CME"),
}
_CURRENCIES = {
    "6E": FutureTerms("125000", "0.00005", "CME", symbol="EUR"),
    "6J": FutureTerms("12500000", "0.0000005", "CME", symbol="JPY"),
    "6B": FutureTerms("62500", "0.0001", "CME", symbol="GBP"),
    "6A": FutureTerms("100000", "0.00005", "CME", symbol="AUD"),
    "6C": FutureTerms("100000", "0.00005", "CME", symbol="CAD"),
    "6S": FutureTerms("125000", "0.00005", "CME", symbol="CHF"),
    "6N": FutureTerms("100000", "0.00005", "CME", symbol="NZD"),
    "M6E": FutureTerms("12500", "0.0001", "CME"),
}
_COINS = {
    "BTC": FutureTerms("5", "5", "CME", symbol="BRR"),
    "MBT": FutureTerms("0.1", "5", "CME"),
    "ETH": FutureTerms("50", "0.5", "CME", symbol="ETHUSDRR"),
    "MET": FutureTerms("0.1", "0.5", "CME"),
}
_EUREX = {
    "FDAX": FutureTerms("25", "1", "EUREX", "EUR", "DAX"),
    "FDXM": FutureTerms("5", "1", "EUREX", "EUR", "DAX"),
    "FDXS": FutureTerms("1", "1", "EUREX", "EUR", "DAX"),
    "FESX": FutureTerms("10", "1", "EUREX", "EUR", "ESTX50"),
    "FGBL": FutureTerms("1000", "0.01", "EUREX", "EUR", "GBL"),
    "FGBM": FutureTerms("1000", "0.01", "EUREX", "EUR", "GBM"),
    "FGBS": FutureTerms("1000", "0.005", "EUREX", "EUR", "GBS"),
    "FGBX": FutureTerms("1000", "0.02", "EUREX", "EUR", "GBX"),
}
FUTURES: Mapping[str, FutureTerms] = {
    **_STOCK_INDEXES,
    **_RATES,
    **_ENERGY,
    **_METALS,
    **_GRAIN_AND_MEAT,
    **_CURRENCIES,
    **_COINS,
    **_EUREX,
}
"""By the root that a contract's name begins with.

Source: the contract specifications of CME Group (CME, CBOT, NYMEX, COMEX), Cboe Futures Exchange and Eurex. Where the
nearest months have a finer price step than the others (ZQ, SR3), the finer one stands here. Prices in thirty-seconds
are written as decimals. Roots whose figures we are not sure of are not here.
"""
OTHER_ROOTS: Mapping[str, str] = {"DAX": "FDAX", "ESTX50": "FESX", "GBL": "FGBL"}
"""IB's symbols by which people name months too, and the root that they mean."""
