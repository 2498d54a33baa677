"""Two that belong together, and the distance between them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param

PATIENCE = timedelta(seconds=30)
"""For which one leg may stand alone while the other's order is under way."""


class Pairs(Strategy):
    """Buys the cheap one of two and sells the dear one short, until they are back together.

    The distance is the z-score of the logarithm of their price ratio over `window` bars. At `enter` deviations it buys
    one and sells the other, each for `cash`; it closes both at `leave`, and gives up at `give_up`, after which it waits
    until the distance has been back at its mean.

    Both legs or none: two orders go out together, but each may be refused or fill alone. Where only one leg is held
    while no order is under way, or for longer than half a minute (a bar, if that is longer), it closes that leg and
    waits until the distance has been back at its mean.

    Over past bars: honest if you may sell short what it sells: borrowing is neither checked nor paid for. Both legs
    trade at their next open, which live are two moments, with two spreads.
    """

    first: str = param("MSFT", kind="symbol", help="one of the two")
    second: str = param("AAPL", kind="symbol", help="the other")
    bar: str = param("5min", kind="bar", help="length of a bar")
    window: int = param(120, 5, 2_000, help="bars that mean and deviation are of")
    enter: float = param(2.0, 0.1, 10, help="deviations at which it enters")
    leave: float = param(0.5, -5, 5, help="deviations at which it closes")
    give_up: float = param(3.5, 0.2, 20, help="deviations at which it gives up")
    cash: float = param(10_000.0, 1, 10_000_000, help="money for each leg, in the account's currency")

    def on_start(self) -> None:
        if self.first == self.second:
            raise IbtuiError("bad_parameter", "first and second must be two symbols.")
        if not self.leave < self.enter < self.give_up:
            raise IbtuiError(
                "bad_parameter", "leave, enter and give_up must be in this order, each more than the last."
            )
        self._distance = self.zscore(self.window)["the ratio"]
        self._alone: datetime | None = None

    @property
    def _legs(self) -> tuple[str, str]:
        return self.first, self.second

    def on_bars(self, bars: tuple[Bar, ...]) -> None:
        closes = {bar.symbol: bar.close for bar in bars}
        if len(closes) == len(self._legs):
            ratio = math.log(closes[self.first] / closes[self.second])
            self._distance.update(Bar("the ratio", bars[0].time, ratio, ratio, ratio, ratio))
        score = self._distance.value
        if self.warming or score is None:
            return
        if score * self.memory.get("tired", 0) >= 0:
            self.memory["tired"] = 0
        doing = self._decide(score, both=len(closes) == len(self._legs))
        self.explain("{} over {} is {:+.2f} deviations away · {}", self.first, self.second, score, doing)

    def _decide(self, score: float, both: bool) -> str:
        held = [symbol for symbol in self._legs if self.position(symbol)]
        if len(held) == 1:
            return self._lone(held[0], score)
        self._alone = None
        if held:
            return self._hold(score * (1 if self.position(self.first) < 0 else -1))
        if any(self.orders(symbol) for symbol in self._legs):
            return "waits for its orders"
        if self.memory.get("tired"):
            return "waits for the mean after giving up"
        if not both or not self.enter <= abs(score) < self.give_up:
            return "stays out"
        return self._enter(1 if score < 0 else -1)

    def _enter(self, side: int) -> str:
        """Buy the first and sell the second, or the other way for -1; both or neither must be affordable."""
        prices = [self.last(symbol) for symbol in self._legs]
        if any(price is None or price > self.cash for price in prices):
            return "stays out: the money does not reach for one of each"
        (self.buy if side > 0 else self.sell)(self.first, cash=self.cash)
        (self.sell if side > 0 else self.buy)(self.second, cash=self.cash)
        return f"buys {self.first if side > 0 else self.second}, sells the other"

    def _hold(self, away: float) -> str:
        """`away` are the deviations in the direction against which it bets."""
        if self.leave < away < self.give_up:
            return "holds both"
        if away >= self.give_up:
            self.memory["tired"] = 1 if self.position(self.first) > 0 else -1
        for symbol in self._legs:
            self.close(symbol)
        return "closes both: back together" if away <= self.leave else "gives up: too far apart"

    def _lone(self, symbol: str, score: float) -> str:
        """One leg alone: wait for the other's order, but not for long, and do not try again at once."""
        other = self.second if symbol == self.first else self.first
        self._alone = self._alone or self.now
        if self.orders(other) and self.now - self._alone < PATIENCE:
            return f"holds {symbol} and waits for {other}"
        for leg in self._legs:
            self.close(leg)
        self.memory["tired"] = 1 if score < 0 else -1
        self.log(f"only {symbol} is held: it is closed")
        return f"closes {symbol}: it stands alone"
