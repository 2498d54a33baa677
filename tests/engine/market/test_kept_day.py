"""The day's bar over the real gateway: told after the exchange's close, as history has it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import SystemClock
from ibtui.domain.calendar.new_york import midnight
from ibtui.engine.market.kept_bars import KeptBars
from ibtui.gateway.server import Gateway
from tests.broker.sessions import active_session
from tests.clocks import PATIENCE
from tests.gateways import running_gateway

CLOSE = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
MONDAY = midnight(date(2026, 11, 23))
DAY = 86_400


class MarketClock(SystemClock):
    """What the exchange's clock shows, which runs faster than this machine's."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self._gateway = gateway

    def now(self) -> datetime:
        return self._gateway.backend.exchange.now


async def test_on_the_day_of_a_start_the_day_is_told_after_its_close_as_history_has_it() -> None:
    async with (
        running_gateway(start=CLOSE - timedelta(minutes=4)) as gateway,
        active_session(gateway) as (session, _),
    ):
        clock = MarketClock(gateway)
        kept = KeptBars(session, clock)
        apple = await session.resolve("AAPL")
        told: asyncio.Queue[tuple[datetime, tuple[Bar, ...]]] = asyncio.Queue()
        unwatch = kept.watch([apple], DAY, lambda bars: told.put_nowait((clock.now(), bars)))
        past = await kept.bars(apple, DAY, 10)
        assert [bar.time for bar in kept.closed(past, DAY)] == [bar.time for bar in past if bar.time < MONDAY]
        await gateway.pass_time(420)
        async with asyncio.timeout(PATIENCE):
            when, (day,) = await told.get()
        history = await session.history(apple, bar=DAY, count=3)
        hours = await session.history(apple, bar=3_600, count=10)
        unwatch()
    assert when >= CLOSE + timedelta(minutes=2)
    assert day == next(bar for bar in history if bar.time == MONDAY)
    today = [bar for bar in hours if bar.time > MONDAY]
    assert len(today) == 7
    assert (day.open, day.high, day.low, day.close) == (
        today[0].open,
        max(bar.high for bar in today),
        min(bar.low for bar in today),
        today[-1].close,
    )
    assert day.volume == sum(bar.volume for bar in today)
