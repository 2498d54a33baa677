"""An engine on a stepped gateway, both in the test's time, with strategies that run live and in shadow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from ibtui.config import Limits
from ibtui.domain.signal import signal
from ibtui.engine.strategies.run import StrategyRun
from ibtui.gateway.server import Gateway
from ibtui.gateway.serving import ServeOptions, running
from ibtui.link.messages import Record, StopRecording, Tell
from tests.clocks import ManualClock
from tests.engines import Driver, running_engine
from tests.parity.barriers import Barriers
from tests.parity.heard import Talked

FREE = Limits(duplicate_seconds=1e-9, quote_age=60)
"""What a session on a held book needs: it ticks only when the test says so."""


class HandMarket:
    """The gateway's market and everybody's time, moved by hand; after each move all that follows has happened."""

    def __init__(self, gateway: Gateway, engine: Driver, clock: ManualClock, barriers: Barriers) -> None:
        self.gateway = gateway
        self.engine = engine
        self.clock = clock
        self._barriers = barriers

    @property
    def runs(self) -> Iterable[StrategyRun]:
        return self.engine.engine.parts.runs.by_name.values()

    def talked(self, run: str) -> Talked:
        """What a run and the engine said to each other."""
        process = self.engine.engine.parts.runs.by_name[run]._talk.process
        assert process is not None
        return self._barriers.talks[process]

    def con_id(self, symbol: str) -> int:
        listings = self.gateway.backend.exchange.listings
        return next(one.instrument.con_id for one in listings if one.instrument.symbol == symbol)

    def hold(self, symbol: str, price: float, spread: float = 0.02, size: float = 10_000) -> None:
        """Show one book around a price and keep it; nobody is told before the next step."""
        bid, ask = round(price - spread / 2, 2), round(price + spread / 2, 2)
        self.gateway.backend.exchange.set_book(self.con_id(symbol), bid=bid, ask=ask, bid_size=size, ask_size=size)

    def trade(self, symbol: str, price: float) -> None:
        """Let one lot trade, the book around it."""
        self.gateway.backend.exchange.set_price(self.con_id(symbol), price)

    async def go(self, moment: datetime) -> None:
        """Let time pass up to a moment."""
        seconds = (moment - self.clock.now()).total_seconds()
        self.clock.advance(seconds)
        await self.gateway.pass_time(seconds)
        await self.settle()

    async def tell(self, prices: dict[str, float]) -> None:
        """Trades at these prices, now."""
        for symbol, price in prices.items():
            self.trade(symbol, price)
        self.gateway.tell()
        self.gateway.flush()
        await self.settle()

    async def say(self, kind: str, symbol: str, value: float, expected: float | None = None) -> None:
        """Another program says something, now."""
        await self.engine.ask(Tell(signals=(signal(self.clock.now(), kind, symbol, value, expected=expected),)))
        await self.settle()

    async def start(self, name: str, parameters: dict[str, str], *, shadow: bool = False) -> None:
        await self.engine.engine.parts.supervisor.start(name, parameters, shadow=shadow)
        await self.settle()

    async def record(self, symbols: Iterable[str]) -> None:
        await self.engine.ask(Record(symbols=tuple(symbols)))

    async def stop_recording(self) -> Path:
        """End the recording; its folder."""
        await self.engine.ask(StopRecording())
        return self.engine.engine.setting.folders.recordings

    async def settle(self) -> None:
        await self._barriers.settle(self.runs)


@asynccontextmanager
async def hand_market(
    folder: Path, clock: ManualClock, symbols: tuple[str, ...], strategies: Path | None = None
) -> AsyncIterator[HandMarket]:
    """An engine that watches these symbols, at the time of the clock."""
    barriers = Barriers(clock)
    options = ServeOptions(step=True, start=clock.now())
    with barriers.joined():
        async with (
            running(options) as (gateway, _),
            running_engine(
                folder,
                gateway.port,
                ready=False,
                clock=clock,
                strategies=strategies,
                limits=FREE,
                watchlist=symbols,
            ) as engine,
        ):
            market = HandMarket(gateway, engine, clock, barriers)
            await engine.until(lambda status: status.state == "active")
            yield market
