"""The engine as a whole: strategies through it, trouble inside it, and its life as a process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ibtui.domain.event import RoundTrip
from ibtui.link.caller import Caller
from ibtui.link.messages import GetStatus
from ibtui.link.status import Status, StrategyStatus
from tests.clocks import CLOCK, PATIENCE
from tests.engine.markets import CALM, bought, hold
from tests.engines import running_engine
from tests.gateways import running_gateway


def strategy(status: Status, name: str = "sma_cross") -> StrategyStatus:
    return next(one for one in status.strategies if one.name == name)


async def test_a_strategy_trades_through_the_desk_and_the_halt_stops_it(tmp_path: Path) -> None:
    # past bars carry the exchange's time and live bars the engine's: they have to be the same
    start = CLOCK.now()
    async with running_gateway(start=start) as gateway, running_engine(tmp_path, gateway.port) as engine:
        await engine.until(lambda s: bool(s.strategies))
        await engine.do("start sma_cross symbol=AAPL fast=1 slow=2 bar=1s")
        status = await engine.until(lambda s: strategy(s).trades > 0)
        mine = [order for order in status.orders if order.owner == "sma_cross"]
        assert mine
        assert strategy(status).state == "running"
        await engine.do("halt")
        status = await engine.until(lambda s: strategy(s).state == "off")
        assert not [o for o in status.orders if o.owner == "sma_cross" and o.live and o.role == "entry"]


async def test_an_event_that_cannot_be_applied_halts(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)

        def broken(event: RoundTrip) -> None:
            raise ZeroDivisionError("a bug")

        engine.engine.parts.state._appliers[RoundTrip] = broken
        status = await engine.until(lambda s: s.state == "halted")
        assert "ZeroDivisionError: a bug" in status.reason
        assert (await engine.refused("buy 100 AAPL market")).code == "halted"


async def test_a_damaged_journal_starts_halted_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "journal.sqlite").write_text("no database" * 1000)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        status = await engine.status()
        assert status.state == "halted"
        assert "damaged" in status.reason
        await engine.do("resume")
        assert (await engine.status()).state == "active"


async def test_a_demo_that_nobody_looks_at_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibtui.engine.idle.IDLE_DEMO", 0.2)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, demo=True) as engine:
        assert not engine.engine._ended.is_set()
        await engine.client.close()
        await asyncio.wait_for(engine.engine.run_until_ended(), PATIENCE)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
async def test_the_day_of_profit_and_limits_is_new_yorks_wherever_it_is_read(zone: str, tmp_path: Path) -> None:
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, ready=False, timezone=zone) as engine,
    ):
        began = engine.engine.setting.day_began()
        assert began.utcoffset() is not None
        assert (began.hour, began.minute) in ((4, 0), (5, 0))  # New York, with and without daylight saving


SERVE = """
import asyncio, sys
from pathlib import Path
from ibtui.config import Folders, Profile
from ibtui.engine.engine import serve
profile = Profile(port=int(sys.argv[1]), watchlist=("AAPL",))
def ready(path): print("ready", path, flush=True)
asyncio.run(serve("paper", profile, Folders(Path(sys.argv[2])), ready=ready))
"""


@asynccontextmanager
async def served(port: int, state: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, Path]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVE,
        str(port),
        str(state),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "XDG_CONFIG_HOME": str(state)},
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().split()
        assert line[0] == "ready"
        yield process, Path(line[1])
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def status_of(socket: Path) -> Status:
    with Caller(socket) as caller:
        status = caller.ask(GetStatus())
    assert isinstance(status, Status)
    return status


async def test_a_hang_up_changes_nothing_and_a_term_ends_it_cleanly(tmp_path: Path) -> None:
    async with running_gateway() as gateway, served(gateway.port, tmp_path / "paper") as (process, socket):
        process.send_signal(signal.SIGHUP)
        status = await asyncio.to_thread(status_of, socket)
        assert status.pid == process.pid
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        assert not socket.exists()


async def test_a_killed_engine_leaves_nothing_in_the_way_of_the_next(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with served(gateway.port, tmp_path / "paper") as (process, socket):
            process.kill()
            await process.wait()
            assert socket.exists()
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            facts = json.loads(engine.engine._lock._folders.facts.read_bytes())
            assert facts["pid"] == os.getpid()
            await bought(engine)
