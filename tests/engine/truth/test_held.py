"""Held instruments over the wire: what holds, what still goes out, and how a person or a later answer ends it."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.order import Side
from ibtui.gateway.server import Gateway
from ibtui.link.status import Status
from tests.engine.markets import AAPL, CALM, hold
from tests.engine.truth.others import by_others, transfer
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

STRATEGY = """
from ibtui.strategies import Strategy, param

class Idle(Strategy):
    symbol: str = param("AAPL", kind="symbol")
    bar: str = param("1m", kind="bar")
"""


async def counted(engine: Driver) -> Status:
    await engine.engine.parts.session.reconcile()
    return await engine.status()


def holds(status: Status) -> dict[str, tuple[int, int]]:
    return {h.symbol: (int(h.expected or 0), int(h.counted or 0)) for h in status.holds}


def shown(status: Status) -> dict[str, tuple[int, bool]]:
    return {p.symbol: (int(p.quantity), p.doubted) for p in status.positions}


async def test_shares_from_nowhere_are_held_until_they_are_accepted(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        transfer(gateway, 40)
        assert holds(await counted(engine)) == {"AAPL": (0, 40)}
        assert engine.header is not None
        refusal = await engine.refused("buy 10 AAPL market")
        assert (refusal.code, "accept AAPL" in refusal.message) == ("held", True)
        assert (await engine.refused("sell 41 AAPL market")).code == "held"
        assert (await engine.do("buy 1 MSFT market")).answered
        assert (await engine.do("close AAPL 10")).answered
        await engine.until(lambda s: shown(s)["AAPL"] == (30, False))
        plan = await engine.preview("accept AAPL")
        assert plan.sentence == (
            "ACCEPT IB's count of AAPL, 30, is the base from now on; the account's own, by hand: 30"
        )
        assert (plan.verb, plan.legs) == ("accept", ())
        outcome = await engine.send(plan.token)
        assert "AAPL is no longer held" in outcome.message
        assert holds(await counted(engine)) == {}
        assert (await engine.do("buy 10 AAPL market")).answered
    journal = sqlite3.connect(tmp_path / "paper" / "journal.sqlite")
    assert journal.execute("SELECT count(*) FROM event WHERE kind = 'ACCEPT'").fetchone() == (1,)
    assert journal.execute("SELECT quantity FROM pos WHERE symbol = 'AAPL'").fetchone() == ("40",)


async def test_a_live_change_without_an_execution_is_asked_about(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        transfer(gateway, 40)
        status = await engine.until(lambda s: bool(s.holds), within=30)  # sooner than the rounds of a minute
        assert status.holds[0].reason == "IB counts 40, our books 0"
        assert "AAPL is HELD: IB counts 40, our books 0." in status.reason


async def test_a_trade_of_another_program_is_no_hold(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        by_others(gateway, Side.BUY, 40)
        status = await counted(engine)
        assert holds(status) == {}
        assert shown(status) == {"AAPL": (40, False)}
        await engine.said("BUY 40 AAPL 187.42 · other, by TWS")


async def test_a_split_is_told_and_is_no_hold(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await counted(engine)
        gateway.backend.exchange.split(AAPL, 4.0)
        assert holds(await counted(engine)) == {}
        await engine.said("AAPL 100 -> 400: split 4 for 1")


@pytest.mark.parametrize("restarted", [False, True])
async def test_empty_lists_are_not_flat_and_a_later_answer_ends_the_hold(tmp_path: Path, restarted: bool) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await engine.do("buy 100 AAPL market")
            await engine.until(lambda s: shown(s) == {"AAPL": (100, False)})
            undo = gateway.faults.empty_lists()
            if not restarted:
                await empty(engine, gateway)
                undo()
                assert holds(await counted(engine)) == {}
        if restarted:
            async with running_engine(tmp_path, gateway.port, **CALM) as engine:
                await empty(engine, gateway)
                undo()
                status = await counted(engine)
                assert (holds(status), shown(status)) == ({}, {"AAPL": (100, False)})
                await engine.said("AAPL is no longer held: IB counts 100, as our books do")
                assert (await engine.do("close AAPL")).answered


async def empty(engine: Driver, gateway: Gateway) -> None:
    """What an answer without any position leads to."""
    hold(gateway)
    status = await counted(engine)
    assert holds(status) == {"AAPL": (100, 0)}
    assert shown(status) == {"AAPL": (100, True)}
    assert "IB lists none of it" in status.holds[0].reason
    for line in ("sell 100 AAPL market", "close AAPL", "flatten AAPL", "buy 1 AAPL market"):
        assert (await engine.refused(line)).code == "held"


async def test_a_hold_survives_a_restart(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            transfer(gateway, 40)
            since = (await counted(engine)).holds[0].since
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            (held,) = (await engine.status()).holds
            assert (held.since, held.expected, held.counted) == (since, Decimal(0), Decimal(40))
            await engine.do("accept AAPL")
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            assert holds(await counted(engine)) == {}


async def test_what_is_not_held_and_what_ib_cannot_be_asked_about_is_not_accepted(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        assert (await engine.refused("accept AAPL")).code == "not_held"
        assert (await engine.refused("adjust sma_cross AAPL 40")).code == "not_held"
        transfer(gateway, 40)
        await counted(engine)
        assert (await engine.refused("adjust nobody AAPL 40")).code == "unknown_strategy"
        assert (await engine.refused("adjust guard AAPL 40")).code == "not_its_share"
        assert (await engine.refused("adjust sma_cross AAPL 41")).code == "not_its_share"
        assert (await engine.refused("adjust sma_cross AAPL -40")).code == "not_its_share"
        gateway.faults.outage()  # TWS still answers, with what it knew before
        await engine.until(lambda s: s.connection.state != "active")
        assert (await engine.refused("accept AAPL")).code == "not_connected"
        assert holds(await engine.status()) == {"AAPL": (0, 40)}


async def test_a_count_that_moved_since_the_preview_is_not_accepted(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        transfer(gateway, 40)
        await counted(engine)
        plan = await engine.preview("accept AAPL")
        transfer(gateway, 5)
        with pytest.raises(Exception, match="check again"):
            await engine.send(plan.token)
        assert holds(await engine.status()) == {"AAPL": (0, 45)}


async def test_a_strategy_s_book_is_adjusted_and_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "idle.py").write_text(STRATEGY)
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            hold(gateway)
            await engine.do("start idle")
            transfer(gateway, 40)
            await counted(engine)
            assert idle(await engine.status()) == ("paused", Decimal(0))
            outcome = await engine.do("adjust idle AAPL 30")
            assert "idle's own book counts 30 at 100.00" in outcome.message
            assert "the account's own, by hand: 10" in outcome.message
            await engine.until(lambda s: idle(s) in (("warming", Decimal(30)), ("running", Decimal(30))))
            assert holds(await counted(engine)) == {}
            transfer(gateway, -40)
            await counted(engine)
            assert "idle stays paused: its own book says 30 AAPL" in (await engine.do("accept AAPL")).message
            status = await engine.until(lambda s: idle(s) == ("paused", Decimal(30)))
            assert holds(status) == {}
            transfer(gateway, 40)
            await counted(engine)
            await engine.do("adjust idle AAPL 0")
            await engine.do("resume idle")
            await engine.until(lambda s: idle(s)[1] == 0)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.until(lambda s: idle(s)[1] == 0)
            assert holds(await counted(engine)) == {}


async def test_a_split_that_a_strategy_s_book_knows_nothing_of_is_held(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "idle.py").write_text(STRATEGY)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("start idle")
        transfer(gateway, 100)
        await counted(engine)
        await engine.do("adjust idle AAPL 100")
        await counted(engine)
        gateway.backend.exchange.split(AAPL, 0.1)
        status = await counted(engine)
        assert [hold.reason for hold in status.holds] == ["100 -> 10, split 1 for 10; idle's own book says 100"]
        await engine.do("adjust idle AAPL 10")
        assert holds(await counted(engine)) == {}
        await engine.until(lambda s: idle(s)[1] == 10)


def idle(status: Status) -> tuple[str, Decimal | None]:
    found = next((s for s in status.strategies if s.name == "idle"), None)
    return ("", None) if found is None else (found.state, found.position)
