"""Closing what is held before the session ends, so that nothing stays overnight."""

from __future__ import annotations

from datetime import time

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param


class EodFlatten(Strategy):
    """Closes your positions at the end of the day.

    From `when` (New York) until midnight, whatever you hold in `symbols` is closed at market, at the close of a bar.
    What strategies hold in them is yours, too, as far as the account is concerned: those that hold overnight should
    trade other symbols.

    It needs bars, so that it decides in time: a minute or shorter. Your stops and targets go once the position is
    closed. Entries of yours stay, and could open a position again: cancel them.

    Over past bars: there is no position of yours in the past, so it has nothing to close there.
    """

    for_trader = True

    symbols: tuple[str, ...] = param(("SPY",), help="what is closed; watchlist for all that you watch")
    bar: str = param("1min", kind="bar", help="length of a bar")
    when: str = param("15:55", kind="time", help="from when on, New York", changeable=True)

    def on_bars(self, bars: tuple[Bar, ...]) -> None:
        if self.warming:
            return
        held = self.held
        if self.now.astimezone(NEW_YORK).time() < time.fromisoformat(self.when):
            self.explain("holds {} · closes at {}", " ".join(held) or "nothing", self.when)
            return
        for symbol in held:
            self.close(symbol)
        self.explain("closes {}", " ".join(held)) if held else self.explain("flat")
