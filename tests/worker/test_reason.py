"""The reason that is logged with an order: what the strategy explained in the same hook, live, in shadow and tested."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from msgspec.structs import replace

from ibtui.backtest.decisions import DecisionLog
from ibtui.backtest.run import run
from ibtui.backtest.settings import Settings
from ibtui.domain.bar import Bar
from ibtui.link.worker import (
    BarClosed,
    Begin,
    Past,
    Ping,
)
from ibtui.strategies import Signal, Strategy, param
from ibtui.worker.live import Live
from ibtui.worker.pipe import Pipe
from tests.worker.told import BEGAN, SPY, Engine


class Reasoned(Strategy):
    """Explains and buys in every order of the two."""

    symbol: str = param("SPY", kind="symbol")
    bar: str = param("1min", kind="bar")

    def on_start(self) -> None:
        self.number = 0

    def on_bar(self, bar: Bar) -> None:
        self.number += 1
        deeds: list[list[str | int]] = [
            ["one", 1],
            ["two, nothing is bought"],
            [3],
            [4, "four"],
            ["no", "five", 5],
            ["six"],
        ]
        for deed in deeds[self.number - 1] if self.number <= len(deeds) else []:
            if isinstance(deed, str):
                self.explain(deed)
            else:
                self.buy("SPY", deed)

    def on_event(self, event: Signal) -> None:
        self.buy("SPY", 7)
        self.explain("seven, of {}", event.kind)


@pytest.mark.parametrize("shadow", [False, True])
def test_what_is_logged_with_an_order_was_explained_with_it(shadow: bool) -> None:
    engine = Engine()
    begin = Begin(parameters={}, position={}, orders=(), equity=1e6, shadow=shadow, time=BEGAN)
    Live(cast("Pipe", engine), Reasoned, begin).run()
    assert engine.said == ["one", "four", "five", "seven, of news"]


class Two(Strategy):
    """Says of each of two symbols, in a hook of its own, what it does; and closes by the clock without a word."""

    symbols: tuple[str, ...] = param(("SPY", "QQQ", "DIA"), kind="symbols")
    bar: str = param("1min", kind="bar")

    def on_start(self) -> None:
        self.at("10:05", self.clear)

    def on_bar(self, bar: Bar) -> None:
        if bar.symbol == "SPY":
            self.buy("SPY", 1)
        self.explain("looks at {}", bar.symbol)
        if bar.symbol == "QQQ":
            self.log("one of two")
            self.buy("QQQ", 2)

    def clear(self, bars: tuple[Bar, ...]) -> None:
        self.buy("DIA", 3)


def at(minute: int, *symbols: str) -> BarClosed:
    """Bars of one minute, at one price."""
    return BarClosed(bars=tuple(Bar(one, BEGAN + timedelta(minutes=minute), 100, 100, 100, 100) for one in symbols))


@pytest.mark.parametrize("shadow", [False, True])
def test_of_several_hooks_in_one_moment_each_gives_its_own_reason(shadow: bool) -> None:
    """And a call of the clock that explains nothing gives none: what a bar explained before is no reason for it."""
    engine = Engine()
    stocks = tuple(replace(SPY, symbol=symbol, root=symbol) for symbol in ("SPY", "QQQ", "DIA"))
    later = Ping(time=BEGAN + timedelta(minutes=5, seconds=3))
    engine.tell(Past(instruments=stocks, bars=(), time=BEGAN), at(0, "SPY", "QQQ", "DIA"), later)
    begin = Begin(parameters={}, position={}, orders=(), equity=1e6, shadow=shadow, time=BEGAN)
    Live(cast("Pipe", engine), Two, begin).run()
    assert engine.said == ["looks at SPY", "one of two", "looks at QQQ"]
    assert any("DIA" in one for one in engine.asked)


def test_over_the_past_the_decision_log_says_the_same() -> None:
    bars = [tuple(bar for bar in at(n, "SPY", "QQQ", "DIA").bars) for n in range(8)]
    result = run(
        Two,
        bars,
        {"symbols": ("SPY", "QQQ", "DIA"), "bar": "1min"},
        Settings(commission="none"),
        decisions=DecisionLog(),
    )
    assert result.decisions is not None
    said = [(one.symbol, one.text if not one.ref else one.reason) for one in result.decisions]
    assert said[:3] == [("SPY", "looks at SPY"), ("", "one of two"), ("QQQ", "looks at QQQ")]
    assert ("DIA", "") in said
