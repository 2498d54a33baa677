"""Shares, and a call sold against them: an income for giving away what lies above a price."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.options.chain import option_name
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param

AGAIN = timedelta(minutes=1)
"""After which it asks again when nothing came of an order."""
SHARES = 100
"""That one call is about."""


class CoveredCall(Strategy):
    """Holds shares and sells a call against each hundred of them, again and again.

    It buys the shares first, then sells calls nearest to `delta` that expire at least `days` away, at the bid or
    better. It buys them back when `take` percent of what they brought is earned or when `roll` days are left, and sells
    the next. Calls are never sold before the shares are there; when it is switched off, shares and calls stay.

    Over past bars: a model prices the calls at one volatility for every strike; the real market pays more or less for
    those far from the money, and shares may be called away early for their dividend. The shape is right, the income is
    not more than a guess.
    """

    symbol: str = param("AAPL", kind="symbol", help="the shares")
    bar: str = param("5min", kind="bar", help="length of a bar")
    hundreds: int = param(1, 1, 10, help="hundreds of shares, and calls")
    delta: float = param(0.30, 0.01, 0.99, help="of the call to sell; lower is further above the price")
    days: int = param(30, 1, 365, help="least days until a call that is sold expires")
    roll: int = param(5, 0, 60, help="days left at which a call is bought back")
    take: float = param(75.0, 1, 100, help="percent of the income earned at which a call is bought back")

    def on_start(self) -> None:
        self._asked: datetime | None = None

    def on_bar(self, bar: Bar) -> None:
        if self.warming:
            return
        calls = [symbol for symbol in self.held if option_name(symbol) is not None and self.position(symbol) < 0]
        missing = self.hundreds * SHARES - self.position(self.symbol)
        if calls:
            self._watch(calls[0])
        elif missing > 0:
            if self._may_ask(self.symbol) and self.buy(self.symbol, missing):
                self._asked = self.now
            self.explain("buys {:g} shares", missing)
        elif self._may_ask(self.memory.get("call", self.symbol)):
            self._write()

    def on_fill(self, fill: Fill) -> None:
        if fill.symbol == self.memory.get("call") and self.position(fill.symbol) < 0:
            self.memory["income"] = fill.price
        if not self.position(fill.symbol) or fill.symbol == self.symbol:
            self._asked = None  # what it asked for is done

    def _may_ask(self, symbol: str) -> bool:
        """Nothing is out, and nothing was asked for a while ago and came to nothing."""
        return not self.orders(symbol) and (self._asked is None or self.now - self._asked >= AGAIN)

    def _write(self) -> None:
        self._asked = self.now
        try:
            call = self.chain(self.symbol, days=self.days).pick("C", delta=self.delta, days=self.days)
        except IbtuiError as error:
            self.explain("no call: {}", error.message)
            return
        if not call.bid:
            self.explain("nobody bids for {}", call.symbol)
            return
        self.memory["call"] = call.symbol
        self.sell(call.symbol, self.hundreds, limit=call.bid)
        self.explain("sells {} of delta {:.2f} at {:.2f}", call.symbol, call.delta or 0.0, call.bid)

    def _watch(self, call: str) -> None:
        name, price = option_name(call), self.last(call)
        income = float(self.memory.get("income", 0.0))
        left = (name.expiry - exchange_day(self.now)).days if name is not None else 0
        earned = None if price is None or not income else (1 - price / income) * 100
        why = ""
        if left <= self.roll:
            why = f"{left} days left"
        elif earned is not None and earned >= self.take:
            why = f"{earned:.0f} % earned"
        if why:
            self.close(call)
        shown = "?" if earned is None else f"{earned:.0f} %"
        self.explain(
            "{} · {} days, {} of the income earned{}", call, left, shown, f" · buys back: {why}" if why else ""
        )
