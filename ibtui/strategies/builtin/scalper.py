"""Buying at a price and selling a little above it, again and again."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.order import Side
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param

ANSWER = timedelta(seconds=3)
"""For which an order that was asked for is awaited before it is asked for again."""


class Scalper(Strategy):
    """Buys at X, sells at X + d, and again.

    It lets a limit order wait at `price`; when that fills, a target waits `gain` above it and a stop `loss` below it,
    both at the broker, one cancelling the other. After each round it waits `pause` seconds, after a losing one ten
    times as long, and after `rounds` of them it is done.

    It needs a price that comes back. Switched off, the waiting order goes, a bracket stays.

    Over past bars: careful. Within a bar the order of prices is not known; the backtest takes the stop before the
    target, so narrow distances look worse than they are, and an order at the very low of a bar fills there although in
    the market others stand in the queue before it. Use bars much shorter than a round.
    """

    symbol: str = param("SPY", kind="symbol", help="what it trades")
    bar: str = param("5s", kind="bar", help="length of a bar, at whose close it decides")
    price: float = param(0.0, 0, 10_000_000, help="X, at which it buys; 0 for the close when it begins")
    gain: float = param(0.10, 0.0001, 100_000, help="d, above the price at which it bought")
    loss: float = param(0.20, 0.0001, 100_000, help="distance of the protective stop")
    shares: int = param(100, 1, 10_000, help="quantity of a round")
    rounds: int = param(10, 1, 10_000, help="after which it is done")
    pause: float = param(5.0, 0, 86_400, help="seconds between two rounds; ten times as long after a loss")

    def on_start(self) -> None:
        self._asked: datetime | None = None

    def on_bar(self, bar: Bar) -> None:
        if self.warming:
            return
        price = self.memory.setdefault("price", self.price or bar.close)
        rounds, won = self.memory.get("rounds", 0), self.memory.get("won", 0)
        if self.position(bar.symbol):
            doing = f"holds {self.position(bar.symbol):g}"
        elif self.orders(bar.symbol):
            doing = f"waits at {price:.2f}"
        elif rounds >= self.rounds:
            doing = "done"
        elif self._pauses():
            doing = "pauses"
        else:
            self._asked = self.now
            self.buy(bar.symbol, self.shares, limit=price, sl=price - self.loss, tp=price + self.gain)
            doing = f"buys {self.shares} at {price:.2f}"
        self.explain("round {} of {}, {} won · {}", min(rounds + 1, self.rounds), self.rounds, won, doing)

    def _pauses(self) -> bool:
        until = self.memory.get("until")
        asked = self._asked is not None and self.now - self._asked < ANSWER
        return asked or (until is not None and self.now < datetime.fromisoformat(until))

    def on_fill(self, fill: Fill) -> None:
        if fill.side is Side.SELL and not self.position(fill.symbol):
            won = fill.price > self.memory.get("price", fill.price)
            self.memory["rounds"] = self.memory.get("rounds", 0) + 1
            self.memory["won"] = self.memory.get("won", 0) + won
            self.memory["until"] = (self.now + timedelta(seconds=self.pause * (1 if won else 10))).isoformat()

    def on_stop(self) -> None:
        self.memory.clear()
