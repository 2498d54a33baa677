"""The breakout of the day's first range."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from ibtui.domain.bar import Bar, bar_seconds
from ibtui.domain.calendar.daytime import DayTime
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.indicators import Crossing
from ibtui.strategies.author.parameters import param
from ibtui.strategies.builtin.flat import flat_from

SESSION = 23_400
"""Seconds of a stock's session."""
MOST_BARS = 1_000
"""Past bars that it asks for to learn the range from."""


class OpeningRange(Crossing):
    """Highest and lowest price of the first `minutes` from a moment of each session on; `value` is the high once the
    range is over, until the session ends.
    """

    __slots__ = ("_begun", "_end", "_opens", "_sessions", "_span", "day", "high", "low")

    def __init__(self, opens: DayTime, minutes: int, sessions: Callable[[str], InstrumentSessions]) -> None:
        super().__init__(1)
        self._opens = opens
        self._span = timedelta(minutes=minutes)
        self._sessions = sessions
        self._begun = self._end = datetime.min.replace(tzinfo=UTC)
        self.day: date | None = None
        """The date of the session that the range is of."""
        self.high = 0.0
        self.low = 0.0

    def update(self, bar: Bar) -> None:
        if bar.time >= self._end:
            self._begin(bar)
        if bar.time < self._begun:
            self.previous = self.value = None
        elif bar.time < self._begun + self._span:
            self._widen(bar)
            self.previous = self.value = None
        else:
            self.previous, self.value = self.value, self.high if self.day is not None else None

    def _begin(self, bar: Bar) -> None:
        sessions = self._sessions(bar.symbol)
        session = sessions.at(bar.time)
        self._begun, self._end = self._opens.of(sessions, session, timedelta(0)), session.end
        self.day = None

    def _widen(self, bar: Bar) -> None:
        known = self.day is not None
        self.high, self.low = (max(self.high, bar.high), min(self.low, bar.low)) if known else (bar.high, bar.low)
        self.day = self._sessions(bar.symbol).at(bar.time).day


class Orb(Strategy):
    """Buys above the range of the first minutes, or sells short below it; flat before the close.

    The range is the highest and lowest price of the first `minutes` after `opens`. Once a bar closes more than `buffer`
    percent of the range beyond it, it enters, once a day and not after `latest`, with a stop at the other side of the
    range and a target at `reward` times that risk. At `flat` it closes whatever is left, and earlier where that leaves
    no bar before the close: on a day that ends early, with long bars. Times are New York's, or of the session: open,
    open+5m, close-5m.

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
    opens: str = param("open", kind="time", help="when the range begins")
    latest: str = param("close-2h", kind="time", help="after which it does not enter")
    flat: str = param("close-5m", kind="time", help="when it closes what is left")

    def on_start(self) -> None:
        if bar_seconds(self.bar) > self.minutes * 60:
            raise IbtuiError("bad_parameter", f"a range of {self.minutes} minutes needs shorter bars than {self.bar}.")
        opens = DayTime.read(self.opens)
        bars = min(max(SESSION // bar_seconds(self.bar), 1), MOST_BARS)
        self._ranges = self.indicator(
            ("opening range", opens, self.minutes), lambda: OpeningRange(opens, self.minutes, self._sessions), bars
        )
        self._ends = datetime.min.replace(tzinfo=UTC)
        self._before: float | None = None

    def _begin_session(self) -> None:
        """Which session it is, and until when it enters and holds."""
        session = self.session(self.symbol)
        self._ends, self._day = session.end, session.day.isoformat()
        self._latest = self.moment(self.latest, self.symbol)
        self._flat = flat_from(self, self.flat, self.symbol, self.bar)

    def on_bar(self, bar: Bar) -> None:
        found = self._ranges[bar.symbol]
        before, self._before = self._before, bar.close
        if self.now > self._ends:
            self._begin_session()
        held = self.position(bar.symbol)
        if self.now >= self._flat:
            self.close(bar.symbol)
            doing = "flat for the day" if not held else "closes"
        elif found.value is None:
            self.explain("waits for the range of {} min from {}", self.minutes, self.opens)
            return
        elif held:
            doing = f"holds {held:+g}"
        elif self.memory.get("day") == self._day:
            doing = "has traded today"
        elif self.now >= self._latest:
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
        self.memory["day"] = self.session(fill.symbol).day.isoformat()
