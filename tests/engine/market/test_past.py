"""Past bars and live ones as one series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.market.past import PastBarCache
from tests.clocks import ManualClock
from tests.engine.desk.bench import Script

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")


class Archive(Script):
    """A session whose bars end now, the last one still running."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.questions = 0

    async def history(
        self, instrument: Instrument, *, bar: int, count: int, hours: BarHours | None = None
    ) -> list[Bar]:
        self.questions += 1
        now = self._clock.now().timestamp()
        last = datetime.fromtimestamp(now // bar * bar, UTC)
        times = [last - timedelta(seconds=bar * back) for back in reversed(range(count))]
        return [Bar(instrument.symbol, time, 1.0, 1.0, 1.0, 1.0) for time in times]


def trade(clock: ManualClock, live: LiveBars, seconds: int) -> None:
    """A trade at another price in each second."""
    for _ in range(seconds):
        clock.advance(1)
        price = 2.0 + clock.monotonic() % 7
        live.on_quote(Quote(symbol="AAPL", last=price, bid=price, ask=price, received=clock.monotonic()))


async def test_ib_is_asked_once_and_live_bars_carry_on() -> None:
    clock = ManualClock(NOON)
    live, session = LiveBars(clock), Archive(clock)
    past = PastBarCache(session, live, clock)
    trade(clock, live, 75)
    first = await past.bars(AAPL, 60, 10)
    trade(clock, live, 130)
    second = await past.bars(AAPL, 60, 10)
    assert session.questions == 1
    assert len(first) == len(second) == 10
    times = [bar.time for bar in second]
    assert times == [times[0] + timedelta(minutes=number) for number in range(10)]
    assert second[-1].time == NOON + timedelta(minutes=3)
    assert second[-2].high > 1.0


async def test_more_bars_or_a_gap_ask_again() -> None:
    clock = ManualClock(NOON)
    live, session = LiveBars(clock), Archive(clock)
    past = PastBarCache(session, live, clock)
    trade(clock, live, 75)
    await past.bars(AAPL, 60, 10)
    await past.bars(AAPL, 60, 20)
    assert session.questions == 2
    clock.advance(3600)
    trade(clock, live, 650)
    bars = await past.bars(AAPL, 60, 20)
    assert session.questions == 3
    assert len(bars) == 20
