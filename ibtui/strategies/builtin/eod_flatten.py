"""Closing what is held before the session ends, so that nothing stays overnight."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.bar import Bar, bar_seconds
from ibtui.domain.quote import Quote
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param
from ibtui.strategies.builtin.flat import flat_from


class EodFlatten(Strategy):
    """Closes your positions at the end of the day.

    From `when` on, until the session of each ends, whatever you hold in `symbols` is closed at market: at the close of
    a bar, or as soon as a quote comes after it. `when` is a time in New York, or close-5m, open+2h. On a day that ends
    early it closes so early that one bar is left. What strategies hold in them is yours, too, as far as the account is
    concerned: those that hold overnight should trade other symbols.

    It needs bars, so that it decides in time: a minute or shorter. Your stops and targets go once the position is
    closed. Entries of yours stay, and could open a position again: cancel them.

    Over past bars: there is no position of yours in the past, so it has nothing to close there.
    """

    for_trader = True

    symbols: tuple[str, ...] = param(("SPY",), help="what is closed; watchlist for all that you watch")
    bar: str = param("1min", kind="bar", help="length of a bar")
    when: str = param("close-5m", kind="time", help="from when on", changeable=True)

    def on_start(self) -> None:
        self._asked: dict[str, datetime] = {}

    def on_bars(self, bars: tuple[Bar, ...]) -> None:
        self._look()

    def on_quote(self, quote: Quote) -> None:
        self._look()

    def _look(self) -> None:
        if self.warming:
            return
        held = self.held
        due = [symbol for symbol in held if self.now >= flat_from(self, self.when, symbol, self.bar)]
        for symbol in due:
            self._close(symbol)
        if due:
            self.explain("closes {}", " ".join(due))
        elif held:
            self.explain("holds {} · closes at {}", " ".join(held), self.when)
        else:
            self.explain("flat")

    def _close(self, symbol: str) -> None:
        """Close it; what comes to nothing is tried again after a bar, not with every quote."""
        asked = self._asked.get(symbol)
        if asked is None or self.now - asked >= timedelta(seconds=bar_seconds(self.bar)):
            self._asked[symbol] = self.now
            self.close(symbol)
