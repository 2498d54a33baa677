"""The way back to the average."""

from __future__ import annotations

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param


class MeanReversion(Strategy):
    """Buys what is far below its average and sells when it is back there.

    The distance is the z-score: how many standard deviations of the last `window` closes the price lies from their
    mean. It buys at `enter` below and closes at `leave`; with `sides` both it sells short above, too. It gives up at
    `give_up` deviations, and after `longest` bars. With `trend` it only buys above the average of so many closes, and
    only sells short below it. After giving up it waits until the price has been back at its mean.

    Over past bars: honest. It decides on closes and trades at the next open. It wins often and little and loses seldom
    and much: look at the worst trades, and at years in which prices only fell.
    """

    symbol: str = param("SPY", kind="symbol", help="what it trades")
    bar: str = param("5min", kind="bar", help="length of a bar")
    window: int = param(20, 2, 500, help="closes that the mean and the deviation are of")
    enter: float = param(2.0, 0.1, 10, help="deviations from the mean at which it enters")
    leave: float = param(0.0, -5, 5, help="deviations at which it leaves: 0 is the mean, 1 is one before it")
    give_up: float = param(4.0, 0.2, 20, help="deviations at which it gives up")
    longest: int = param(0, 0, 10_000, help="bars after which it gives up; 0 for never")
    trend: int = param(0, 0, 1_000, help="closes in the average that says which way is allowed; 0 for both")
    sides: str = param("long", choices=("long", "short", "both"), help="which way it trades")
    shares: int = param(100, 1, 10_000, help="quantity of an entry")

    def on_start(self) -> None:
        if not self.leave < self.enter < self.give_up:
            raise IbtuiError(
                "bad_parameter", "leave, enter and give_up must be in this order, each more than the last."
            )
        self._scores = self.zscore(self.window)
        self._averages = self.sma(self.trend) if self.trend else None

    def on_bar(self, bar: Bar) -> None:
        score = self._scores[bar.symbol].value
        if score is None or self.warming:
            return
        held = self.position(bar.symbol)
        if score * self.memory.get("tired", 0) >= 0:
            self.memory["tired"] = 0
        if held:
            doing = self._hold(bar.symbol, -score if held > 0 else score)
        else:
            self.memory["bars"] = 0
            doing = self._look(bar, score)
        self.explain("{:.2f} is {:+.2f} deviations from its mean · {}", bar.close, score, doing)

    def _hold(self, symbol: str, away: float) -> str:
        """`away` are the deviations in the direction against which the position bets."""
        self.memory["bars"] = self.memory.get("bars", 0) + 1
        late = bool(self.longest) and self.memory["bars"] >= self.longest
        if away > self.leave and away < self.give_up and not late:
            return "holds"
        self.close(symbol)
        if away <= self.leave:
            return "closes: back at its mean"
        self.memory["tired"] = 1 if self.position(symbol) > 0 else -1
        return "gives up: too long" if late else "gives up: too far"

    def _look(self, bar: Bar, score: float) -> str:
        if self.orders(bar.symbol):
            return "waits for its order"
        if self.memory.get("tired"):
            return "waits for the mean after giving up"
        if not self.enter <= abs(score) < self.give_up:
            return "stays out"
        side = 1 if score < 0 else -1
        if self.sides == ("short" if side > 0 else "long"):
            return "stays out"
        average = None if self._averages is None else self._averages[bar.symbol].value
        if self._averages is not None and (average is None or (bar.close - average) * side < 0):
            return "stays out: against the trend"
        (self.buy if side > 0 else self.sell)(bar.symbol, self.shares)
        return f"{'buys' if side > 0 else 'sells'} {self.shares}"
