"""Where exits inside the bar of their entry differ from backtesting.py, which lets them wait for the next bar."""

from __future__ import annotations

from typing import Any

import pytest

from ibtui.backtest import run
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.strategies import param
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import values
from tests.backtest.past import FREE, bars, play, prices

warned = pytest.mark.filterwarnings("ignore")
LOSS, GAIN = 0.98, 1.03


class Breakout(Strategy):
    """Buys above the high of the day before, with a stop 2 % below it and a target 3 % above."""

    symbol: str = param("A", kind="symbol")

    def on_bar(self, bar: Bar) -> None:
        if not self.position(bar.symbol):
            for order in self.orders(bar.symbol):
                self.cancel(order.ref)
            self.buy(bar.symbol, 100, stop=bar.high, sl=bar.high * LOSS, tp=bar.high * GAIN)


class Dip(Strategy):
    """Buys 1 % below the close of the day before, with a stop 2 % below that and a target 3 % above."""

    symbol: str = param("A", kind="symbol")

    def on_bar(self, bar: Bar) -> None:
        if not self.position(bar.symbol):
            for order in self.orders(bar.symbol):
                self.cancel(order.ref)
            price = bar.close * 0.99
            self.buy(bar.symbol, 100, limit=price, sl=price * LOSS, tp=price * GAIN)


def theirs(oracle: Any, data: Any, *, stops: bool) -> tuple[float, int]:
    class Rule(oracle.Strategy):  # type: ignore[misc,unused-ignore]
        def init(self) -> None: ...

        def next(self) -> None:
            if not self.position:
                for order in self.orders:
                    order.cancel()
                price = self.data.High[-1] if stops else self.data.Close[-1] * 0.99
                asked = {"stop": price} if stops else {"limit": price}
                self.buy(size=100, sl=price * LOSS, tp=price * GAIN, **asked)

    found = oracle.Backtest(data, Rule, cash=100_000).run()
    return round(float(found["Equity Final [$]"]), 2), len(found["_trades"])


def ours(data: Any, kind: type[Strategy]) -> tuple[float, int, int]:
    """Final equity, closed trades, and how many of them ended in the bar of their entry."""
    rows = [
        (Bar("A", day.to_pydatetime().replace(tzinfo=NEW_YORK), *map(float, row[:4])),)
        for day, *row in data[["Open", "High", "Low", "Close"]].itertuples()
    ]
    result = run(kind, rows, values(kind, {}), FREE, seconds=86_400)
    closed = list(result.trades.closed())
    at_once = sum(trade.opened == trade.closed for trade in closed)
    return round(result.final_equity, 2), len(closed), at_once


@warned
@pytest.mark.parametrize(
    ("kind", "money", "their_money"),
    [
        (Breakout, (108_534.00, 512, 187), (159_705.32, 465)),
        (Dip, (107_724.00, 510, 154), (135_994.07, 456)),
    ],
)
def test_the_figures_that_differ(kind: type[Strategy], money: Any, their_money: Any) -> None:
    oracle = pytest.importorskip("backtesting", reason="backtesting.py, the oracle, is not installed")
    from backtesting.test import GOOG

    assert ours(GOOG, kind) == money
    assert theirs(oracle, GOOG, stops=kind is Breakout) == their_money


def test_a_certain_target_is_taken_in_the_bar_of_its_entry() -> None:
    deeds = {0: lambda s: s.buy("A", 100, stop=101, tp=103, sl=97)}
    result, _ = play(bars((100, 100, 100, 100), (100, 104, 99.5, 100), (96, 97, 95, 96)), deeds)
    assert prices(result) == [("BUY", 100, 101), ("SELL", 100, 103)]
