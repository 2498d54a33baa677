"""The breakout of the day's first range."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from ibtui.domain.bar import Bar, bar_seconds
from ibtui.domain.calendar.new_york import NEW_YORK, exchange_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.indicators import Crossing
from ibtui.strategies.author.parameters import param

SESSION = 23_400
"""Seconds of a stock's session."""
MOST_BARS = 1_000
"""Past bars that it asks for to learn the range from."""


class OpeningRange(Crossing):
    """Highest and lowest price from `opens` for `minutes`, New York; `value` is the high once the range is over."""

    __slots__ = ("_opens", "_span", "day", "high", "low")

    def __init__(self, opens: time, minutes: int) -> None:
        super().__init__(1)
        self._opens = opens
        self._span = timedelta(minutes=minutes)
        self.day: date | None = None
        self.high = 0.0
        self.low = 0.0

    def update(self, bar: Bar) -> None:
        local = bar.time.astimezone(NEW_YORK).replace(tzinfo=None)
        begun = datetime.combine(local.date(), self._opens)
        if local < begun:
            self.previous = self.value = None
        elif local < begun + self._span:
            self._widen(local.date(), bar)
            self.previous = self.value = None
        else:
            self.previous, self.value = self.value, self.high if self.day == local.date() else None

    def _widen(self, day: date, bar: Bar) -> None:
        same = day == self.day
        self.high, self.low = (max(self.high, bar.high), min(self.low, bar.low)) if same else (bar.high, bar.low)
        self.day = day


class Orb(Strategy):
    """Buys above the range of the first minutes, or sells short below it; flat before the close.

    The range is the highest and lowest price of the first `minutes` after `opens`. Once a bar closes more than `buffer`
    percent of the range beyond it, it enters, once a day and not after `latest`, with a stop at the other side of the
    range and a target at `reward` times that risk. At `flat` it closes whatever is left. Times are New York.

    It needs bars much shorter than the range. Switched on within the session it learns the range from past bars.

    Over past bars: honest with bars of a minute. It decides on closes and trades at the next open; where a bar reaches
    both stop and target, the stop is taken. Spreads just after the open are wide: give the backtest slippage.
    """

    symbol: str = param("SPY", kind="symbol", help="what it trades")
    bar: str = param("1min", kind="bar", help="length of a bar")
    minutes: int = param(15, 1, 240, help="length of the range")
    buffer: float = param(5.0, 0, 100, help="percent of the range beyond it that a close must be")
    reward: float = param(2.0, 0.1, 20, help="target, in distances of the stop")
    sides: str = param("both", choices=("both", "long", "short"), help="which breakouts it takes")
    shares: int = param(100, 1, 10_000, help="quantity of an entry")
    opens: str = param("09:30", kind="time", help="when the session opens")
    latest: str = param("14:00", kind="time", help="after which it does not enter")
    flat: str = param("15:55", kind="time", help="when it closes what is left")

    def on_start(self) -> None:
        if bar_seconds(self.bar) > self.minutes * 60:
            raise IbtuiError("bad_parameter", f"a range of {self.minutes} minutes needs shorter bars than {self.bar}.")
        opens, self._latest, self._flat = (time.fromisoformat(text) for text in (self.opens, self.latest, self.flat))
        bars = min(max(SESSION // bar_seconds(self.bar), 1), MOST_BARS)
        self._ranges = self.indicator(
            ("opening range", opens, self.minutes), lambda: OpeningRange(opens, self.minutes), bars
        )
        self._before: float | None = None

    def on_bar(self, bar: Bar) -> None:
        found, local = self._ranges[bar.symbol], self.now.astimezone(NEW_YORK)
        before, self._before = self._before, bar.close
        held = self.position(bar.symbol)
        if local.time() >= self._flat:
            self.close(bar.symbol)
            doing = "flat for the day" if not held else "closes"
        elif found.value is None:
            self.explain("waits for the range of {} min from {}", self.minutes, self.opens)
            return
        elif held:
            doing = f"holds {held:+g}"
        elif self.memory.get("day") == local.date().isoformat():
            doing = "has traded today"
        elif local.time() >= self._latest:
            doing = "too late to enter"
        else:
            doing = self._look(bar, found, before)
        self.explain("range {:.2f} to {:.2f}, now {:.2f} · {}", found.low, found.high, bar.close, doing)

    def _look(self, bar: Bar, found: OpeningRange, before: float | None) -> str:
        """Enter where this close is beyond the range and the one before was not."""
        edge = (found.high - found.low) * self.buffer / 100
        up, down = found.high + edge, found.low - edge
        if before is None or self.orders(bar.symbol) or found.high <= found.low:
            return "waits"
        if self.sides != "short" and bar.close > up >= before:
            target = bar.close + self.reward * (bar.close - found.low)
            self.buy(bar.symbol, self.shares, sl=found.low, tp=target)
            return f"buys {self.shares}"
        if self.sides != "long" and bar.close < down <= before:
            target = bar.close - self.reward * (found.high - bar.close)
            self.sell(bar.symbol, self.shares, sl=found.high, tp=target if target > 0 else None)
            return f"sells {self.shares}"
        return "waits for a breakout"

    def on_fill(self, fill: Fill) -> None:
        self.memory["day"] = exchange_day(fill.time).isoformat()
