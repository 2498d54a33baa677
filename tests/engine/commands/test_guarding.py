"""A guard on a position that is covered already, whole or in part: never barer, never OVER, moved in place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, Side
from ibtui.exchange.told.reports import ClientOrder
from ibtui.gateway.server import Gateway
from ibtui.link.status import Status
from tests.engine.markets import AAPL, CALM, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

GUARD = "start guard symbol=AAPL bar=1s stop=2 entry=187.5"


@asynccontextmanager
async def holding(tmp_path: Path, *commands: str) -> AsyncIterator[tuple[Gateway, Driver]]:
    """A position as these commands make it, every one of them in IB's hands."""
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        for command in commands:
            await engine.do(command)
        await engine.until(lambda s: bool(s.positions) and all(o.status != "waiting" for o in s.orders))
        yield gateway, engine


def covers(engine: Driver) -> list[str]:
    """The cover of AAPL at every change of an order."""
    seen: list[str] = []
    state = engine.engine.parts.state
    state.listeners.order.append(lambda _: seen.extend(p.cover for p in state.positions.shown()))
    return seen


def stops(status: Status) -> list[Order]:
    return [order for order in status.orders if order.live and order.protective]


def priced(status: Status, *wanted: tuple[str, int, float]) -> bool:
    """Whether the working stops are these: owner, quantity and price."""
    found = [(o.owner, int(o.remaining), float(o.stop_price or 0)) for o in stops(status) if o.status == "working"]
    return sorted(found) == sorted(wanted)


async def test_a_stop_that_covers_is_taken_up_and_moved(tmp_path: Path) -> None:
    async with holding(tmp_path, "buy 100 AAPL market tp 195 sl 180") as (_, engine):
        (before,) = stops(await engine.status())
        plan = await engine.preview(GUARD)
        first, second = plan.sentence.splitlines()
        assert first.startswith("SELL 100 AAPL at a stop by guard: stop 2 (protective stop, percent from the entry)")
        assert second == "it takes up your SELL 100 AAPL STP 180.00, which stays at IB and is moved"
        assert (plan.effect_sentence, plan.legs, plan.cancels) == ("GUARDS a long of 100", (), ())
        seen = covers(engine)
        outcome = await engine.send(plan.token)
        assert "it takes up your SELL 100 AAPL STP 180.00" in outcome.message
        status = await engine.until(lambda s: priced(s, ("guard.AAPL", 100, 183.75)))
        assert [order.ref for order in stops(status)] == [before.ref], "moved, not placed again"
        assert set(seen) == {"full"}
        assert len([o for o in status.orders if o.role == "target" and o.live]) == 1


async def test_what_no_stop_covers_gets_one(tmp_path: Path) -> None:
    commands = ("buy 40 AAPL market sl 180", "buy 60 AAPL market")
    async with holding(tmp_path, *commands) as (_, engine):
        await engine.until(lambda s: [p.cover for p in s.positions] == ["part"])
        seen = covers(engine)
        await engine.do(GUARD)
        wanted = (("guard.AAPL", 40, 183.75), ("guard.AAPL", 60, 183.75))
        await engine.until(lambda s: priced(s, *wanted))
        assert set(seen) <= {"part", "full"}
        await engine.until(lambda s: [p.cover for p in s.positions] == ["full"])


async def test_stops_of_others_are_left_and_counted(tmp_path: Path) -> None:
    async with holding(tmp_path, "buy 100 AAPL market") as (gateway, engine):
        other = ClientOrder(
            account="DU1234567", con_id=AAPL, side=Side.SELL, quantity=Decimal(30), type="STP",
            stop_price=Decimal(180), tif="GTC",
        )  # fmt: skip
        gateway.backend.exchange.place(other)
        await engine.engine.parts.session.reconcile()
        await engine.until(lambda s: [p.cover for p in s.positions] == ["part"])
        plan = await engine.preview(GUARD)
        assert "SELL 30 AAPL STP 180.00 of another program stays as it is: 70 are left to guard" in plan.sentence
        await engine.do(GUARD)
        await engine.until(lambda s: priced(s, ("other", 30, 180.0), ("guard.AAPL", 70, 183.75)))
        await engine.until(lambda s: [p.cover for p in s.positions] == ["full"])


async def test_a_stop_that_comes_later_makes_the_guards_smaller(tmp_path: Path) -> None:
    async with holding(tmp_path, "buy 100 AAPL market") as (_, engine):
        await engine.do(GUARD)
        await engine.until(lambda s: priced(s, ("guard.AAPL", 100, 183.75)))
        await engine.do("buy 50 AAPL market sl 181")
        wanted = (("guard.AAPL", 100, 183.75), ("you", 50, 181.0))
        await engine.until(lambda s: priced(s, *wanted) and [p.cover for p in s.positions] == ["full"])


async def test_nothing_is_left_to_guard_of_what_others_cover(tmp_path: Path) -> None:
    async with holding(tmp_path, "buy 100 AAPL market") as (_, engine):
        await engine.do(GUARD)
        await engine.until(lambda s: priced(s, ("guard.AAPL", 100, 183.75)))
        refused = await engine.refused(GUARD.replace("guard", "guard.second"))
        assert refused.message == (
            "A stop covers your long of 100 AAPL already: SELL 100 AAPL STP 183.75 of guard.AAPL stays as it is."
        )
        with pytest.raises(IbtuiError):
            await engine.preview(GUARD.replace("guard", "guard.second"))


async def test_a_guard_that_does_not_start_gives_the_stop_back(tmp_path: Path) -> None:
    async with holding(tmp_path, "buy 100 AAPL market sl 180") as (_, engine):
        assert (await engine.refused(f"{GUARD} trail=many")).code == "bad_parameter"
        await engine.until(lambda s: priced(s, ("you", 100, 180.0)))
        await engine.do("halt")
        assert (await engine.refused(GUARD)).code == "halted"
        assert priced(await engine.status(), ("you", 100, 180.0))


async def test_a_stop_in_the_guard_s_hand_stays_there_over_a_restart(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.do("buy 100 AAPL market sl 180")
            await engine.until(lambda s: priced(s, ("you", 100, 180.0)))
            await engine.do(GUARD)
            await engine.until(lambda s: priced(s, ("guard.AAPL", 100, 183.75)))
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            assert priced(await engine.status(), ("guard.AAPL", 100, 183.75))
            await engine.do(GUARD.replace("stop=2", "stop=4"))
            await engine.until(lambda s: priced(s, ("guard.AAPL", 100, 180.0)))


async def test_a_guard_s_stop_that_outlives_its_position_is_over(tmp_path: Path) -> None:
    async with holding(tmp_path, "buy 100 AAPL market") as (gateway, engine):
        await engine.do(GUARD)
        await engine.until(lambda s: priced(s, ("guard.AAPL", 100, 183.75)))
        await engine.do("stop guard.AAPL")
        gateway.backend.exchange.place(
            ClientOrder(account="DU1234567", con_id=AAPL, side=Side.SELL, quantity=Decimal(100), type="MKT")
        )
        await engine.until(lambda s: [str(p.cover) for p in s.positions] == ["OVER"])
