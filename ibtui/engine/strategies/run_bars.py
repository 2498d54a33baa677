"""The bars of one run: those of the past to warm up on, then the live ones, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.cutting import HOUR
from ibtui.domain.failure import IbtuiError
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.run_facts import RunFacts
from ibtui.engine.strategies.run_log import RunLog


@dataclass(eq=False, repr=False)
class RunBars:
    """`take` gets live bars of one moment in the order of its symbols; those of before `begin` wait until then."""

    bars: LiveBars
    host: Host
    clock: Clock
    facts: RunFacts
    log: RunLog
    take: Callable[[tuple[Bar, ...]], None]

    def __post_init__(self) -> None:
        self._unwatch: Callable[[], None] = lambda: None
        self._early: list[tuple[Bar, ...]] = []
        self._newest: dict[str, datetime] = {}

    def watch(self) -> None:
        """Watch the live ones; before the past is asked for, so that no bar falls in between."""
        seconds = self.facts.bar_seconds
        if seconds < HOUR:
            self._unwatch = self.bars.watch(seconds, self._on_bars)
            return
        instruments = [self.facts.instruments[symbol] for symbol in self.facts.symbols]
        self._unwatch = self.host.kept.watch(instruments, seconds, self._on_bars)

    async def past(self, warmup: int) -> tuple[Bar, ...]:
        """Closed bars of every symbol in order of time; none is no reason not to start."""
        symbols, seconds = self.facts.symbols, self.facts.bar_seconds
        found: list[Bar] = []
        for symbol in symbols:
            try:
                # Two more than it wants: a crossing needs the value before the first, and the last may be running.
                found += await self.host.bars(symbol, seconds, warmup + 2)
            except IbtuiError as error:
                self.log.say(f"no past bars of {symbol}, it warms up on live ones: {error.message}")
        order = {symbol: place for place, symbol in enumerate(symbols)}
        closed = [bar for bar in self._closed(found, seconds) if bar.symbol in order]
        return tuple(sorted(closed, key=lambda bar: (bar.time, order[bar.symbol])))

    def _closed(self, bars: list[Bar], seconds: int) -> list[Bar]:
        if seconds >= HOUR:
            return self.host.kept.closed(bars, seconds)
        ended = self.clock.now() - timedelta(seconds=seconds)
        return [bar for bar in bars if bar.time <= ended]

    def told(self, past: tuple[Bar, ...]) -> None:
        """Note bars that the strategy has seen, so that it is told of each once."""
        for bar in past:
            self._newest[bar.symbol] = bar.time

    def begin(self) -> None:
        """It is live: what came meanwhile is taken, and from now on what comes."""
        for bars in self._early:
            self._on_bars(bars)
        self._early.clear()

    def close(self) -> None:
        """Watch no bars any more."""
        self._unwatch()

    def _on_bars(self, bars: tuple[Bar, ...]) -> None:
        if self.facts.state == "starting":
            self._early.append(bars)
            return
        symbols = self.facts.symbols
        mine = {bar.symbol: bar for bar in bars if bar.symbol in symbols and self._is_new(bar)}
        if mine:
            self.take(tuple(mine[symbol] for symbol in symbols if symbol in mine))

    def _is_new(self, bar: Bar) -> bool:
        newest = self._newest.get(bar.symbol)
        return newest is None or bar.time > newest
