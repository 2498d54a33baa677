"""Who pays dividends, how much and when; amounts and months as the companies' usual ones, days invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.hours import open_on
from ibtui.exchange.listed.instruments import Listing


class Payer(NamedTuple):
    """A stock that pays `amount` a share, in its currency, around the `day` of some months."""

    amount: float
    months: tuple[int, ...]
    day: int


class Payment(NamedTuple):
    """One dividend; who holds the stock when `ex_day` begins gets it."""

    ex_day: date
    amount: float


_EARLY, _MIDDLE, _LATE = (1, 4, 7, 10), (2, 5, 8, 11), (3, 6, 9, 12)

PAYERS = {
    "AAPL": Payer(0.26, _MIDDLE, 10), "MSFT": Payer(0.91, _MIDDLE, 20), "NVDA": Payer(0.01, _LATE, 11),
    "GOOG": Payer(0.21, _LATE, 8), "JPM": Payer(1.50, _EARLY, 6), "XOM": Payer(1.03, _MIDDLE, 14),
    "META": Payer(0.53, _LATE, 15), "BAC": Payer(0.28, _LATE, 5), "KO": Payer(0.51, _LATE, 13),
    "DIS": Payer(0.75, (1, 7), 12), "V": Payer(0.67, _MIDDLE, 12), "MA": Payer(0.76, _EARLY, 9),
    "JNJ": Payer(1.30, _MIDDLE, 25), "PG": Payer(1.06, _EARLY, 22), "HD": Payer(2.30, _LATE, 4),
    "CVX": Payer(1.71, _MIDDLE, 17), "MRK": Payer(0.81, _LATE, 15), "PFE": Payer(0.43, _EARLY, 25),
    "ABBV": Payer(1.64, _EARLY, 15), "UNH": Payer(2.21, _LATE, 9), "WMT": Payer(0.24, _LATE, 12),
    "COST": Payer(1.30, _MIDDLE, 2), "NKE": Payer(0.41, _LATE, 2), "MCD": Payer(1.77, _LATE, 1),
    "CSCO": Payer(0.41, _EARLY, 3), "ORCL": Payer(0.50, _EARLY, 10), "CRM": Payer(0.42, _LATE, 18),
    "AVGO": Payer(0.65, _LATE, 22), "QCOM": Payer(0.89, _LATE, 5), "MU": Payer(0.12, _EARLY, 7),
    "IBM": Payer(1.68, _MIDDLE, 10), "GE": Payer(0.36, _EARLY, 7), "CAT": Payer(1.51, _EARLY, 20),
    "F": Payer(0.15, _MIDDLE, 11), "GS": Payer(4.00, _MIDDLE, 28), "T": Payer(0.28, _EARLY, 10),
    "SPY": Payer(1.83, _LATE, 18), "QQQ": Payer(0.69, _LATE, 22), "IWM": Payer(0.62, _LATE, 16),
    "DIA": Payer(0.54, tuple(range(1, 13)), 17), "XLF": Payer(0.19, _LATE, 22), "XLE": Payer(0.70, _LATE, 22),
    "TLT": Payer(0.33, tuple(range(1, 13)), 2),
    "SAP": Payer(2.35, (5,), 14), "SIE": Payer(5.20, (2,), 14), "ALV": Payer(15.40, (5,), 9),
    "DTE": Payer(0.90, (4,), 10), "BMW": Payer(4.30, (5,), 15), "MC": Payer(6.50, (4, 12), 24),
    "TTE": Payer(0.85, _LATE, 19), "AIR": Payer(2.00, (4,), 22), "BNP": Payer(4.79, (5,), 19),
    "OR": Payer(7.00, (5,), 5), "ASML": Payer(1.60, (2, 4, 7, 11), 28),
}  # fmt: skip


def payments(listing: Listing, first: date, stop: date) -> Iterator[Payment]:
    """A stock's dividends with an ex-day from `first` to before `stop`, soonest first."""
    item = listing.instrument
    payer = PAYERS.get(item.symbol) if item.sec_type == "STK" else None
    if payer is None:
        return
    for year in range(first.year - 1, stop.year + 1):
        for month in payer.months:
            day = date(year, month, payer.day)
            while open_on(listing.hours, day, regular=True) is None:
                day += DAY
            if first <= day < stop:
                yield Payment(day, payer.amount)
