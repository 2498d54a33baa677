"""A strategy on days on the stepped gateway: after the close, on the day of its start too, on the bar of history."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import tests.insync  # noqa: F401  # before the engine, with a loop
from ibtui.backtest import Settings, run
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import midnight
from ibtui.link.worker import BarClosed, Decided
from ibtui.strategies.author.parameters import values
from ibtui.strategies.builtin.sma_cross import SmaCross
from tests.clocks import ManualClock
from tests.parity.hand_loop import run_by_hand
from tests.parity.heard import Spoken
from tests.parity.stage import HandMarket, hand_market

CLOSE = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
MONDAY = midnight(date(2026, 11, 23))
DAY = 86_400
DAILY = {"symbol": "AAPL", "fast": "2", "slow": "5", "bar": "1d"}


class Explained(SmaCross):
    """What it explained of each bar."""

    said: dict[datetime, str] = {}  # noqa: RUF012  # of the one run

    def on_bar(self, bar: Bar) -> None:
        super().on_bar(bar)
        text, arguments = self._broker.explanation  # type: ignore[attr-defined]  # a backtest makes no text by itself
        self.said[bar.time] = text.format(*arguments)


async def told(market: HandMarket) -> tuple[list[Spoken], list[Bar]]:
    """What the strategy said and heard, and the days that history has then."""
    while not (await market.engine.status()).quotes:
        await market.go(market.clock.now() + timedelta(seconds=0.25))
    await market.start("sma_cross", DAILY)
    while market.clock.now() < CLOSE + timedelta(minutes=4):
        await market.go(market.clock.now() + timedelta(seconds=10))
    session = market.engine.engine.parts.session
    return market.talked("sma_cross").story, await session.history(await session.resolve("AAPL"), bar=DAY, count=30)


def test_it_decides_after_the_close_of_the_day_of_its_start_as_over_daily_data(tmp_path: Path) -> None:
    clock = ManualClock(CLOSE - timedelta(minutes=2))

    async def play() -> tuple[list[Spoken], list[Bar]]:
        async with hand_market(tmp_path, clock, ("AAPL",)) as market:
            return await told(market)

    story, history = run_by_hand(clock, play)
    days = [bar for bar in history if bar.time <= MONDAY]
    (closed,) = [one for one in story if isinstance(one.message, BarClosed)]
    assert isinstance(closed.message, BarClosed)
    assert closed.message.bars == (days[-1],)
    assert days[-1].time == MONDAY
    assert timedelta(minutes=2) <= closed.time - CLOSE < timedelta(minutes=3)
    said = [one.message for one in story if isinstance(one.message, Decided)][-1]
    run(Explained, [(bar,) for bar in days], values(Explained, DAILY), Settings(commission="none"), seconds=DAY)
    assert (said.time, said.text) == (CLOSE, Explained.said[MONDAY])
