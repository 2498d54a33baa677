"""Bars of an hour and more, as a session's streams tell them: each closed one once, in order, however streams die."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.new_york import midnight
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.engine.market.kept_bars import KeptBars
from tests.clocks import ManualClock
from tests.engine.desk.bench import Script

DAY, HOUR = 86_400, 3_600
NEW_YORK = ZoneInfo("America/New_York")
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def stock(symbol: str) -> Instrument:
    return Instrument(symbol=symbol, con_id=1, sec_type="STK", root=symbol, exchange="SMART", currency="USD")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def bar(time: datetime, close: float, symbol: str = "SPY") -> Bar:
    return Bar(symbol, time, close, close + 1, close - 1, close, 100)


class KeptSession(Script):
    """A session whose streams tell what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: dict[str, Callable[[tuple[Bar, ...]], None]] = {}
        self.ended: list[str] = []
        self.questions = 0
        self.history_now: list[Bar] = []
        self.silent = False

    async def history(
        self, instrument: Instrument, *, bar: int, count: int, hours: BarHours | None = None
    ) -> list[Bar]:
        self.questions += 1
        if self.silent:
            raise IbtuiError("no_answer", "IB did not answer.")
        return self.history_now

    def keep(
        self,
        instrument: Instrument,
        *,
        bar: int,
        count: int,
        hours: BarHours | None,
        heard: Callable[[tuple[Bar, ...]], None],
    ) -> Callable[[], None]:
        self.streams[instrument.symbol] = heard
        return lambda: self.ended.append(instrument.symbol)


class Room:
    """Kept bars on a clock that stands still, and what a strategy was told when."""

    def __init__(self, now: datetime) -> None:
        self.clock = ManualClock(now)
        self.session = KeptSession()
        self.session.state = "active"
        self.kept = KeptBars(self.session, self.clock)
        self.told: list[tuple[datetime, tuple[Bar, ...]]] = []

    def watch(self, seconds: int, *symbols: str) -> Callable[[], None]:
        return self.kept.watch([stock(one) for one in symbols], seconds, self._take)

    def _take(self, bars: tuple[Bar, ...]) -> None:
        self.told.append((self.clock.now(), bars))

    def tell(self, *bars: Bar) -> None:
        self.session.streams[bars[0].symbol](bars)

    async def go(self, moment: datetime) -> None:
        """Move to a moment and let what is due happen."""
        self.clock.advance((moment - self.clock.now()).total_seconds())
        self.kept.flush()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_a_day_is_decided_on_after_the_close_on_the_bar_that_history_gives() -> None:
    room = Room(at(MONDAY, 11))
    room.watch(DAY, "SPY")
    room.tell(bar(midnight(date(2026, 11, 20)), 99), bar(midnight(MONDAY), 100))
    room.tell(bar(midnight(MONDAY), 101))
    room.session.history_now = [bar(midnight(date(2026, 11, 20)), 99), bar(midnight(MONDAY), 101.5)]
    await room.go(at(MONDAY, 16, 1))
    assert room.told == [], "the auction's price is not there yet"
    await room.go(at(MONDAY, 16, 2))
    assert room.told == [(at(MONDAY, 16, 2), (bar(midnight(MONDAY), 101.5),))]
    room.tell(bar(midnight(MONDAY), 101.5), bar(midnight(TUESDAY), 102))
    await room.go(at(TUESDAY, 10))
    assert len(room.told) == 1, "each bar is told once"


async def test_a_day_that_cannot_be_asked_for_is_told_as_soon_as_it_can() -> None:
    room = Room(at(MONDAY, 11))
    room.watch(DAY, "SPY")
    room.tell(bar(midnight(MONDAY), 100))
    room.session.silent = True
    await room.go(at(MONDAY, 16, 2))
    await room.go(at(MONDAY, 16, 3))
    assert (room.told, room.session.questions) == ([], 2)
    room.session.silent, room.session.history_now = False, [bar(midnight(MONDAY), 101)]
    await room.go(at(MONDAY, 16, 4))
    assert [bars[0].close for _, bars in room.told] == [101]


