"""What comes from outside: other programs' signals, headlines, calendars and price alerts reach all who listen."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.config import Notify
from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal, signal
from ibtui.engine.outside.alerts import Alerts
from ibtui.engine.outside.calendar import Calendar
from ibtui.engine.outside.reading import read_apart
from ibtui.engine.outside.signals import PER_SECOND, Signals, Tail
from ibtui.link.caller import Caller
from ibtui.link.messages import Frame, Tell, Told
from tests.clocks import CLOCK, PATIENCE, ManualClock
from tests.engine.markets import AAPL, CALM, hold
from tests.engine.state_bench import Bench
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


def said(kind: str = "prediction", symbol: str = "AAPL", value: float | None = 0.7, **more: object) -> Signal:
    return signal(CLOCK.now(), kind, symbol, value, **more)  # type: ignore[arg-type]


async def heard(engine: Driver, text: str) -> None:
    await engine.until(lambda _: engine.logged(text))


async def test_a_program_tells_and_every_listener_hears(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        heard_by_strategies: list[Signal] = []
        engine.engine.parts.state.listeners.signal.append(heard_by_strategies.append)
        answer = await engine.ask(Tell(signals=(said(text="up\x1b[2J", source="model"),)))
        assert answer == Told(count=1)
        assert [one.value for one in heard_by_strategies] == [0.7]
        assert heard_by_strategies[0].text == "up[2J"
        await heard(engine, "prediction AAPL up[2J 0.7 · model")


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (said().__class__(time=CLOCK.now() + timedelta(hours=1), kind="late"), "bad_signal"),
        (Signal(time=CLOCK.now(), kind="Bad Kind"), "bad_signal"),
    ],
)
async def test_what_does_not_fit_is_refused(tmp_path: Path, one: Signal, code: str) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine:
        with pytest.raises(IbtuiError) as error:
            await engine.ask(Tell(signals=(one,)))
        assert error.value.code == code


async def test_a_flood_is_cut_off(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, ready=False, **CALM) as engine:
        told: list[Signal] = []
        engine.engine.parts.state.listeners.signal.append(told.append)
        with pytest.raises(IbtuiError) as error:
            engine.engine.parts.signals.take(said() for _ in range(2 * PER_SECOND + 1))
        assert error.value.code == "too_many_signals"
        assert PER_SECOND <= len(told) <= 2 * PER_SECOND


def test_a_flood_across_the_turn_of_a_second_is_cut_off_as_well() -> None:
    bench = Bench()
    signals, one = Signals(bench.state, bench.clock), signal(bench.clock.now(), "prediction", "AAPL", 0.7)
    bench.clock.advance(0.9 - bench.clock.monotonic() % 1)
    assert signals.take([one] * PER_SECOND) == PER_SECOND
    bench.clock.advance(0.2)
    with pytest.raises(IbtuiError):
        signals.take([one])
    bench.clock.advance(0.9)
    assert signals.take([one]) == 1


async def test_lines_that_another_program_adds_to_a_watched_file_are_told(tmp_path: Path) -> None:
    file = tmp_path / "model.jsonl"
    file.write_text('{"kind": "before"}\n')
    settings = {**CALM, "signal_files": (str(file),)}
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **settings) as engine:
        with file.open("a") as out:
            out.write('{"kind": "prediction", "symbol": "MSFT", "value": 1.5}\nnot json\n{"kind": "half')
        await heard(engine, "prediction MSFT 1.5 · model")
        await heard(engine, "model.jsonl: A signal is one line of JSON")
        with file.open("a") as out:
            out.write('way"}\n')
        await heard(engine, "halfway")
        assert not engine.logged("before")


async def test_headlines_of_the_watchlist_and_bulletins_come_from_ib(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, news=True, **CALM) as engine:
        hold(gateway)
        gateway.backend.exchange.publish("AAPL raises its guidance", con_ids=(AAPL,))
        await heard(engine, "news AAPL AAPL raises its guidance")


async def test_a_listening_program_gets_fills_once_with_their_commission(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        frames: list[Frame] = []
        listening = asyncio.create_task(asyncio.to_thread(listen, engine.socket, frames, _charged))
        await engine.until(lambda _: bool(frames))
        await engine.do("buy 10 AAPL market")
        await engine.ask(Tell(signals=(said(),)))
        await asyncio.wait_for(listening, PATIENCE)
        fills = {fill.base: fill for frame in frames for fill in frame.fills}
        assert len(fills) == 1
        assert next(iter(fills.values())).commission
        assert [one.kind for frame in frames for one in frame.signals] == ["prediction"]


def listen(socket: Path, frames: list[Frame], enough: Callable[[list[Frame]], bool]) -> None:
    with Caller(socket) as caller:
        for frame in caller.listen():
            frames.append(frame)
            if enough(frames):
                return


def _charged(frames: list[Frame]) -> bool:
    charged = any(fill.commission for frame in frames for fill in frame.fills)
    return charged and any(frame.signals for frame in frames)


async def test_an_alert_is_told_once_and_outlives_the_engine(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            assert (await engine.do("alert AAPL above 188")).message == "alert 1: AAPL above 188"
            await engine.do("alert AAPL below 100")
            assert (await engine.refused("unalert 7")).code == "no_alert"
            await engine.do("unalert 2")
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            gateway.backend.exchange.set_price(AAPL, 188.5)
            hold(gateway, bid=188.49, ask=188.51)
            await heard(engine, "AAPL above 188 · last 188.5")
            hold(gateway, bid=188.59, ask=188.61)
            await engine.until(lambda s: any(q.symbol == "AAPL" and q.bid == 188.59 for q in s.quotes))
            told = [entry for entry in engine.log if "AAPL above 188" in entry.text]
            assert [(entry.kind, entry.text) for entry in told] == [("ALERT", "AAPL above 188 · last 188.5")]
            await engine.do("alert AAPL below 90")
            listed = await engine.do("alerts")
            assert listed.message == "1 alert waits, 1 has fired"
            assert [(a.number, a.words, a.fired is not None, a.fired_at) for a in listed.alerts] == [
                (2, "AAPL below 90", False, None),
                (1, "AAPL above 188", True, 188.5),
            ]
            assert all(alert.made is not None for alert in listed.alerts)


async def test_an_alert_of_an_earlier_journal_still_waits(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        kept = '[{"number":4,"symbol":"AAPL","above":true,"price":"188"}]'
        engine.engine.parts.journal.set_latch("alerts", kept)
        (alert,) = Alerts(engine.engine.parts.state, engine.engine.parts.journal).listed
        assert (alert.words, alert.made, alert.story(UTC)) == ("AAPL above 188", None, "AAPL above 188")


async def test_a_command_is_run_for_a_fill(tmp_path: Path) -> None:
    out = tmp_path / "notes"
    script = tmp_path / "tell.sh"
    script.write_text(f'#!/bin/sh\necho "$1|$2" >> {out}\n')
    script.chmod(0o755)
    notify = Notify(command=(str(script), "{kind}", "{text}; rm -rf /"), on=("fill", "halt"))
    settings = {**CALM, "notify": notify}
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **settings) as engine:
        hold(gateway)
        await engine.do("buy 10 AAPL market")
        await engine.do("halt")
        await engine.until(lambda _: out.exists() and "halt|" in out.read_text())
        first, second = out.read_text().splitlines()
        assert first.startswith("fill|BUY 10 AAPL 187.42")
        assert second == "halt|Halted: by hand; rm -rf /"


ODD = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:tbd
DTSTART:TBD
SUMMARY:To be\x1b[31m announced
END:VEVENT
BEGIN:VEVENT
UID:jobs
DTSTART:{due:%Y%m%dT%H%M%SZ}
SUMMARY:Jobs report
END:VEVENT
END:VCALENDAR
"""


