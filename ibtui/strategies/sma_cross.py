"""The crossing of two averages: the strategy to learn from."""

from __future__ import annotations

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.strategies.base import Strategy
from ibtui.strategies.parameters import param


class SmaCross(Strategy):
    """Long while the fast average is above the slow one."""

    symbol: str = param("SPY", kind="symbol", help="what it trades")
    fast: int = param(3, 1, 200, help="bars in the fast average")
    slow: int = param(8, 2, 400, help="bars in the slow average")
    bar: str = param("1s", kind="bar", help="length of a bar; this default trades often, for the demo")
    shares: int = param(100, 1, 10_000, help="quantity of an entry")
    stop: float = param(1.0, 0, 20, help="protective stop, percent below the close; 0 for none")

    def on_start(self) -> None:
        if self.fast >= self.slow:
            raise IbtuiError("bad_parameter", f"fast must be less than slow, not {self.fast} and {self.slow}.")
        self.fast_average, self.slow_average = self.sma(self.fast), self.sma(self.slow)

    def on_bar(self, bar: Bar) -> None:
        fast, slow = self.fast_average[bar.symbol], self.slow_average[bar.symbol]
        if fast.value is None or slow.value is None:
            return
        held = self.position(bar.symbol)
        doing = "holds" if held else "stays out"
        relation = "above" if fast.value > slow.value else "below" if fast.value < slow.value else "equal to"
        if fast.crossed_above(slow):
            relation = "crossed above"
            if not held:
                self.buy(bar.symbol, self.shares, sl=bar.close * (1 - self.stop / 100) if self.stop else None)
                doing = f"buys {self.shares}"
        elif fast.value < slow.value:
            relation = "crossed below" if fast.crossed_below(slow) else relation
            # Flat as well: an entry that has not filled yet must not fill against the averages.
            self.close(bar.symbol)
            doing = "closes" if held else doing
        self.explain(f"fast {_price(fast.value)} {relation} slow {_price(slow.value)} · {doing}")


def _price(value: float) -> str:
    return f"{value:.2f}" if value >= 5 else f"{value:.5f}"
