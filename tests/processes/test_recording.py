"""A recording as a user makes one: over a killed engine, listed, exported, and replayed by another gateway."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from ibtui.domain.quote import Quote
from ibtui.gateway.testing import offline_gateway
from ibtui.recording.bars import read_bars
from ibtui.recording.reading import read_gaps, read_recording
from ibtui.recording.writer import KILLED
from tests.clocks import PATIENCE
from tests.processes.programs import Home, Trader

pytestmark = pytest.mark.timeout(180)

PAUSES = 10
"""How often the replay waits until the engine has recorded what it was shown."""


def until(look: Callable[[], Any], within: float = PATIENCE) -> Any:
    """What `look` returns once it is true."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline
    return found


def recorded(home: Home, *arguments: str) -> dict[str, Any]:
    done = home.run("record", *arguments, "--profile", "paper", "--json")
    assert done.code == 0, done.out + done.err
    return done.json


def markets(folder: Path, symbol: str = "AAPL") -> list[tuple[float | None, float | None, float | None]]:
    rows = read_recording(folder, symbols=[symbol], kinds=["ticks"])
    return [(quote.bid, quote.ask, quote.last) for _, quote in rows if isinstance(quote, Quote)]


def test_a_killed_engine_loses_nothing_that_was_written_and_the_day_is_replayed(home: Home, tmp_path: Path) -> None:
    with home.serving("gateway", "--port", "0", "--speed", "20") as (_, address):
        engine_arguments = ("engine", "--profile", "paper", "--port", address.rpartition(":")[2])
        with home.serving(*engine_arguments) as (engine, _):
            Trader(home, "paper").until(lambda status: status["state"] == "active")
            assert recorded(home, "AAPL", "MSFT")["on"]
            before = until(lambda: (now := recorded(home))["rows"] >= 50 and now)
            engine.kill()
        with home.serving(*engine_arguments):
            until(lambda: recorded(home)["rows"] >= 50)
            ended = recorded(home, "--stop")
            assert not ended["on"]
    folder = Path(before["folder"]).parent
    quotes = list(read_recording(folder, kinds=["ticks"]))
    assert len(quotes) >= before["rows"] + 40
    gap = next(gap for gap in read_gaps(folder) if gap.reason == KILLED)
    assert gap.end is not None
    assert not [row for row in quotes if gap.begin < row.time < gap.end]
    shown = home.run("recordings", Path(before["folder"]).name)
    assert shown.code == 0, shown.err
    assert KILLED in shown.out
    export(home, Path(before["folder"]), tmp_path)
    replay(home, Path(before["folder"]))


def export(home: Home, day: Path, tmp_path: Path) -> None:
    """The ticks of one symbol as a file."""
    done = home.run("recordings", day.name, "AAPL", str(tmp_path / "aapl.csv"), "--json")
    assert done.code == 0, done.err
    with (tmp_path / "aapl.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == done.json["rows"] == len(markets(day))


def more_rows(home: Home, than: int) -> int:
    """How many rows there are once there are more."""
    return int(until(lambda: (now := recorded(home)["rows"]) > than and now))


def replay(home: Home, day: Path) -> None:
    """A second gateway shows the markets that were recorded, in their order.

    A slow engine may take several changes at once and record the newest alone, so it is waited for ten times.
    """
    known = markets(day)
    times = [row.time for row in read_recording(day, symbols=["AAPL"], kinds=["ticks"])]
    assert len(times) > PAUSES
    other = Home(home.folder / "other")
    with (
        offline_gateway(step=True, replay=(str(day),)) as gateway,
        other.serving("engine", "--profile", "paper", "--port", str(gateway.port)),
    ):
        Trader(other, "paper").until(lambda status: status["state"] == "active")
        rows = recorded(other, "AAPL")["rows"]
        for pause in range(1, PAUSES + 1):
            moment = times[pause * (len(times) - 1) // PAUSES]
            while gateway.control.time() < moment:
                gateway.control.advance(0.05)
            rows = more_rows(other, rows)
        folder = Path(recorded(other)["folder"])
        recorded(other, "--stop")
    seen = [market for market in markets(folder) if market in known]
    assert len(seen) >= PAUSES
    places = iter(known)
    assert all(market in places for market, _ in groupby(seen))


def test_past_bars_are_downloaded_into_a_file_and_read(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "bars.csv"
    with (
        home.serving("gateway", "--port", "0", "--pacing", "--start", "2025-03-03T15:00") as (_, address),
        home.serving("engine", "--profile", "paper", "--port", address.rpartition(":")[2]),
    ):
        Trader(home, "paper").until(lambda status: status["state"] == "active")
        arguments = ("history", "AAPL", "MSFT", str(out), "--bar", "1min", "--from", "2025-02-28", "--json")
        done = home.run(*arguments, "--to", "2025-03-03")
        assert done.code == 0, done.out + done.err
        groups = list(read_bars([out]))
        assert done.json["bars"] == sum(map(len, groups)) > 1000
        assert {bar.symbol for group in groups for bar in group} == {"AAPL", "MSFT"}
        wrong = home.run("history", "AAPL", str(tmp_path / "bars.txt"), "--from", "2025-03-02", "--json")
        assert wrong.error == "usage"


def test_without_an_engine_and_without_recordings(home: Home, tmp_path: Path) -> None:
    assert home.run("recordings", "--json").json == {"recordings": []}
    assert home.run("recordings", "2026-11-27", "--json").error == "no_file"
    assert (home.run("record", "AAPL", "--json").error, home.run("record", "AAPL").code) == ("no_engine", 3)
    assert home.run("record", "AAPL", "--stop", "--json").error == "usage"
    assert home.run("history", "AAPL", str(tmp_path / "a.csv"), "--from", "soon", "--json").error == "usage"
