"""Bars and strategies that the backtests' tests share."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ibtui.backtest import Result, Settings, run
from ibtui.domain.bar import Bar
from ibtui.strategies import Fill, Strategy, param
from ibtui.strategies.author.parameters import values

OPENED = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
FREE = Settings(commission="none")
Row = tuple[float, float, float, float]


def bars(*rows: Row, symbol: str = "A", start: datetime = OPENED) -> list[tuple[Bar, ...]]:
    """One-minute bars of open, high, low, close."""
    return [(Bar(symbol, start + timedelta(minutes=n), *row),) for n, row in enumerate(rows)]


def walk(count: int, seed: int = 1, symbol: str = "A") -> list[tuple[Bar, ...]]:
    """A random walk in cents."""
    rng = random.Random(seed)
    price, made = 100.0, []
    for _ in range(count):
        close = max(1.0, round(price + rng.gauss(0, 0.3), 2))
        high = round(max(price, close) + abs(rng.gauss(0, 0.1)), 2)
        low = max(0.01, round(min(price, close) - abs(rng.gauss(0, 0.1)), 2))
        made.append((price, high, low, close))
        price = close
    return bars(*made, symbol=symbol)


class Script(Strategy):
    """Does what it is told on the bar of that number, and writes down its fills."""

    symbol: str = param("A", kind="symbol")
    deeds: dict[int, Callable[[Script], Any]]
    told: list[Fill]

    def on_start(self) -> None:
        self.number = 0
        self.told = []

    def on_bar(self, bar: Bar) -> None:
        deed = self.deeds.get(self.number)
        self.number += 1
        if deed is not None:
            deed(self)

    def on_fill(self, fill: Fill) -> None:
        self.told.append(fill)


def play(
    rows: Sequence[tuple[Bar, ...]],
    deeds: dict[int, Callable[[Script], Any]],
    settings: Settings = FREE,
    *,
    seconds: int = 60,
) -> tuple[Result, Script]:
    """Run a script over bars."""
    made: list[Script] = []

    class Told(Script):
        def on_start(self) -> None:
            super().on_start()
            self.deeds = deeds
            made.append(self)

    return run(Told, rows, values(Told, {}), settings, seconds=seconds), made[0]


def prices(result: Result) -> list[tuple[str, float, float]]:
    """Side, quantity and price of every fill."""
    return [(fill.side, fill.quantity, fill.price) for fill in result.trades.fills()]