async def test_foreign_files_cost_themselves_and_never_trading(tmp_path: Path) -> None:
    odd, pipe, folder, lines = (tmp_path / name for name in ("odd.ics", "pipe.csv", "folder.csv", "lines.jsonl"))
    odd.write_text(ODD.format(due=CLOCK.now() + timedelta(days=1)))
    os.mkfifo(pipe)
    folder.mkdir()
    lines.write_text("")
    files = (str(pipe), str(folder), "/dev/zero", str(tmp_path / "none.ics"), str(odd))
    settings = {**CALM, "calendars": files, "signal_files": (str(pipe), str(folder), str(lines), "/dev/zero")}
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **settings) as engine:
        hold(gateway)
        await heard(engine, "Jobs report")
        await engine.said("odd.ics: entry tbd (To be[31m announced) is left out: 'TBD' is not a time of a calendar.")
        for text in (
            "pipe.csv cannot be read: it is not a",
            "zero cannot be read: it is not a",
            "none.ics cannot be read",
            "folder.csv",
        ):
            await engine.said(text)
        with lines.open("a") as out:
            out.write("[" * 100_000 + "\n" + '{"kind": "a", "time": "0001-01-01T00:00:00+14:00"}\n')
            out.write("x" * 500_000 + '\n{"kind": "after"}\n' + "bad\n" * 100)
        await heard(engine, "after")
        await heard(engine, "lines were left out for such reasons")
        await engine.said("pipe.csv: It is not a plain file")
        assert (await engine.status()).state == "active"
        assert (await engine.do("buy 10 AAPL market")).orders


