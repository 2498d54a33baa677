"""Holding the strongest of many."""

from __future__ import annotations

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import param


class Momentum(Strategy):
    """Ranks a list by what each has gained and holds the strongest few.

    Every `rank_every` bars, or with the first close of each week or month (`rank`), it ranks `symbols` by their change
    over `lookback` bars, sells what is no more among the `top` and buys what is new there, each for `share` percent of
    the account. What has not gained is never bought. `stop` and `target` put a bracket around every entry, in percent
    of the close.

    It needs the bars of every symbol: `symbols=watchlist` takes those that you watch, as they are when it starts. The
    count of bars goes on after a restart. Weeks and months are those of the exchange's sessions.

    Over past bars: honest in its trades: it ranks closes and trades at the next open. What no backtest of it can say is
    how you came by the list: today's strong names were not known then, and those that failed are not on it.
    """

    symbols: tuple[str, ...] = param(("AAPL", "MSFT", "NVDA", "AMZN", "TSLA"), help="what it ranks")
    bar: str = param("1d", kind="bar", help="length of a bar")
    lookback: int = param(60, 1, 500, help="bars over which a change is measured")
    top: int = param(2, 1, 50, help="how many it holds")
    rank_every: int = param(20, 1, 500, help="bars between two rankings")
    rank: str = param("bars", choices=("bars", "week", "month"), help="when it ranks: after so many bars, or each ...")
    share: float = param(20.0, 0.1, 100, help="percent of the account for each")
    stop: float = param(0.0, 0, 50, help="protective stop, percent below the close; 0 for none")
    target: float = param(0.0, 0, 500, help="target, percent above the close; 0 for none")

    def on_start(self) -> None:
        if len(self.symbols) < 2:
            raise IbtuiError("bad_parameter", "symbols must be two or more: there is nothing to rank in one.")
        self.change = self.roc(self.lookback)
        if self.rank in ("week", "month"):
            self.every("week" if self.rank == "week" else "month", self.turned)

    def turned(self, bars: tuple[Bar, ...]) -> None:
        """A week or a month has begun: rank now."""
        if not self.warming:
            ranked = self.ranked()
            self.rotate(ranked)
            self._tell(ranked, f"ranks again next {self.rank}")

    def on_bars(self, bars: tuple[Bar, ...]) -> None:
        # What it counts is of its decisions, so the past that warms it up must not move it.
        if self.warming:
            return
        ranked = self.ranked()
        if self.rank != "bars":
            self._tell(ranked, f"ranks again next {self.rank}")
            return
        left = self.memory.get("left", 0)
        if not left and ranked:
            self.rotate(ranked)
            left = self.rank_every
        self.memory["left"] = max(left - 1, 0)
        self._tell(ranked, f"ranks again in {self.memory['left']} bars")

    def _tell(self, ranked: list[str], then: str) -> None:
        best = " ".join(f"{symbol} {self.change[symbol].value:+.1f} %" for symbol in ranked[: self.top])
        self.explain("strongest {} · holds {} · {}", best or "none yet", " ".join(self.held) or "nothing", then)

    def ranked(self) -> list[str]:
        """Symbols that gained, the strongest first; of equals the one that was named first."""
        known = [(symbol, self.change[symbol].value) for symbol in self.symbols]
        gained = [(symbol, value) for symbol, value in known if value is not None and value > 0]
        return [symbol for symbol, _ in sorted(gained, key=lambda one: one[1], reverse=True)]

    def rotate(self, ranked: list[str]) -> None:
        """Hold the first few of the ranking and nothing else."""
        best, equity = ranked[: self.top], self.equity
        for symbol in self.symbols:
            if symbol not in best and (self.position(symbol) or self.orders(symbol)):
                self.close(symbol)
        for symbol in best:
            price = self.last(symbol)
            if not self.position(symbol) and not self.orders(symbol) and price is not None and equity:
                self.buy(
                    symbol,
                    cash=equity * self.share / 100,
                    sl=price * (1 - self.stop / 100) if self.stop else None,
                    tp=price * (1 + self.target / 100) if self.target else None,
                )
