"""A supervisor with real worker processes, a scripted host and a clock that a test moves."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from ibtui.domain.quote import Quote
from ibtui.engine.journal.latches import Latches
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.catalog import Catalog
from ibtui.engine.strategies.pulse import Timing
from ibtui.engine.strategies.runs import Runs
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.strategies.supervisor import Supervisor
from ibtui.engine.strategies.telling import Telling
from ibtui.link.status import StrategyStatus
from tests.clocks import PATIENCE, ManualClock
from tests.engine.supervisor_host import ScriptedHost
from tests.engine.truth.kept import Kept

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

_MARKET = """
    symbol: str = param("SPY", kind="symbol")
    bar: str = param("1s", kind="bar")
"""


class House:
    """What a test of strategies needs at hand."""

    def __init__(self, folder: Path, timing: Timing | None, latches: Latches | None = None, memory: int = 0) -> None:
        self.folder = folder
        self.clock = ManualClock(START)
        self.host = ScriptedHost(self.clock)
        timing = timing or Timing(load=PATIENCE)
        store = StrategyStore(latches or Kept())
        self.catalog = Catalog(folder, timing.load, store.approved, memory)
        books = Books(self.host, store, self.catalog.for_trader, self.clock)
        runs = Runs(self.host, self.catalog, books)
        self.bars = LiveBars(self.clock)
        self.telling = Telling(self.host, runs, books, self.bars)
        self.supervisor = Supervisor(
            self.host,
            catalog=self.catalog,
            store=store,
            books=books,
            runs=runs,
            bars=self.bars,
            clock=self.clock,
            timing=timing,
            memory=memory,
        )
        self.host.telling = self.telling

    def write(self, name: str, text: str) -> None:
        """A strategy file of the user; a class body gets its class, its import and its symbol."""
        text = textwrap.dedent(text).lstrip("\n")
        if "class " not in text:
            text = f"class Mine(Strategy):\n{textwrap.indent(text, '    ')}\n{_MARKET}"
        (self.folder / f"{name}.py").write_text("import os, sys\nfrom ibtui.strategies import Strategy, param\n" + text)

    def status(self, name: str) -> StrategyStatus:
        return next(status for status in self.supervisor.statuses() if status.name == name)

    def quote(self, price: float, symbol: str = "SPY") -> None:
        """A market in which nothing trades yet."""
        self.host.quotes[symbol] = Quote(
            symbol=symbol, bid=price - 0.01, ask=price + 0.01, received=self.clock.monotonic() + 1
        )

    def trade(self, price: float, symbol: str = "SPY") -> None:
        """One bar of one second at `price`."""
        quote = Quote(
            symbol=symbol,
            bid=price - 0.01,
            ask=price + 0.01,
            last=price,
            volume=self._volume(),
            received=self.clock.monotonic() + 1,
        )
        self.host.quotes[symbol] = quote
        self.telling.on_quote(quote, self.clock.now())
        self.clock.advance(1.0)
        self.bars.flush()

    def _volume(self) -> float:
        self._traded = getattr(self, "_traded", 0.0) + 100
        return self._traded

    async def decide(self, name: str, *prices: float) -> None:
        """Bars at these prices, each decided upon before the next."""
        for price in prices:
            self.trade(price)
            await self.host.until(lambda: self.status(name).decided == self.clock.now())

    async def until_state(self, name: str, state: str) -> StrategyStatus:
        await self.host.until(lambda: self.status(name).state == state)
        return self.status(name)


@asynccontextmanager
async def house(
    folder: Path, timing: Timing | None = None, latches: Latches | None = None, memory: int = 0
) -> AsyncIterator[House]:
    """A house whose session is active; it closes with nothing left running."""
    made = House(folder, timing, latches, memory)
    made.supervisor.on_session(True)
    try:
        yield made
    finally:
        await made.supervisor.close()
