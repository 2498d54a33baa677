"""Past bars of any span: asked for piece by piece over the offline gateway, kept, and never asked for twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.new_york import exchange_day, is_trading_day
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.engine.market import archive
from ibtui.engine.market.archive import Archive
from ibtui.link.messages import GetHistory, History
from tests.clocks import ManualClock
from tests.engine.desk.bench import Script
from tests.engine.markets import AAPL, CALM
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

MONDAY = datetime(2025, 3, 3, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
APPLE = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")


async def ask(engine: Driver, seconds: int, begin: datetime, end: datetime) -> History:
    answer = await engine.ask(GetHistory(symbol="aapl", seconds=seconds, begin=begin, end=end))
    assert isinstance(answer, History)
    return answer


async def fetch(engine: Driver, seconds: int, begin: datetime, end: datetime) -> tuple[list[Bar], int]:
    """All bars of a span, and how often something was missing."""
    missing = 0
    while (answer := await ask(engine, seconds, begin, end)).missing is not None:
        missing += 1
        assert answer.missing > begin
    bars = list(answer.bars)
    while answer.next is not None:
        answer = await ask(engine, seconds, answer.next, end)
        bars += answer.bars
    return bars, missing


@pytest.mark.parametrize(
    ("seconds", "days"), [(1, 0.05), (60, 4), (300, 15), (86400, 800)], ids=["1 s", "1 min", "5 min", "1 day"]
)
async def test_every_bar_of_a_span_comes_once(tmp_path: Path, seconds: int, days: float) -> None:
    begin = MONDAY - timedelta(days=days)
    async with (
        running_gateway(start=MONDAY) as gateway,
        running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine,
    ):
        await engine.until(lambda status: status.state == "active")
        bars, missing = await fetch(engine, seconds, begin, MONDAY)
        again, none = await fetch(engine, seconds, begin, MONDAY)
        span = int(days * 86400) + 2 * seconds
        known = gateway.backend.exchange.history(AAPL, end=MONDAY, seconds=span, bar=seconds)
    assert missing > 0
    assert (again, none) == (bars, 0)
    times = [bar.time for bar in bars]
    assert times == sorted(set(times))
    told = [bar.time for bar in known if begin <= bar.time < MONDAY]
    if seconds == 86400:  # a day's bar is of a session, though this market never closes
        assert {exchange_day(time) for time in times} >= set(filter(is_trading_day, map(exchange_day, told[1:-1])))
    else:
        assert times == told
    assert all(begin <= time < MONDAY for time in times)


async def test_a_download_goes_on_where_the_last_engine_was(tmp_path: Path) -> None:
    begin = MONDAY - timedelta(days=5)
    async with running_gateway(start=MONDAY) as gateway:
        async with running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine:
            await engine.until(lambda status: status.state == "active")
            first = (await ask(engine, 60, begin, MONDAY)).missing
            second = (await ask(engine, 60, begin, MONDAY)).missing
        async with running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine:
            await engine.until(lambda status: status.state == "active")
            third = (await ask(engine, 60, begin, MONDAY)).missing
    assert first is not None
    assert second is not None
    assert third is not None
    assert first > second > third


class Past(Script):
    """A session with a bar every minute of what it is asked for, three hours at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[datetime] = []
        self.refusals: list[IbtuiError] = []
        self.first = datetime(2020, 1, 1, tzinfo=UTC)

    async def history_before(
        self, instrument: Instrument, *, bar: int, end: datetime, hours: BarHours | None = None
    ) -> list[Bar]:
        self.ends.append(end)
        if self.refusals:
            raise self.refusals.pop()
        times = [end - timedelta(seconds=bar * back) for back in range(180, 0, -1)]
        return [Bar(instrument.symbol, time, 1.0, 2.0, 0.5, 1.5, 9.0) for time in times if time >= self.first]


