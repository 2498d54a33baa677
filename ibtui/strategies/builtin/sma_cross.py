"""The crossing of two averages: the strategy to learn from."""

from __future__ import annotations

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param


class SmaCross(Strategy):
    """Long while the fast average is above the slow one.

    Buys at the close at which the fast average crosses above the slow one, and is flat again when it is below. With
    `stop` or `target` every entry is a bracket, at a distance in percent from that close.

    Over past bars: honest. It decides on closes and trades at the next open; only stops and targets depend on the
    unknown order of prices within a bar, where the backtest takes the stop first.
    """

    symbol: str = param("SPY", kind="symbol", help="what it trades")
    fast: int = param(3, 1, 200, help="bars in the fast average")
    slow: int = param(8, 2, 5_000, help="bars in the slow average")
    bar: str = param("1s", kind="bar", help="length of a bar; this default trades often, for the demo")
    shares: int = param(100, 1, 10_000, help="quantity of an entry")
    stop: float = param(0.0, 0, 50, help="protective stop, percent below the close; 0 for none")
    target: float = param(0.0, 0, 500, help="target, percent above the close; 0 for none")

    def on_start(self) -> None:
        if self.fast >= self.slow:
            raise IbtuiError("bad_parameter", f"fast must be less than slow, not {self.fast} and {self.slow}.")
        self.fast_average, self.slow_average = self.sma(self.fast), self.sma(self.slow)

    def on_bar(self, bar: Bar) -> None:
        fast, slow = self.fast_average[bar.symbol], self.slow_average[bar.symbol]
        if fast.value is None or slow.value is None:
            return
        held = self.position(bar.symbol)
        relation, doing = "equal to", "holds" if held else "stays out"
        if fast.value > slow.value:
            relation = "above"
            if not held and fast.crossed_above(slow):
                self._enter(bar)
                relation, doing = "crossed above", f"buys {self.shares}"
        elif fast.value < slow.value:
            # Flat as well: an entry that has not filled yet must not fill against the averages.
            self.close(bar.symbol)
            relation = "crossed below" if fast.crossed_below(slow) else "below"
            doing = "closes" if held else doing
        digits = 2 if bar.close >= 5 else 5
        self.explain("fast {:.{}f} {} slow {:.{}f} · {}", fast.value, digits, relation, slow.value, digits, doing)

    def _enter(self, bar: Bar) -> None:
        self.buy(
            bar.symbol,
            self.shares,
            sl=bar.close * (1 - self.stop / 100) if self.stop else None,
            tp=bar.close * (1 + self.target / 100) if self.target else None,
        )
