"""A strategy on a stage: the backtest's broker, bars as a test plays them, and what the strategy says of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ibtui.backtest.broker import Simulated
from ibtui.backtest.settings import Settings
from ibtui.domain.bar import Bar
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.strategies import Strategy, step
from ibtui.strategies.author.parameters import traded, values

OPENED = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
"""09:30 in New York, a Monday."""


class Stage:
    """One run; `bar` is the close of a bar, quotes move the clock as a live market does."""

    def __init__(
        self,
        strategy: type[Strategy],
        /,
        *,
        seconds: int = 60,
        start: datetime = OPENED,
        memory: dict[str, object] | None = None,
        broker: Simulated | None = None,
        **parameters: Any,
    ) -> None:
        chosen = values(strategy, parameters)
        self.seconds = timedelta(seconds=seconds)
        self.time = start
        self.symbols = traded(strategy, chosen)
        settings = Settings(cash=1_000_000.0, commission="none", leverage=10.0)
        self.broker = broker or Simulated(settings, self.symbols, seconds, check=lambda *_: None)
        self.strategy = step.start(strategy, self.broker, chosen, memory)

    def bar(self, close: float, *, low: float | None = None, high: float | None = None, volume: float = 100.0) -> str:
        """The next bar, opening at its close unless its range is given; what was explained."""
        return self.bars({self.symbols[0]: close}, low=low, high=high, volume=volume)

    def bars(
        self,
        closes: dict[str, float],
        *,
        low: float | None = None,
        high: float | None = None,
        volume: float = 100.0,
    ) -> str:
        """The next bars, of several symbols."""
        made = tuple(
            Bar(symbol, self.time, close, max(high or close, close), min(low or close, close), close, volume)
            for symbol, close in closes.items()
        )
        self.time += self.seconds
        step.step(self.strategy, self.broker, made)
        return self.said

    def play(self, closes: Iterable[float]) -> str:
        """Several bars."""
        for close in closes:
            self.bar(close)
        return self.said

    def quote(self, bid: float, ask: float) -> None:
        """The market as a live strategy sees it."""
        self.broker._last[self.symbols[0]] = (bid + ask) / 2
        step.step(self.strategy, self.broker, events=(Quote(symbol=self.symbols[0], bid=bid, ask=ask),))

    def event(self, event: Signal) -> str:
        step.step(self.strategy, self.broker, events=(event,))
        return self.said

    def trade(self, quantity: float, price: float) -> None:
        """The trader trades, by hand."""
        if quantity:
            self.broker._last.setdefault(self.symbols[0], price)
            self.broker.trades.fill(self.time.timestamp(), self.symbols[0], quantity, price, 0.0, 1.0)

    @property
    def said(self) -> str:
        text, arguments = self.broker.explanation
        return text.format(*arguments) if arguments else text

    @property
    def held(self) -> float:
        return self.broker.position(self.symbols[0])

    @property
    def orders(self) -> list[str]:
        """Standing orders in words."""
        return [
            f"{order.side} {float(order.quantity):g} {order.type} {float(order.limit_price or order.stop_price or 0):g}"
            for symbol in self.symbols
            for order in self.broker.orders(symbol)
        ]

    @property
    def fills(self) -> list[tuple[str, float, float]]:
        """Side, quantity and price of every fill."""
        return [(fill.side, fill.quantity, fill.price) for fill in self.broker.trades.fills()]
