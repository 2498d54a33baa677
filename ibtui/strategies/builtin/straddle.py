"""A call and a put before an event: the strategy that bets on a move, whichever way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.failure import IbtuiError
from ibtui.domain.options.chain import option_name
from ibtui.domain.signal import Signal
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param

AGAIN = timedelta(minutes=1)
"""After which it asks again when nothing came of an entry."""


class Straddle(Strategy):
    """Buys a call and a put of one strike before an event and sells both after it.

    The event is a moment that you give (`event`, New York time), or one that a calendar or another program announces:
    the next of `kind` for this symbol or for the whole market that is still due. It buys `before` minutes ahead, the
    first expiry at least `days` away, at the strike nearest to the price, as one order; it sells `hold` minutes after
    the event, or earlier when the two are worth `target` percent more or `stop` percent less than they cost. The most
    it can lose is what it paid.

    Over past bars: a model prices the options at one volatility, which neither rises before an event nor falls after
    it. That fall is what a straddle most often loses by, so the past says too much good of this strategy.
    """

    symbol: str = param("AAPL", kind="symbol", help="the underlying")
    bar: str = param("1min", kind="bar", help="length of a bar")
    event: str = param("", help="when, New York: 2026-12-10T16:05; empty waits for one that is announced")
    kind: str = param("earnings", help="the kind of announced event to wait for")
    before: int = param(60, 1, 10_080, help="minutes before the event to buy")
    hold: int = param(30, 0, 10_080, help="minutes after the event to sell")
    days: int = param(7, 1, 365, help="least days until the options expire")
    quantity: int = param(1, 1, 10, help="straddles to buy")
    target: float = param(0.0, 0, 1_000, help="percent above the cost at which to sell; 0 for none")
    stop: float = param(0.0, 0, 100, help="percent below the cost at which to sell; 0 for none")

    def on_start(self) -> None:
        self._asked: datetime | None = None
        if self.event:
            self.memory["due"] = _moment(self.event).isoformat()

    @property
    def due(self) -> datetime | None:
        """When the event is due that it trades before."""
        text = self.memory.get("due")
        return datetime.fromisoformat(text) if text else None

    def on_event(self, event: Signal) -> None:
        known, mine = self.due, event.symbol in ("", self.symbol) and event.kind == self.kind
        if self.event or not mine or event.due is None or event.due <= self.now:
            return
        if known is None or known <= self.now - timedelta(minutes=self.hold) or event.due < known:
            self.memory["due"] = event.due.astimezone(UTC).isoformat()

    def on_bar(self, bar: Bar) -> None:
        legs, due = self._legs(), self.due
        if legs:
            self._watch(legs, due)
        elif due is None:
            self.explain("waits for an event of kind {}", self.kind)
        elif self.now >= due or self.memory.get("done") == due.isoformat():
            self.explain("done with the event of {:%d %b %H:%M} UTC", due)
        elif self.now < due - timedelta(minutes=self.before):
            self.explain("waits until {} min before {:%d %b %H:%M} UTC", self.before, due)
        elif not self.warming and (self._asked is None or self.now - self._asked >= AGAIN):
            self._enter()

    def _legs(self) -> list[str]:
        """The options that it holds."""
        return [symbol for symbol in self.held if option_name(symbol) is not None]

    def _enter(self) -> None:
        try:
            call, put = self.chain(self.symbol, days=self.days).straddle(days=self.days)
        except IbtuiError as error:
            self._asked = self.now
            self.explain("no straddle: {}", error.message)
            return
        self._asked = self.now if self.combo([(call, 1), (put, 1)], self.quantity) else None
        self.memory["cost"] = sum(leg.ask or leg.mid or 0.0 for leg in (call, put))
        self.explain("buys {} straddle {:g} of {} at about {:.2f}", self.quantity, call.strike, call.expiry, self._cost)

    @property
    def _cost(self) -> float:
        return float(self.memory.get("cost", 0.0))

    def _watch(self, legs: list[str], due: datetime | None) -> None:
        prices = [self.last(symbol) for symbol in legs]
        worth = sum(price or 0.0 for price in prices)
        gain = (worth / self._cost - 1) * 100 if self._cost and None not in prices and len(legs) == 2 else None
        why = ""
        if due is not None and self.now >= due + timedelta(minutes=self.hold):
            why = "the event is over"
        elif gain is not None and self.target and gain >= self.target:
            why = f"{gain:.0f} % above the cost"
        elif gain is not None and self.stop and gain <= -self.stop:
            why = f"{-gain:.0f} % below the cost"
        if why:
            self.memory["done"] = "" if due is None else due.isoformat()
            for symbol in legs:
                self.close(symbol)
        doing = f"sells: {why}" if why else "waits" if due is not None else "it does not know for which event"
        self.explain("holds {:.2f}, cost {:.2f} · {}", worth, self._cost, doing)


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text.replace(" ", "T"), "%Y-%m-%dT%H:%M").replace(tzinfo=NEW_YORK).astimezone(UTC)
    except ValueError:
        raise IbtuiError("bad_parameter", f"event is written 2026-12-10T16:05, not {text[:20]!r}.") from None
