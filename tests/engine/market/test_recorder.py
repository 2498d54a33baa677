"""An engine that records: everything it learns, on the offline gateway; what is missing is marked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from ibtui.backtest.run import run
from ibtui.backtest.settings import Settings
from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal, signal
from ibtui.engine.market import recorder_thread
from ibtui.engine.market.recorder_thread import RecordedRow, RecorderThread
from ibtui.link.messages import GetRecording, Record, Recording, StopRecording, Tell
from ibtui.recording.playing import recorded_bars
from ibtui.recording.reading import read_gaps, read_recording, recorded_symbols
from ibtui.recording.rows import Decision, Fact
from ibtui.recording.writer import Writer
from ibtui.strategies.author.parameters import values
from ibtui.strategies.builtin.sma_cross import SmaCross
from tests.clocks import CLOCK, PATIENCE
from tests.engine.markets import CALM
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def record(engine: Driver, *symbols: str, bars: str = "") -> Recording:
    answer = await engine.ask(Record(symbols=symbols, bars=bars))
    assert isinstance(answer, Recording)
    return answer


async def stop(engine: Driver) -> Recording:
    answer = await engine.ask(StopRecording())
    assert isinstance(answer, Recording)
    return answer


async def until_rows(engine: Driver, count: int, within: float = PATIENCE) -> Recording:
    """Once so many rows are in the files."""
    async with asyncio.timeout(within):
        while True:
            answer = await engine.ask(GetRecording())
            assert isinstance(answer, Recording)
            if answer.rows >= count:
                return answer
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def flushed_often(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(recorder_thread, "FLUSH_SECONDS", 0.05)
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "recorder"]


def facts(folder: Path, kind: type[Fact], **wanted: Any) -> list[Any]:
    return [row.what for row in read_recording(folder, **wanted) if isinstance(row.what, kind)]


async def test_what_is_seen_is_what_is_recorded(tmp_path: Path) -> None:
    seen: list[Quote] = []
    orders: list[Order] = []
    fills: list[Fill] = []
    async with running_gateway(speed=5) as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        answer = await record(engine, "AAPL", "watchlist")
        assert answer.on
        assert answer.symbols == ("AAPL", "MSFT")
        listeners = engine.engine.parts.state.listeners
        listeners.quote.append(seen.append)
        listeners.order.append(orders.append)
        listeners.fill.append(fills.append)
        await engine.ask(Tell(signals=(signal(CLOCK.now(), "prediction", "AAPL", 0.7, source="model"),)))
        engine.engine.parts.recorder.on_decision("sma_cross", "fast above slow", CLOCK.now())
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda status: any(position.quantity for position in status.positions))
        await until_rows(engine, 30)
        ended = await stop(engine)
        assert not ended.on
        folder = engine.engine.setting.folders.recordings
    quotes = facts(folder, Quote)
    assert quotes == [replace(quote, received=0.0) for quote in seen[: len(quotes)]]
    assert len(quotes) >= 20
    assert facts(folder, Order) == orders[: len(facts(folder, Order))]
    assert facts(folder, Fill)[0] == fills[0]
    assert [one.value for one in facts(folder, Signal)] == [0.7]
    assert [one.text for one in facts(folder, Decision)] == ["fast above slow"]
    assert recorded_symbols(folder) == ["AAPL", "MSFT"]
    assert read_gaps(folder) == []


async def test_only_what_was_named_is_recorded_and_the_header_counts_it(tmp_path: Path) -> None:
    async with running_gateway(speed=5) as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await record(engine, "MSFT")
        assert engine.engine.parts.questions.view.session().recording == 1
        await until_rows(engine, 5)
        await stop(engine)
        assert engine.engine.parts.questions.view.session().recording == 0
    assert recorded_symbols(tmp_path / "paper" / "recordings") == ["MSFT"]


async def test_the_watchlist_is_followed(tmp_path: Path) -> None:
    async with running_gateway(speed=5) as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await record(engine, "watchlist")
        await engine.do("watch NVDA")
        folder = tmp_path / "paper" / "recordings"
        await engine.until(lambda _: "NVDA" in recorded_symbols(folder))


@pytest.mark.parametrize(
    ("symbols", "bars", "code"),
    [(("NOSUCH",), "", "unknown_symbol"), (("AAPL",), "9 weeks", "bad_bar"), ((), "", "usage")],
)
async def test_what_cannot_be_recorded_is_refused(
    tmp_path: Path, symbols: tuple[str, ...], bars: str, code: str
) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        with pytest.raises(IbtuiError) as error:
            await record(engine, *symbols, bars=bars)
        assert error.value.code == code
        assert not (await stop(engine)).on


async def test_a_new_engine_goes_on_and_marks_the_span(tmp_path: Path) -> None:
    folder = tmp_path / "paper" / "recordings"
    async with running_gateway(speed=5) as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await record(engine, "AAPL")
            await until_rows(engine, 5)
        before = len(facts(folder, Quote))
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await until_rows(engine, 5)
            await stop(engine)
    assert len(facts(folder, Quote)) > before >= 5
    reasons = [gap.reason for gap in read_gaps(folder)]
    assert reasons[0] == "the recording was off"
    assert all(gap.end is not None for gap in read_gaps(folder))


async def test_a_lost_session_is_marked(tmp_path: Path) -> None:
    async with running_gateway(speed=5) as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await record(engine, "AAPL")
        await until_rows(engine, 3)
        before = CLOCK.now()
        gateway.faults.drop()
        await engine.until(lambda status: status.connection.state != "active")
        lost = CLOCK.now()
        await engine.until(lambda status: status.connection.state == "active")
        await stop(engine)
    gaps = read_gaps(tmp_path / "paper" / "recordings")
    assert len(gaps) == 1
    assert gaps[0].reason.startswith("no session with IB")
    assert gaps[0].end is not None
    assert before <= gaps[0].begin <= lost <= gaps[0].end


async def test_delayed_data_is_marked(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await record(engine, "AAPL")
        recorder = engine.engine.parts.recorder
        for kind in ("real-time", "delayed", "delayed", "real-time"):
            recorder.on_quote(Quote(symbol="AAPL", last=1.0, kind=kind), recorder.moment())
        await stop(engine)
    (gap,) = read_gaps(tmp_path / "paper" / "recordings")
    assert (gap.symbol, gap.reason) == ("AAPL", "delayed data")


async def test_a_disk_that_fails_ends_the_recording_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_gateway(speed=5) as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await record(engine, "AAPL")
        await until_rows(engine, 3)

        def full(*_: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("ibtui.recording.writer.append", full)
        await engine.until(lambda _: engine.logged("recording ended"))
        answer = await engine.ask(GetRecording())
        assert isinstance(answer, Recording)
        assert not answer.on
        assert "No space left" in answer.message
        outcome = await engine.do("buy 100 AAPL market")
        assert outcome.answered
        assert sum("No space left" in entry.text for entry in engine.log) == 1
        monkeypatch.undo()
        assert (await record(engine, "AAPL")).on
        await stop(engine)


async def test_what_is_too_much_for_the_disk_is_dropped_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ibtui.domain.calendar.clock import SystemClock

    monkeypatch.setattr(recorder_thread, "LIMIT", 50)
    clock, failures = SystemClock(), list[str]()
    held, release, drained = threading.Event(), threading.Event(), threading.Event()
    flush = Writer.flush

    def slow(writer: Writer, now: datetime) -> None:
        held.set()
        release.wait(5)
        flush(writer, now)
        if writer.rows:
            drained.set()

    monkeypatch.setattr(Writer, "flush", slow)
    thread = RecorderThread(tmp_path, "paper", (), clock, failures.append)
    held.wait(5)
    for number in range(80):
        thread.put(RecordedRow(clock.now(), Quote(symbol="AAPL", last=float(number + 1))), clock.now())
    release.set()
    drained.wait(5)
    thread.put(RecordedRow(clock.now(), Quote(symbol="AAPL", last=999.0)), clock.now())
    await thread.close()
    assert failures == []
    assert thread.dropped == 30
    assert [quote.last for quote in facts(tmp_path, Quote)] == [*(float(n + 1) for n in range(50)), 999.0]
    (gap,) = read_gaps(tmp_path)
    assert gap.reason == "the disk was too slow"


async def test_bars_are_written_beside_the_ticks(tmp_path: Path) -> None:
    live: list[Bar] = []
    async with running_gateway(speed=5) as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await record(engine, "AAPL", bars="1s")
        engine.engine.parts.bars.watch(1, lambda bars: live.extend(bar for bar in bars if bar.symbol == "AAPL"))
        await engine.until(lambda _: len(live) >= 2)
        await stop(engine)
    bars = facts(tmp_path / "paper" / "recordings", Bar, kinds=["bars"])
    assert [bar for bar in bars if bar in live] == live


async def test_played_back_the_ticks_make_the_bars_that_strategies_saw(tmp_path: Path) -> None:
    live: dict[int, list[tuple[Bar, ...]]] = {1: [], 2: []}
    async with running_gateway(speed=5) as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await record(engine, "AAPL", "MSFT")
        for seconds, bars in live.items():
            engine.engine.parts.bars.watch(seconds, bars.append)
        await engine.until(lambda _: len(live[2]) >= 3)
        await stop(engine)
    folder = tmp_path / "paper" / "recordings"
    first = next(read_recording(folder)).time
    for seconds, bars in live.items():
        played = list(recorded_bars(folder, seconds))
        whole = [group for group in bars if group[0].time >= first]
        assert whole
        assert [{*group} for group in played if group[0].time >= first][: len(whole)] == [{*group} for group in whole]


class Remembered(SmaCross):
    """The strategy, and what it decided on which bar."""

    said: ClassVar[list[tuple[datetime, str]]] = []

    def on_bar(self, bar: Bar) -> None:
        super().on_bar(bar)
        text, values = self._broker.explanation  # type: ignore[attr-defined]  # a backtest's makes no text by itself
        self.said.append((bar.time + timedelta(seconds=1), text.format(*values)))


def since_flat(decided: dict[datetime, str], begun: datetime) -> list[datetime]:
    """The bars of decisions from the first after which the strategy holds nothing.

    By then a recording that began at `begun` holds the whole bars that the averages are made of; live they were warmed
    up by bars of before it.
    """
    bars = sorted(bar for bar in decided if bar > begun + timedelta(seconds=4))
    return bars[next((place for place, bar in enumerate(bars) if "below slow" in decided[bar]), len(bars)) :]


async def test_a_recording_played_back_decides_what_was_decided_live(tmp_path: Path) -> None:
    folder = tmp_path / "paper" / "recordings"
    decided: dict[datetime, str] = {}
    async with running_gateway(speed=20) as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await record(engine, "AAPL")
        begun = CLOCK.now()
        engine.engine.parts.state.listeners.decision.append(lambda _, text, bar: decided.update({bar: text}))
        await engine.do("start sma_cross symbol=AAPL fast=1 slow=2 bar=1s")
        await engine.until(lambda _: len(since_flat(decided, begun)) >= 5)
        await stop(engine)
    recorded = [row.what for row in read_recording(folder, kinds=["decisions"]) if isinstance(row.what, Decision)]
    live = {one.bar: one.text for one in recorded if one.bar is not None}
    first, *bars = since_flat(live, begun)
    assert len(bars) >= 3
    Remembered.said.clear()
    chosen = values(Remembered, {"symbol": "AAPL", "fast": "1", "slow": "2", "bar": "1s"})
    settings = Settings(since=first - timedelta(seconds=1), leverage=100)
    run(Remembered, recorded_bars(folder, 1), chosen, settings, seconds=1)
    played = dict(Remembered.said)
    assert [played.get(bar) for bar in bars] == [live[bar] for bar in bars]
