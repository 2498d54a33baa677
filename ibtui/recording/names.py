"""The symbol that a file's name says, for files that have no column of symbols."""

from __future__ import annotations

import re
from pathlib import Path

from ibtui.domain.calendar.expiries import MONTH_CODES
from ibtui.domain.currency import CURRENCIES
from ibtui.domain.text.sanitize import sanitize

_ENDINGS = re.compile(r"(\.(csv|txt|parquet|pq|gz|zip))+$", re.IGNORECASE)
_CHARTED = re.compile(r"(?:[A-Z0-9]+_)*([^,_]+), ?\w+.*")
"""`NASDAQ_AAPL, 1D`: TradingView's exchange, symbol and length of bars."""
_NINJA = re.compile(r"([A-Z0-9]{1,5}) (\d\d)-(\d\d)(\..*)?")
"""`ES 03-26.Last`: NinjaTrader's root, month and year."""
_SPANNED = re.compile(r"(?:DAILY|WEEKLY|MONTHLY|INTRADAY)(?:_ADJUSTED)?(?:_\d+MIN)?_(.+)")
"""`daily_AAPL`: what Alpha Vantage calls its downloads."""
_MARKS = re.compile(r"[-_ ]+")
_TAILS = (".US", "=X")
"""Stooq's ending of an American stock, Yahoo's of a currency pair."""
_CLASSES = ("A", "B", "C")


def name_of(path: Path) -> str:
    """The symbol in a file's name: `AAPL.csv.gz`, `aapl-1min.csv`, `daily_AAPL.csv` and `NASDAQ_AAPL, 1D.csv` are AAPL.

    What follows the symbol is left out, but for the class of a share (`BRK-B` and `BRK B` are BRK.B), the currency
    (`BTC-USD` is BTC.USD) and the month of a future (`ES 03-26` is ESH26).
    """
    stem = _ENDINGS.sub("", path.name).upper()
    for form in (_CHARTED, _SPANNED):
        if (match := form.fullmatch(stem)) is not None:
            stem = match[1]
    if (future := _NINJA.fullmatch(stem)) is not None and 1 <= int(future[2]) <= len(MONTH_CODES):
        return f"{future[1]}{MONTH_CODES[int(future[2]) - 1]}{future[3]}"
    symbol, *more = _MARKS.split(stem)
    for tail in _TAILS:
        symbol = symbol.removesuffix(tail)
    if more and (more[0] in _CLASSES or more[0] in CURRENCIES):
        symbol = f"{symbol}.{more[0]}"
    return sanitize(symbol, 20) or "DATA"
