"""A position that becomes smaller by an order that is no close takes its stops along, so that none turns it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from ibtui.domain.order import Order, OrderIntent, Side, new_ref
from ibtui.domain.terms import OrderType, Terms
from ibtui.gateway.server import Gateway
from tests.engine.markets import AAPL, CALM, held, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def stopped(engine: Driver, text: str = "buy 100 AAPL market sl 180") -> Order:
    """The stop of 100 shares."""
    *_, stop = (await engine.do(text)).orders
    return await engine.order(stop.ref, lambda order: order.status == "working")


def fall(gateway: Gateway) -> None:
    hold(gateway, 179.00, 179.02)
    gateway.backend.exchange.set_price(AAPL, 179.0)


async def test_a_partial_sale_reduces_the_stop_that_would_turn_the_position(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await stopped(engine)
        await engine.do("sell 40 AAPL market")
        await engine.order(stop.ref, lambda order: order.quantity == 60)
        status = await engine.until(lambda s: s.positions[0].quantity == 60)
        assert status.positions[0].cover == "full"
        await engine.said(f"{stop.ref} was reduced to 60: more would turn the position")
        fall(gateway)
        await engine.order(stop.ref, lambda order: order.status == "filled")
        assert held(gateway) == 0


async def test_targets_go_along_and_lone_stops_too(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await stopped(engine, "buy 100 AAPL market tp 200 sl 180")
        lone = await stopped(engine, "sell 100 AAPL @ stop 170")
        await engine.do("sell 70 AAPL market")
        for ref in (stop.ref, stop.ref.replace("-s", "-t"), lone.ref):
            await engine.order(ref, lambda order: order.quantity == 30)


async def test_what_is_sold_elsewhere_counts_as_well(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await stopped(engine)
        gateway.backend.exchange.transfer("DU1234567", AAPL, Decimal(-25))
        await engine.order(stop.ref, lambda order: order.quantity == 75)


async def test_a_parent_that_still_works_keeps_its_children(tmp_path: Path) -> None:
    """What it may still bring is protected, too."""
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway, size=40)
        parent, target, stop = (await engine.do("buy 100 AAPL @ 187.42 tp 200 sl 180")).orders
        await engine.order(parent.ref, lambda order: order.filled == 40)
        await engine.order(target.ref, lambda order: order.status == "working")
        await engine.until(lambda s: [p.quantity for p in s.positions] == [40])
        await engine.engine.parts.session.reconcile()
        await engine.do("buy 1 MSFT market")  # whatever was asked for AAPL is answered by then
        for ref in (target.ref, stop.ref):
            assert (await engine.order(ref, lambda order: True)).quantity == 100


async def test_a_strategys_short_does_not_take_the_traders_stop(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await stopped(engine)
        intent = OrderIntent(
            ref=new_ref(),
            owner="dip",
            terms=Terms(symbol="AAPL", side=Side.SELL, quantity=Decimal(40), type=OrderType.MKT),
        )
        await engine.engine.parts.desk.submit(intent)
        await engine.until(lambda s: s.positions[0].quantity == 60)
        await engine.engine.parts.session.reconcile()
        await engine.do("buy 1 MSFT market")  # whatever was asked for AAPL is answered by then
        assert (await engine.order(stop.ref, lambda order: True)).quantity == 100
