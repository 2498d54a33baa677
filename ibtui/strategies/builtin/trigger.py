"""Acting on news, releases and what other programs say."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.signal import Signal
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param


class Trigger(Strategy):
    """Buys or sells when something happens: a headline, a release, an alert, a prediction of another program.

    An event fires it when it is of `kind` (empty: any), is about `symbol` or the whole market, has one of `words` in
    its text, comes from `source` (empty: any), and its value, or what it surprises by, is `least` or more away from
    zero where `measure` says to look at it. `direction` follow buys on a value above zero and sells on one below. The
    entry is at market with a stop and a target in percent; it is closed after `hold` minutes. It enters `most` times a
    day, and never while it holds something. Announcements of what is still to come do not fire it.

    It needs events: IB's news, a calendar, `ibtui signal AAPL sentiment 0.8`, or any program that says so.

    Over past bars: only with recorded events (`--events`), and then late: an event counts when the bar in which it came
    closes, and the entry is at the next open, while the market moves within seconds. With bars of a minute that is
    often most of the move.
    """

    symbol: str = param("SPY", kind="symbol", help="what it trades")
    bar: str = param("1min", kind="bar", help="length of a bar")
    kind: str = param("news", help="kind of event: news, economic, alert, sentiment ...; empty for any")
    words: str = param("", help="words of which one must be in the text, separated by commas; empty for any text")
    source: str = param("", help="who must have said it; empty for anybody")
    measure: str = param("none", choices=("none", "value", "surprise"), help="what of the event must be large enough")
    least: float = param(0.0, 0, 1_000_000_000, help="how far from zero that must be")
    direction: str = param("buy", choices=("buy", "sell", "follow", "against"), help="what it does")
    shares: int = param(100, 1, 10_000, help="quantity of an entry")
    stop: float = param(1.0, 0.05, 50, help="protective stop, percent from the price")
    target: float = param(0.0, 0, 500, help="target, percent from the price; 0 for none")
    hold: int = param(30, 1, 100_000, help="minutes after which it closes")
    most: int = param(3, 1, 1_000, help="entries a day")

    def on_start(self) -> None:
        self._words = [word.strip().lower() for word in self.words.split(",") if word.strip()]

    def on_event(self, event: Signal) -> None:
        side = 0 if self.warming else self._side(event)
        price = self.last(self.symbol)
        if not side or price is None:
            return
        what = f"{event.kind} {event.text or event.value}"[:60]
        refused = self._refused()
        if refused:
            self.explain("{} · does nothing: {}", what, refused)
            return
        (self.buy if side > 0 else self.sell)(
            self.symbol,
            self.shares,
            sl=price * (1 - side * self.stop / 100),
            tp=price * (1 + side * self.target / 100)
            if self.target and price * (1 + side * self.target / 100) > 0
            else None,
        )
        self.memory |= {"day": self._day, "entries": self._entries + 1, "asked": self.now.isoformat()}
        self.explain("{} · {} {}", what, "buys" if side > 0 else "sells", self.shares)
        self.log(f"{what}: {'buys' if side > 0 else 'sells'} {self.shares} {self.symbol}")

    def on_bar(self, bar: Bar) -> None:
        if self.warming:
            return
        asked = self.memory.get("asked")
        if self.position(bar.symbol) and asked is not None:
            left = datetime.fromisoformat(asked) + timedelta(minutes=self.hold) - self.now
            if left <= timedelta(0):
                self.close(bar.symbol)
            doing = (
                "closes: time is over" if left <= timedelta(0) else f"holds, {left.total_seconds() / 60:.0f} min left"
            )
            self.explain("{:+g} · {}", self.position(bar.symbol), doing)
        elif not self.orders(bar.symbol):
            self.explain("waits for an event · {} of {} entries today", self._entries, self.most)

    def on_fill(self, fill: Fill) -> None:
        self.memory.setdefault("asked", self.now.isoformat())

    def _side(self, event: Signal) -> int:
        """1 to buy, -1 to sell, 0 when the event does not fire it."""
        about = event.symbol in ("", self.symbol) and self.kind in ("", event.kind) and event.due is None
        said = self.source in ("", event.source) and (not self._words or self._heard(event.text))
        value = event.surprise if self.measure == "surprise" else event.value
        if not about or not said or (self.measure != "none" and (value is None or abs(value) < self.least)):
            return 0
        if self.direction in ("buy", "sell"):
            return 1 if self.direction == "buy" else -1
        sign = 0 if not value else 1 if value > 0 else -1
        return sign if self.direction == "follow" else -sign

    def _heard(self, text: str) -> bool:
        text = text.lower()
        return any(word in text for word in self._words)

    def _refused(self) -> str:
        if self.position(self.symbol) or self.orders(self.symbol):
            return "it is in the market"
        return f"{self.most} entries today" if self._entries >= self.most else ""

    @property
    def _day(self) -> str:
        return self.session(self.symbol).day.isoformat()

    @property
    def _entries(self) -> int:
        return int(self.memory.get("entries", 0)) if self.memory.get("day") == self._day else 0
