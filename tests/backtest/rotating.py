"""A strategy over a set of names, and bars for all of them."""

from __future__ import annotations

from ibtui.domain.bar import Bar
from ibtui.strategies import Strategy, param
from tests.backtest.past import walk


class Rotation(Strategy):
    """Holds the two that rose most, found by a walk over a set."""

    names: tuple[str, ...] = param(("A", "B", "C", "D"))

    def on_start(self) -> None:
        self.every(5, self.rotate)

    def rotate(self, bars: tuple[Bar, ...]) -> None:
        for symbol in self.held:
            self.close(symbol)
        for bar in sorted(bars, key=lambda bar: bar.close / bar.open)[-2:]:
            self.buy(bar.symbol, cash=20_000)


def several() -> list[tuple[Bar, ...]]:
    walks = [walk(200, seed, name) for seed, name in enumerate("ABCD")]
    return [tuple(group[0] for group in moment) for moment in zip(*walks, strict=True)]
