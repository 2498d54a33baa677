"""Recordings as what drives the markets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.told.reports import Tick
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.running.replays import read_replay
from ibtui.gateway.running.state import load, save
from ibtui.gateway.serving import ServeOptions, running
from ibtui.recording.folders import Manifest, file_name, write_manifest
from ibtui.recording.members import append
from ibtui.recording.rows import TABLES, write_line

BEGAN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AAPL = 265598


def quote(symbol: str, last: float, volume: float) -> Quote:
    return Quote(
        symbol=symbol,
        last=last,
        volume=volume,
        bid=last - 0.01,
        ask=last + 0.01,
        bid_size=300.0,
        ask_size=400.0,
        last_size=100.0,
    )


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Ten seconds of AAPL, of which every other tick trades 200, and one tick of an unlisted symbol."""
    day = tmp_path / "recordings" / "2026-11-23"
    day.mkdir(parents=True)
    table = TABLES["ticks"]
    for symbol, quotes in (
        ("AAPL", [quote("AAPL", 200 + number // 2 / 100, 1000 + number // 2 * 200) for number in range(10)]),
        ("XYZ", [quote("XYZ", 7.0, 10)]),
    ):
        rows = [write_line(table.write(BEGAN + timedelta(seconds=number), item)) for number, item in enumerate(quotes)]
        append(day / file_name("ticks", symbol), table.header + "".join(rows))
    write_manifest(day, Manifest(profile="paper", day=date(2026, 11, 23), began=BEGAN, alive=BEGAN))
    return day.parent


def test_ticks_come_back_as_they_were_recorded(recording: Path) -> None:
    replay = read_replay([recording])
    assert replay.start == BEGAN
    exchange = Exchange(replay=replay)
    heard: list[Tick] = []
    exchange.listen(lambda report: heard.append(report) if isinstance(report, Tick) else None)
    exchange.watch(AAPL)
    exchange.advance(BEGAN + timedelta(seconds=11))
    ticks = [tick for tick in heard if tick.con_id == AAPL]
    traded = [(tick.last, tick.last_size) for tick in ticks if tick.traded]
    assert traded[-4:] == [(200.01, 200), (200.02, 200), (200.03, 200), (200.04, 200)]
    assert (ticks[-1].bid, ticks[-1].ask, ticks[-1].bid_size, ticks[-1].ask_size) == (200.03, 200.05, 300, 400)
    (new,) = exchange.listings.find(root="XYZ")
    assert exchange.tick(new.instrument.con_id).last == 7.0


def test_a_recording_and_a_file_go_together(recording: Path, tmp_path: Path) -> None:
    file = tmp_path / "MSFT.csv"
    file.write_text("time,open,high,low,close\n2026-11-23T15:00:00Z,400,401,399,400.5\n")
    assert set(read_replay([recording, file]).series) == {"AAPL", "XYZ", "MSFT"}


async def test_a_state_goes_on_with_the_replay_that_it_began_with_and_no_other(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    replay = read_replay([recording])
    save(Backend(Exchange(replay=replay)), path)
    load(path, replay=replay)
    with pytest.raises(IbtuiError, match="AAPL, XYZ"):
        load(path)


async def test_the_gateway_begins_where_the_recording_does(recording: Path) -> None:
    async with running(ServeOptions(step=True, replay=(str(recording),))) as (gateway, _):
        assert gateway.backend.exchange.now == BEGAN


def test_a_folder_without_a_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError, match="holds no recording"):
        read_replay([tmp_path])
