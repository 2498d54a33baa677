"""Bars that warm a strategy up spend nothing of what it decides with: how many there were changes no decision."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ibtui.backtest.broker import Simulated
from ibtui.backtest.settings import Settings
from ibtui.domain.bar import Bar
from ibtui.domain.order import Change, Side
from ibtui.domain.signal import Signal
from ibtui.domain.terms import Terms
from ibtui.strategies import Strategy, param, step
from ibtui.strategies.author.parameters import bar_length, traded, values
from ibtui.strategies.builtin.names import BUILTIN, builtin
from tests.guide.blocks import Block, blocks
from tests.strategies.runs import RUNS
from tests.strategies.stage import OPENED

RUN: dict[str, dict[str, str]] = RUNS | {
    "guard": {"symbol": "A", "first": "100", "trail": "0.2", "stop": "0.5"},
    "momentum": {"symbols": "A,B,C", "lookback": "5", "top": "1", "rank": "month", "bar": "1min"},
    "scalper": {"symbol": "A", "bar": "1min", "gain": "0.1", "loss": "0.2"},
    "chase": {"symbol": "A", "quantity": "100"},
    "straddle": {"symbol": "A", "event": "2026-11-24T11:00", "before": "30"},
    "covered_call": {"symbol": "A", "bar": "1min"},
    "trigger": {"symbol": "A", "kind": "news"},
}


class Noting(Simulated):
    """Notes what is asked for once the past has been shown."""

    asked: list[str]

    def _note(self, *words: object) -> None:
        if self.sending:
            self.asked.append(" ".join(str(word) for word in (self.now, *words)))

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        self._note(
            terms.side,
            terms.quantity,
            terms.symbol,
            terms.limit_price,
            terms.stop_price,
            _round(target),
            _round(protect),
        )
        return super().place(terms, target=target, protect=protect)

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        self._note(side, quantity, legs, limit)
        return super().combo(legs, side, quantity, limit)

    def modify(self, change: Change) -> None:
        self._note(change.quantity, _round(change.limit_price), _round(change.stop_price))
        super().modify(change)

    def close(self, symbol: str) -> None:
        if self.position(symbol) or self.orders(symbol):
            self._note("close", symbol)
        super().close(symbol)


def _round(price: Decimal | None) -> str:
    return "-" if price is None else f"{price:.4f}"


def day(number: int, symbols: tuple[str, ...]) -> list[tuple[Bar, ...]]:
    """One session of minutes, alike on every day, so that what is learned from one is learned from two."""
    made, prices = [], {symbol: 100.0 + 7 * place for place, symbol in enumerate(symbols)}
    for minute in range(390):
        bars = []
        for place, (symbol, opened) in enumerate(prices.items()):
            up = 1 if (minute // (23 + 7 * place)) % 2 else -1
            close = round(opened + up * 0.05 + 0.02 * ((minute * (place + 3)) % 5 - 2), 2)
            time = OPENED + timedelta(days=number, minutes=minute)
            bars.append(Bar(symbol, time, opened, max(opened, close) + 0.01, min(opened, close) - 0.01, close, 100.0))
            prices[symbol] = close
        made.append(tuple(bars))
    return made


def decisions(kind: type[Strategy], parameters: dict[str, str], *, warm: int) -> list[str]:
    """What it asks for on Tuesday, after so many bars of the past, and with a headline in the morning."""
    chosen = values(kind, parameters)
    symbols = traded(kind, chosen)
    settings = Settings(cash=1_000_000.0, commission="none", leverage=100.0, options="model")
    broker = Noting(settings, symbols, bar_length(kind, chosen), check=lambda *_: None)
    broker.asked = []
    strategy = step.start(kind, broker, chosen)
    past, live = [*day(-3, symbols), *day(0, symbols)], day(1, symbols)
    broker.sending = False
    for bars in past[len(past) - max(warm, strategy.warmup) :]:
        step.step(strategy, broker, bars)
    broker.sending = True
    if warm:
        step.go_live(strategy, broker)
    news = Signal(time=live[60][0].time, kind="news", text="A headline")
    for number, bars in enumerate(live):
        step.step(strategy, broker, bars, (news,) if number == 60 else ())
    step.stop(strategy)
    return broker.asked


def alike(kind: type[Strategy], parameters: dict[str, str]) -> list[str]:
    """Its decisions, where they are the same after little and after much of the past."""
    little = decisions(kind, parameters, warm=2)
    assert decisions(kind, parameters, warm=500) == little
    return little


@pytest.mark.parametrize("name", BUILTIN)
def test_what_ships_decides_the_same_after_little_and_after_much_of_the_past(name: str) -> None:
    decided = alike(builtin(name), RUN[name])
    assert decided or name in ("eod_flatten", "momentum")


@pytest.mark.parametrize(
    "block", [block for block in blocks("python") if block.page == "strategies"], ids=lambda block: block.name
)
def test_an_example_of_the_guide_decides_the_same_after_little_and_after_much_of_the_past(block: Block) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(block.text, block.name, "exec"), names)
    for kind in names.values():
        if isinstance(kind, type) and issubclass(kind, Strategy) and kind is not Strategy:
            alike(kind, {})


class Spent(Strategy):
    """Buys once a month, and counts the past as a month in which it bought."""

    symbol: str = param("A", kind="symbol")

    def on_start(self) -> None:
        self.month = 0

    def on_bar(self, bar: Bar) -> None:
        if self.now.month != self.month:
            self.month = self.now.month
            self.buy(bar.symbol, 1)


def test_what_is_spent_while_it_warms_up_is_seen() -> None:
    assert decisions(Spent, {}, warm=0)
    assert not decisions(Spent, {}, warm=2)