async def test_hours_close_when_they_have_settled_and_the_last_one_is_asked_for() -> None:
    room = Room(at(MONDAY, 14, 30))
    room.watch(HOUR, "SPY")
    room.tell(bar(at(MONDAY, 13), 99), bar(at(MONDAY, 14), 100))
    await room.go(at(MONDAY, 15) + timedelta(seconds=5))
    assert room.told == []
    room.tell(bar(at(MONDAY, 14), 101))
    room.tell(bar(at(MONDAY, 15), 102))
    await room.go(at(MONDAY, 15) + timedelta(seconds=10))
    assert [(bars[0].time, bars[0].close) for _, bars in room.told] == [(at(MONDAY, 14), 101)]
    room.session.history_now = [bar(at(MONDAY, 15), 103)]
    await room.go(at(MONDAY, 16, 2))
    assert [(bars[0].time, bars[0].close) for _, bars in room.told[1:]] == [(at(MONDAY, 15), 103)]


async def test_what_a_dead_stream_missed_comes_in_order_and_once() -> None:
    room = Room(at(MONDAY, 10, 30))
    room.watch(HOUR, "SPY")
    room.tell(bar(at(MONDAY, 9, 30), 99), bar(at(MONDAY, 10), 100))
    room.session.state = "disconnected"
    await room.go(at(MONDAY, 13, 30))
    assert room.told == [], "nobody knows how a bar closed while nothing is heard"
    room.session.state = "active"
    hours = [bar(at(MONDAY, hour), hour * 10.0) for hour in (10, 11, 12, 13)]
    room.tell(bar(at(MONDAY, 9, 30), 99), *hours)
    room.tell(bar(at(MONDAY, 9, 30), 99), *hours)
    await room.go(at(MONDAY, 13, 31))
    assert [bars for _, bars in room.told] == [(one,) for one in hours[:3]]


async def test_bars_of_one_day_are_told_together_and_a_missing_one_is_not_waited_for_without_end() -> None:
    room = Room(at(MONDAY, 11))
    room.watch(DAY, "SPY", "IBM")
    room.tell(bar(midnight(MONDAY), 100))
    room.tell(bar(midnight(MONDAY), 50, "IBM"))
    room.session.history_now = [bar(midnight(MONDAY), 101)]
    await room.go(at(MONDAY, 16, 2))
    await room.go(at(MONDAY, 16, 2) + timedelta(seconds=1))
    assert room.told == []
    await room.go(at(MONDAY, 16, 3) + timedelta(seconds=1))
    assert [[one.symbol for one in bars] for _, bars in room.told] == [["SPY"]]


async def test_one_stream_serves_strategies_and_the_chart_and_ends_when_nobody_looks() -> None:
    room = Room(at(MONDAY, 11))
    unwatch = room.watch(DAY, "SPY")
    room.watch(DAY, "SPY")()
    room.tell(bar(midnight(MONDAY), 100))
    assert await room.kept.bars(stock("SPY"), DAY, 5) == (bar(midnight(MONDAY), 100),)
    assert (len(room.session.streams), room.session.questions) == (1, 0)
    unwatch()
    await room.go(at(MONDAY, 11, 4))
    assert room.session.ended == []
    await room.go(at(MONDAY, 11, 6))
    assert room.session.ended == ["SPY"]


@pytest.mark.parametrize("minute", [1, 59])
async def test_after_the_close_the_day_is_the_past(minute: int) -> None:
    room = Room(at(MONDAY, 17, minute))
    room.watch(DAY, "SPY")
    room.tell(bar(midnight(MONDAY), 100))
    assert room.kept.closed([bar(midnight(MONDAY), 100)], DAY) == [bar(midnight(MONDAY), 100)]
    await room.go(at(MONDAY, 18, minute))
    assert room.told == []