class Room:
    """An archive on a session that a test scripts."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(MONDAY)
        self.session = Past()
        self.archive = Archive(self.session, self._resolve, folder, self.clock)

    async def _resolve(self, symbol: str) -> Instrument:
        return APPLE

    async def fetch(self, begin: datetime, end: datetime, seconds: int = 60) -> Sequence[Bar]:
        while (answer := await self.archive.answer("AAPL", seconds, begin, end)).missing is not None:
            assert not answer.wait
        return answer.bars


async def test_spans_that_touch_are_asked_for_once(tmp_path: Path) -> None:
    room = Room(tmp_path)
    await room.fetch(MONDAY - timedelta(hours=12), MONDAY - timedelta(hours=9))
    await room.fetch(MONDAY - timedelta(hours=3), MONDAY)
    assert len(room.session.ends) == 2
    bars = await room.fetch(MONDAY - timedelta(hours=12), MONDAY)
    assert len(room.session.ends) == 4
    assert [bar.time for bar in bars] == [MONDAY - timedelta(hours=12) + MINUTE * step for step in range(720)]
    await room.archive.close()


async def test_before_the_first_bar_of_all_it_gives_up(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.session.first = MONDAY - timedelta(hours=5)
    bars = await room.fetch(MONDAY - timedelta(days=400), MONDAY)
    assert len(bars) == 300
    assert len(room.session.ends) == 2 + archive.EMPTY
    await room.archive.close()


async def test_what_has_not_ended_is_not_kept(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.clock.advance(90)
    bars = await room.fetch(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=1))
    assert bars[-1].time == MONDAY
    room.clock.advance(60)
    bars = await room.fetch(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=1))
    assert bars[-1].time == MONDAY + MINUTE
    await room.archive.close()


async def test_small_bars_are_asked_for_at_the_pace_of_ib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "BUDGET", 3)
    room = Room(tmp_path)
    begin = MONDAY - timedelta(hours=12)
    for _ in range(3):
        answer = await room.archive.answer("AAPL", 5, begin, MONDAY)
        room.clock.advance(10)
    answer = await room.archive.answer("AAPL", 5, begin, MONDAY)
    assert len(room.session.ends) == 3
    assert answer.missing is not None
    assert answer.wait == archive.WINDOW - 30
    room.clock.advance(answer.wait)
    await room.archive.answer("AAPL", 5, begin, MONDAY)
    assert len(room.session.ends) == 4
    await room.archive.close()


async def test_when_ib_says_too_often_it_waits_and_loses_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.session.refusals.append(IbtuiError("history_paced", "too often"))
    answer = await room.archive.answer("AAPL", 60, MONDAY - timedelta(hours=3), MONDAY)
    assert (answer.missing, answer.wait) == (MONDAY, archive.PACED)
    assert len(await room.fetch(MONDAY - timedelta(hours=3), MONDAY)) == 180
    room.session.refusals.append(IbtuiError("no_history", "no permission"))
    with pytest.raises(IbtuiError, match="no permission"):
        await room.fetch(MONDAY - timedelta(hours=6), MONDAY)
    await room.archive.close()


async def test_pages_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path)
    begin = MONDAY - timedelta(hours=3)
    whole = await room.fetch(begin, MONDAY)
    monkeypatch.setattr(archive, "PAGE", 50)
    found: list[Bar] = []
    at: datetime | None = begin
    while at is not None:
        page = await room.archive.answer("AAPL", 60, at, MONDAY)
        found += page.bars
        at = page.next
    assert found == list(whole)
    await room.archive.close()


async def test_an_end_before_its_beginning_and_a_full_disk_are_said(tmp_path: Path) -> None:
    room = Room(tmp_path / "file")
    with pytest.raises(IbtuiError, match="before its beginning"):
        await room.fetch(MONDAY, MONDAY - MINUTE)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(IbtuiError) as error:
        await room.fetch(MONDAY - MINUTE, MONDAY)
    assert error.value.code == "no_file"
