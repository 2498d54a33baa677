"""Who plays: strategies that ship and strategies of the guide, each with a symbol and values with which it decides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.guide.blocks import blocks

_SYMBOL = re.compile(r"^( +)symbol: str = .*$", re.MULTILINE)
_WITH_BARS = r'\g<0>\n\1bar: str = param("5s", kind="bar")'
"""What makes a strategy of the guide that names no length of its bars, minutes then, decide on short ones."""


class Role(NamedTuple):
    """A strategy and its parameters as they are typed; `guide` names its class where it stands in the guide."""

    parameters: dict[str, str]
    guide: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        named = (self.parameters[name] for name in ("symbol", "symbols", "first", "second") if name in self.parameters)
        return tuple(symbol for text in named for symbol in text.split(","))


SHARES = {"bar": "5s", "shares": "10"}

CAST: dict[str, Role] = {
    "sma_cross": Role({"symbol": "AAPL", "stop": "0.2", "target": "0.3", **SHARES}),
    "mean_reversion": Role({"symbol": "MSFT", "window": "10", "enter": "1", "give_up": "3", "sides": "both", **SHARES}),
    "scalper": Role({"symbol": "NVDA", "gain": "0.1", "loss": "0.2", "rounds": "9", "pause": "5", **SHARES}),
    "orb": Role({"symbol": "AMZN", "minutes": "1", "opens": "09:34", "buffer": "0", "reward": "1", **SHARES}),
    "momentum": Role(
        {"symbols": "TSLA,GOOG,JPM", "lookback": "5", "top": "1", "rank_every": "7", "share": "0.5", "bar": "5s"}
    ),
    "pairs": Role(
        {"first": "XOM", "second": "META", "window": "10", "enter": "1", "leave": "0.5", "give_up": "3", "bar": "5s"}
    ),
    "trigger": Role({"symbol": "AMD", "kind": "prediction", "direction": "follow", "hold": "1", **SHARES}),
    "dip": Role({"symbol": "INTC", "window": "8", "dip": "0.02", "stop": "0.1", **SHARES}, "Dip"),
    "surprise": Role({"symbol": "BAC", "bar": "5s"}, "Surprise"),
    "crossing": Role({"symbol": "KO", "fast": "2", "slow": "5", "bar": "5s"}, "Crossing"),
    "resting": Role({"symbol": "DIS", "below": "0.02", "bar": "5s"}, "Resting"),
    "told": Role({"symbol": "V", "bar": "5s"}, "Told"),
    "on_quotes": Role({"symbol": "MA", "bar": "5s"}),
}
THIN = "thin"
"""A run whose orders are larger than what its book shows at the best price."""
THIN_ROLE = Role({"symbol": "JNJ", "bar": "5s", "shares": "500"})

_ON_QUOTES = '''
from ibtui.strategies import Quote, Strategy, param


class OnQuotes(Strategy):
    """Buys what fell and sells what rose since the last quote."""

    symbol: str = param("SPY", kind="symbol")
    bar: str = param("5s", kind="bar")

    def on_start(self) -> None:
        self.before = 0.0

    def on_quote(self, quote: Quote) -> None:
        price = quote.last or 0.0
        if self.before and price < self.before - 0.025 and not self.position(self.symbol):
            self.buy(self.symbol, 3)
            self.explain("{:.2f} fell from {:.2f} at {:%S.%f}", price, self.before, self.now)
        elif price > self.before + 0.025 and self.position(self.symbol) > 0:
            self.close(self.symbol)
            self.explain("{:.2f} rose from {:.2f} at {:%S.%f}", price, self.before, self.now)
        self.before = price
'''


def write_strategies(folder: Path) -> None:
    """The files of those that do not ship."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "on_quotes.py").write_text(_ON_QUOTES)
    for name, role in CAST.items():
        if role.guide:
            text = next(one.text for one in blocks("python") if f"class {role.guide}(Strategy)" in one.text)
            (folder / f"{name}.py").write_text(text if 'kind="bar"' in text else _SYMBOL.sub(_WITH_BARS, text))
