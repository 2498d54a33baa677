"""Algorithms that take the place of an order: previewed, after its confirmed cancel, never beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus
from ibtui.gateway.server import Gateway
from ibtui.link.messages import Do
from tests.engine.markets import AAPL, CALM, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

CANCEL_ORDER = 4
CHASE = "start chase replacing {} symbol=AAPL side=sell quantity={}"


@asynccontextmanager
async def selling(tmp_path: Path) -> AsyncIterator[tuple[Gateway, Driver, Order]]:
    """A long of 100 AAPL, and a resting order that sells it."""
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda s: any(p.quantity == 100 for p in s.positions))
        (order,) = (await engine.do("sell 100 AAPL @ 190")).orders
        yield gateway, engine, await engine.order(order.ref, lambda o: o.status == "working")


def watched(engine: Driver) -> list[set[str]]:
    """The owners of live orders at every change of an order, so that two at once are seen."""
    seen: list[set[str]] = []
    state = engine.engine.parts.state
    state.listeners.order.append(lambda _: seen.append({order.owner for order in state.orders.all_live()}))
    return seen


async def chased(engine: Driver) -> Order:
    """The order of the algorithm, once there is one."""
    status = await engine.until(lambda s: any(o.owner == "chase.AAPL" for o in s.orders))
    return next(order for order in status.orders if order.owner == "chase.AAPL")


def started(engine: Driver) -> bool:
    return any(one.state != "off" for one in engine.engine.parts.supervisor.statuses())


async def test_the_preview_says_what_goes_and_what_comes(tmp_path: Path) -> None:
    async with selling(tmp_path) as (_, engine, order):
        plan = await engine.preview(CHASE.format(order.ref[:6], 100) + " step=2")
        first, second = plan.sentence.splitlines()
        assert first.startswith("SELL 100 AAPL by chase: step=2 seconds=2")
        assert second == "in place of SELL 100 AAPL LMT 190.00, cancelled first"
        assert (plan.effect, plan.effect_sentence) == ("closes", "CLOSES a long of 100")
        assert (plan.cancels, plan.legs) == ((order.ref,), ())
        await engine.order(order.ref, lambda o: o.status == "working")
        assert not started(engine)


async def test_the_order_is_gone_before_the_algorithm_trades(tmp_path: Path) -> None:
    async with selling(tmp_path) as (_, engine, order):
        seen = watched(engine)
        plan = await engine.preview(CHASE.format(order.ref, 100))
        outcome = await engine.send(plan.token)
        assert outcome.message.startswith("SELL 100 AAPL LMT 190.00 is cancelled; chase.AAPL is on:")
        assert (await chased(engine)).quantity == 100
        assert not any({"you", "chase.AAPL"} <= owners for owners in seen)


async def test_only_what_is_left_is_worked(tmp_path: Path) -> None:
    async with selling(tmp_path) as (gateway, engine, order):
        plan = await engine.preview(CHASE.format(order.ref, 100))
        hold(gateway, 190.00, 190.02, size=30)
        await engine.order(order.ref, lambda o: o.filled == 30)
        hold(gateway)
        refused = await engine.refused(CHASE.format(order.ref, 71))
        assert (refused.code, "Only 70 of SELL 100 AAPL" in refused.message) == ("bad_quantity", True)
        outcome = await engine.send(plan.token)
        assert "is cancelled after 30 traded" in outcome.message
        assert (await chased(engine)).quantity == 70


async def test_an_order_that_is_not_confirmed_as_cancelled_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with selling(tmp_path) as (gateway, engine, order):
        monkeypatch.setattr(engine.engine.parts.answers, "wait", partial(engine.engine.parts.answers.wait, within=0.3))
        gateway.faults.swallow(CANCEL_ORDER)
        refused = await engine.refused(CHASE.format(order.ref, 100))
        assert refused.code == "unknown"
        assert refused.message == (
            "IB has not confirmed that SELL 100 AAPL LMT 190.00 is cancelled: "
            "nothing was started, and the cancel is asked for on."
        )
        assert not started(engine)


async def test_an_order_that_fills_first_leaves_nothing_to_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with selling(tmp_path) as (gateway, engine, order):
        desk = engine.engine.parts.desk
        cancel = desk.cancel

        def filled_first(ref: str) -> None:
            gateway.backend.exchange.set_book(AAPL, bid=190.0, ask=190.02, bid_size=1000, ask_size=1000)
            cancel(ref)

        monkeypatch.setattr(desk, "cancel", filled_first)
        outcome = await engine.do(CHASE.format(order.ref, 100))
        assert outcome.message == "SELL 100 AAPL LMT 190.00 traded before it was cancelled: nothing is left, " + (
            "chase was not started."
        )
        assert not started(engine)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ("symbol=AAPL side=sell quantity=100 step=many", "bad_parameter"),
        ("symbol=AAPL side=sell quantity=1e9999", "bad_parameter"),
        ("symbol=AAPL side=sideways quantity=100", "bad_parameter"),
        ("symbol=AAPL side=buy quantity=100", "bad_parameter"),
        ("symbol=MSFT side=sell quantity=100", "bad_parameter"),
        ("symbol=AAPL side=sell quantity=101", "bad_quantity"),
        ("symbol=AAPL side=sell quantity=0", "bad_parameter"),
    ],
)
async def test_what_cannot_start_cancels_nothing(tmp_path: Path, parameters: str, code: str) -> None:
    async with selling(tmp_path) as (_, engine, order):
        text = f"start chase replacing {order.ref} {parameters}"
        assert (await engine.refused(text)).code == code
        with pytest.raises(IbtuiError):
            await engine.preview(text)
        assert (await engine.order(order.ref, lambda o: True)).status is OrderStatus.WORKING


async def test_only_a_free_order_of_ones_own_is_worked(tmp_path: Path) -> None:
    async with selling(tmp_path) as (_, engine, order):
        parent, _, stop = (await engine.do("buy 100 AAPL @ 186 tp 195 sl 180")).orders
        text = "start chase replacing {} symbol=AAPL side=buy quantity=100"
        assert "brings a target or a stop" in (await engine.refused(text.format(parent.ref))).message
        assert "guards a position" in (await engine.refused(CHASE.format(stop.ref, 100))).message
        await engine.do("start twap symbol=AAPL side=buy quantity=1 bar=1s")
        assert "works no orders" in (await engine.refused(f"start guard replacing {order.ref} symbol=AAPL")).message
        await engine.do("halt")
        assert (await engine.refused(CHASE.format(order.ref, 100))).code == "halted"


async def test_a_shadow_replaces_nothing(tmp_path: Path) -> None:
    async with selling(tmp_path) as (_, engine, order):
        start = parse(CHASE.format(order.ref, 100))
        with pytest.raises(IbtuiError, match="In shadow chase sends nothing"):
            await engine.ask(Do(command=replace(start, shadow=True)))
        assert (await engine.order(order.ref, lambda o: True)).status is OrderStatus.WORKING


async def test_an_order_is_replaced_once(tmp_path: Path) -> None:
    async with selling(tmp_path) as (_, engine, order):
        plans = [
            await engine.preview(f"start {name} replacing {order.ref} symbol=AAPL side=sell quantity=100")
            for name in ("chase", "twap")
        ]
        await engine.send(plans[0].token)
        with pytest.raises(IbtuiError) as refused:
            await engine.send(plans[1].token)
        assert refused.value.code == "order_done"
        assert not any(s.name == "twap.AAPL" for s in engine.engine.parts.supervisor.statuses())


async def test_two_cannot_take_the_place_of_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with selling(tmp_path) as (gateway, engine, order):
        monkeypatch.setattr(engine.engine.parts.answers, "wait", partial(engine.engine.parts.answers.wait, within=1))
        plans = [
            await engine.preview(f"start {name} replacing {order.ref} symbol=AAPL side=sell quantity=100")
            for name in ("chase", "twap")
        ]
        undo = gateway.faults.swallow(CANCEL_ORDER)
        first = asyncio.create_task(engine.send(plans[0].token))
        await engine.until(lambda _: order.ref in engine.engine.parts.desk.asked)
        with pytest.raises(IbtuiError, match="is being replaced already"):
            await engine.send(plans[1].token)
        with pytest.raises(IbtuiError, match="not confirmed"):
            await first
        undo()


async def test_a_strategy_of_its_own_needs_no_preview(tmp_path: Path) -> None:
    async with selling(tmp_path) as (_, engine, _order):
        with pytest.raises(IbtuiError) as refused:
            await engine.preview("start sma_cross symbol=AAPL")
        assert refused.value.code == "bad_command"
        plan = await engine.preview("start twap symbol=AAPL side=buy quantity=50")
        assert plan.effect_sentence == "ADDS to a long of 100, becomes 150"
        assert plan.cancels == ()
        assert plan.bare == Decimal(150)
