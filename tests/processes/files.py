"""Files of bars and of strategies, as a user has them in a folder."""

from __future__ import annotations

from pathlib import Path

from tests.backtest.past import walk

STRATEGY = '''
from ibtui.strategies import Bar, Strategy, param


class Often(Strategy):
    """Buys and sells in turn."""

    symbol: str = param("A", kind="symbol")
    shares: int = param(10, 1, 100)

    def on_bar(self, bar: Bar) -> None:
        if self.position(bar.symbol):
            self.close(bar.symbol)
        else:
            self.buy(bar.symbol, self.shares)
'''
NAMELESS = STRATEGY.replace('    symbol: str = param("A", kind="symbol")\n', "")
BROKEN = STRATEGY.replace("self.buy(bar.symbol, self.shares)", "1 / 0")


def filled(folder: Path) -> Path:
    """The folder, with these strategies in it and with bars in files, some of which cannot be read."""
    rows = "".join(
        f"{bar.time:%Y-%m-%dT%H:%M:%SZ},{bar.open},{bar.high},{bar.low},{bar.close},{bar.volume}\n"
        for (bar,) in walk(400)
    )
    (folder / "A.csv").write_text("Time,Open,HIGH,low,Close,Volume\n" + rows)
    (folder / "often.py").write_text(STRATEGY)
    (folder / "nameless.py").write_text(NAMELESS)
    two = "".join(row.replace("\n", f",{name}\n") for row in rows.splitlines(True) for name in ("A", "B"))
    (folder / "two.csv").write_text("Time,Open,HIGH,low,Close,Volume,Symbol\n" + two)
    (folder / "broken.py").write_text(BROKEN)
    (folder / "bad.csv").write_text("date,open,high,low,close\n2026-03-02,1,2,3,1\n")
    (folder / "short.csv").write_text("date,open,close\n2026-03-02,1,2\n")
    (folder / "back.csv").write_text("date,open,high,low,close\n2026-03-03,1,1,1,1\n2026-03-02,1,1,1,1\n")
    return folder
