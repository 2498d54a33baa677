"""Four real stocks at once: the money that backtrader makes of the same rule on the same bars."""

from __future__ import annotations

import csv
import gzip
from collections import deque
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from ibtui.backtest import Settings, run
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.strategies import Strategy, param
from ibtui.strategies.author.parameters import values

NAMES = ("AAPL", "GOOG", "IBM", "MSFT")
SPEC = find_spec("bokeh_sampledata")


class Change:
    """Close over that of 60 bars ago."""

    value: float | None = None
    previous: float | None = None

    def __init__(self) -> None:
        self._closes: deque[float] = deque(maxlen=61)

    def update(self, bar: Bar) -> None:
        self._closes.append(bar.close)
        self.value = self._closes[-1] / self._closes[0] - 1 if len(self._closes) == 61 else None


class Rotation(Strategy):
    """Every 20 bars the two that rose most in 60, a quarter of equity each."""

    names: tuple[str, ...] = param(NAMES)

    def on_start(self) -> None:
        self.change = self.indicator(("change",), Change, 61)
        self.every(20, self.rotate)

    def rotate(self, bars: tuple[Bar, ...]) -> None:
        known = {bar.symbol: value for bar in bars if (value := self.change[bar.symbol].value) is not None}
        best = sorted(known, key=lambda symbol: known[symbol], reverse=True)[:2]
        for symbol in self.held:
            if symbol not in best:
                self.close(symbol)
        for symbol in best:
            if symbol not in self.held:
                self.buy(symbol, cash=(self.equity or 0) / 4)


def adjusted(file: Path) -> list[tuple[Bar, ...]]:
    """Daily bars from when all four traded, every price times adjusted close over close, four decimals."""
    days: dict[datetime, dict[str, Bar]] = {}
    with gzip.open(file, "rt") as rows:
        for row in csv.DictReader(rows):
            if row["Ticker"] in NAMES and row["Date"] >= "2004-08-19":
                factor = float(row["Adj Close"]) / float(row["Close"])
                open_, high, low, close = (
                    round(float(row[name]) * factor, 4) for name in ("Open", "High", "Low", "Close")
                )
                time = datetime.fromisoformat(row["Date"]).replace(tzinfo=NEW_YORK)
                days.setdefault(time, {})[row["Ticker"]] = Bar(row["Ticker"], time, open_, high, low, close)
    return [tuple(days[day][name] for name in NAMES if name in days[day]) for day in sorted(days)]


@pytest.mark.skipif(SPEC is None, reason="bokeh_sampledata, whose prices are public domain, is not installed")
def test_the_same_money_as_backtrader() -> None:
    assert SPEC is not None
    assert SPEC.origin is not None
    bars = adjusted(Path(SPEC.origin).parent / "_data" / "stocks.csv.gz")
    result = run(Rotation, bars, values(Rotation, {}), Settings(commission="none"), seconds=86_400)
    assert (round(result.final_equity, 2), result.trades.fill_count) == (276_678.54, 110)
