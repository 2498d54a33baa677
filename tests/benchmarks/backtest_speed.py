"""Bars a second of one process beside backtesting.py and backtrader, on the same bars with the same rule.

    pip install -e '.[test,bench]'
    python -m tests.benchmarks.backtest_speed [--bars 1000000] [--rounds 3] [--no-backtrader]

The rule: the average of 200 closes crosses above that of 1,000 and nothing is held: buy 100 at the next open; crosses
below: sell all. Cash 100,000, no costs. Rounds are interleaved; the ratios are of medians, of the clock and of this
process's processor time, which other programs on the machine disturb less. Every engine's final equity is printed:
where averages tie, rounding of floats makes the others cross differently.
"""

from __future__ import annotations

import argparse
import random
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from ibtui.backtest import Settings, run
from ibtui.domain.bar import Bar
from ibtui.strategies import Strategy, param
from ibtui.strategies.author.parameters import values

FAST, SLOW = 200, 1000


class Cross(Strategy):
    """The rule, in ibtui's words."""

    symbol: str = param("X", kind="symbol")
    fast: int = param(FAST, 1, 5_000)
    slow: int = param(SLOW, 1, 5_000)

    def on_start(self) -> None:
        self.fast_average, self.slow_average = self.sma(self.fast), self.sma(self.slow)

    def on_bar(self, bar: Bar) -> None:
        fast, slow = self.fast_average[bar.symbol], self.slow_average[bar.symbol]
        if fast.crossed_above(slow):
            if not self.position(bar.symbol):
                self.buy(bar.symbol, 100)
        elif fast.crossed_below(slow):
            self.close(bar.symbol)


def minutes(count: int) -> list[tuple[Bar, ...]]:
    """One-minute bars of a random walk in cents."""
    rng = random.Random(1)
    made: list[tuple[Bar, ...]] = []
    price, opened = 100.0, datetime(2015, 1, 5, 14, 30, tzinfo=UTC)
    for _ in range(count):
        close = max(1.0, round(price + rng.gauss(0, 0.05), 2))
        high = round(max(price, close) + abs(rng.gauss(0, 0.02)), 2)
        low = max(0.01, round(min(price, close) - abs(rng.gauss(0, 0.02)), 2))
        made.append((Bar("X", opened, price, high, low, close, 1000.0),))
        price, opened = close, opened + timedelta(minutes=1)
    return made


def ours(bars: list[tuple[Bar, ...]]) -> Callable[[], float]:
    return lambda: run(Cross, bars, values(Cross, {}), Settings(commission="none")).final_equity


def frame(bars: list[tuple[Bar, ...]]) -> Any:
    import pandas

    rows = [bar for (bar,) in bars]
    index = pandas.DatetimeIndex([bar.time.replace(tzinfo=None) for bar in rows])
    columns = {
        name: [getattr(bar, name.lower()) for bar in rows] for name in ("Open", "High", "Low", "Close", "Volume")
    }
    return pandas.DataFrame(columns, index=index)


def backtesting_py(data: Any) -> Callable[[], float]:
    import backtesting
    from backtesting.lib import crossover

    backtesting._tqdm = lambda sequence, **_: sequence

    def average(close: Any, length: int) -> Any:
        import pandas

        return pandas.Series(close).rolling(length).mean()

    class Rule(backtesting.Strategy):  # type: ignore[misc,unused-ignore]
        def init(self) -> None:
            self.fast = self.I(average, self.data.Close, FAST)
            self.slow = self.I(average, self.data.Close, SLOW)

        def next(self) -> None:
            if crossover(self.fast, self.slow):
                if not self.position:
                    self.buy(size=100)
            elif crossover(self.slow, self.fast):
                self.position.close()

    return lambda: float(backtesting.Backtest(data, Rule, cash=100_000).run()["Equity Final [$]"])


def backtrader(data: Any) -> Callable[[], float]:
    import backtrader as bt

    class Rule(bt.Strategy):  # type: ignore[misc,unused-ignore]
        def __init__(self) -> None:
            self.cross = bt.ind.CrossOver(bt.ind.SMA(period=FAST), bt.ind.SMA(period=SLOW))

        def next(self) -> None:
            if self.cross > 0 and not self.position:
                self.buy(size=100)
            elif self.cross < 0 and self.position:
                self.close()

    def go() -> float:
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker.setcash(100_000)
        cerebro.adddata(bt.feeds.PandasData(dataname=data))
        cerebro.addstrategy(Rule)
        cerebro.run()
        return float(cerebro.broker.getvalue())

    return go


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-backtrader", action="store_true", help="leave out the one that takes a minute a round")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    bars = minutes(chosen.bars)
    data = frame(bars)
    engines = {"ibtui": ours(bars), "backtesting.py": backtesting_py(data)}
    if not chosen.no_backtrader:
        engines["backtrader"] = backtrader(data)
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    processor: dict[str, list[float]] = {name: [] for name in engines}
    equity: dict[str, float] = {}
    for _ in range(chosen.rounds):
        for name, engine in engines.items():
            began, busy = time.perf_counter(), time.process_time()
            equity[name] = engine()
            seconds[name].append(time.perf_counter() - began)
            processor[name].append(time.process_time() - busy)
    own, ours_busy = median(seconds["ibtui"]), median(processor["ibtui"])
    for name, took in seconds.items():
        rate, ratio, busy_ratio = chosen.bars / median(took), median(took) / own, median(processor[name]) / ours_busy
        line = f"{name:15} {rate:>10,.0f} bars/s   ibtui is {ratio:5.2f} times as fast, {busy_ratio:5.2f} by processor"
        line += f"   final {equity[name]:,.2f}"
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