async def test_what_a_headline_breaks_is_told_and_trading_goes_on(tmp_path: Path) -> None:
    def breaks(one: Signal) -> None:
        raise KeyError(one.kind)

    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, news=True, **CALM) as engine:
        hold(gateway)
        engine.engine.parts.state.listeners.signal.append(breaks)
        gateway.backend.exchange.publish("AAPL raises its guidance", con_ids=(AAPL,))
        await heard(engine, "news failed inside (KeyError: 'news')")
        assert (await engine.status()).state == "active"


async def test_a_reader_that_does_not_end_is_given_up(tmp_path: Path) -> None:
    file = tmp_path / "econ.csv"
    file.write_text("date,event\n2026-03-06,CPI\n")
    with pytest.raises(IbtuiError, match="took more than 0 s and was given up"):
        await read_apart(file, NOON, 0.0)


# the calendar and the tail, without an engine


def entry(time: datetime, value: float | None = None) -> str:
    return f"{time.isoformat()},CPI,{'' if value is None else value},0.3\n"


async def test_a_calendar_announces_then_tells_then_tells_the_figure(tmp_path: Path) -> None:
    file = tmp_path / "econ.csv"
    clock = ManualClock(NOON)
    told: list[Signal] = []
    calendar = Calendar((file,), clock=clock, tell=told.append, say=told.append)  # type: ignore[arg-type]
    due = NOON + timedelta(minutes=5)
    file.write_text("date,event,actual,forecast\n" + entry(NOON - timedelta(days=1)) + entry(due))
    await calendar.refresh()
    await calendar.refresh()
    assert [(one.due, one.expected) for one in told] == [(due, 0.3)]
    assert [one.due for one in calendar.announced] == [due]
    clock.advance(301)
    calendar.tell_due()
    calendar.tell_due()
    assert [(one.due, one.time, one.value) for one in told[1:]] == [(None, due, None)]
    assert calendar.announced == ()
    file.write_text("date,event,actual,forecast\n" + entry(due, 0.5))
    calendar._read.clear()
    await calendar.refresh()
    assert told[2].value == 0.5
    assert told[2].surprise == pytest.approx(0.2)
    assert len(told) == 3


async def test_a_calendar_that_breaks_keeps_what_it_knew(tmp_path: Path) -> None:
    file = tmp_path / "econ.csv"
    said_words: list[str] = []
    calendar = Calendar((file,), clock=ManualClock(NOON), tell=lambda one: None, say=said_words.append)
    file.write_text("date,event,actual,forecast\n" + entry(NOON + timedelta(days=1)))
    await calendar.refresh()
    file.write_text("nonsense\n")
    calendar._read.clear()
    await calendar.refresh()
    assert len(calendar.announced) == 1
    assert len(said_words) == 1
    assert "econ.csv" in said_words[0]


@given(st.lists(st.sampled_from(["a", "bb\n", "\n", "c", "ddd\n"]), max_size=12), st.integers(0, 12))
def test_a_tail_gives_every_whole_line_once(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], at: int
) -> None:
    file = tmp_path_factory.mktemp("tail") / "x"
    tail = Tail(file)
    read: list[str] = []
    for index, part in enumerate(parts):
        with file.open("a") as out:
            out.write(part)
        if index % (at + 1) == 0:
            read += tail.lines()
    read += tail.lines()
    whole = "".join(parts).rpartition("\n")[0].split("\n")
    assert read == [line for line in whole if line]


def test_a_file_that_is_replaced_is_read_from_its_start(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("old\n")
    tail = Tail(file)
    new = tmp_path / "y"
    new.write_text(json.dumps({"kind": "a"}) + "\n")
    new.rename(file)
    assert tail.lines() == ['{"kind": "a"}']
