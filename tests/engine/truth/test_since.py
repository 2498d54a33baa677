"""Since you left, and the resync report: what the next terminal is told, and what a reconnect found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from ibtui.domain.happening import Away
from ibtui.domain.order import Side
from ibtui.link.client import Client
from tests.clocks import PATIENCE
from tests.engine.markets import CALM, hold
from tests.engine.truth.others import by_others, transfer
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def away(engine: Driver) -> Away:
    found = (await engine.do("since")).away
    assert found is not None
    return found


async def leave(engine: Driver) -> None:
    """The terminal goes, and the engine has noticed."""
    await engine.client.close()
    await passes(lambda: not engine.engine.parts.since._terminals)


async def passes(condition: Callable[[], bool]) -> None:
    """Let the loop run until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def come_back(engine: Driver) -> None:
    engine.client = Client(engine._framed, engine._lost)
    await engine.attach()


def told(found: Away) -> list[tuple[str, str]]:
    return [(happening.kind, happening.text) for happening in found.happenings]


async def test_what_happened_without_a_terminal_is_told_to_the_next_one(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL @ 187.00")
        assert told(await away(engine)) == []
        await leave(engine)
        hold(gateway, 186.90, 186.95)
        state = engine.engine.parts.state
        await passes(lambda: state.positions.held("AAPL") == 100)
        transfer(gateway, 40)
        await engine.engine.parts.session.reconcile()
        await engine.engine.parts.journal.commit()
        engine.engine.parts.latch.set(state.clock.now(), "a test")
        await come_back(engine)
        found = await away(engine)
        assert sorted(kind for kind, _ in told(found)) == ["fill", "halt", "hold", "order"]
        assert found.words == "1 halt, 1 change of a hold, 1 fill, 1 order ended"
        assert found.fresh
        assert found.since < found.until
        assert "AAPL is HELD: IB counts 140, our books 100" in [text for _, text in told(found)]
        await engine.do("resume")
        assert told(await away(engine)) == told(found), "it is about the time before the terminal came"


async def test_a_new_engine_goes_on_from_when_the_terminal_left(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await engine.do("buy 5 AAPL market")  # seen by the terminal that leaves
            await engine.engine.parts.session.reconcile()
            await leave(engine)
            left = engine.engine.parts.since.told().since
            by_others(gateway, Side.BUY, 40)
            await engine.engine.parts.session.reconcile()
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            found = await away(engine)
            assert found.since == left
            assert [text.split(" AAPL")[0] for kind, text in told(found) if kind == "fill"] == ["BUY 40"]
            assert [kind for kind, _ in told(found) if kind == "order"] == []


async def test_a_reconnect_is_reported(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL @ 187.00")
        await engine.do("buy 10 AAPL @ 180.00")
        await gateway.faults.refuse()
        gateway.faults.drop()
        await engine.until(lambda s: s.connection.state != "active")
        hold(gateway, 186.90, 186.95)
        await gateway.faults.accept()
        await engine.until(lambda s: engine.logged("connected again after"))
        line = next(entry.text for entry in engine.log if entry.text.startswith("connected again after"))
        assert "2 orders before, 1 after; 1 fill recovered; " in line
        assert "of 2 market data lines restored" in line
        assert "vanished: BUY 100 AAPL LMT 187.00 (filled)" in line
        assert "appeared: position 100 AAPL" in line


async def test_a_first_connect_reports_nothing(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await engine.engine.parts.session.reconcile()
        await engine.status()
        assert not engine.logged("connected again")
