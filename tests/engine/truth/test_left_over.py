"""Exits that outlive their position are told as OVER, by whoever it was closed, and after a restart too."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from ibtui.domain.order import Side
from ibtui.domain.position import Position
from ibtui.exchange.told.reports import ClientOrder
from ibtui.gateway.server import Gateway
from tests.engine.markets import AAPL, CALM, bought, hold
from tests.engines import running_engine
from tests.gateways import running_gateway

FLAT_AND_OVER = (Position(symbol="AAPL", quantity=Decimal(0), cover="OVER"),)


def sold_elsewhere(gateway: Gateway, quantity: int) -> None:
    """Somebody trades the position away in TWS: this program's exits know nothing of it."""
    gateway.backend.exchange.place(
        ClientOrder(account="DU1234567", con_id=AAPL, side=Side.SELL, quantity=Decimal(quantity), type="MKT")
    )


async def test_exits_of_a_position_that_somebody_else_closed_are_over(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            orders = (await engine.do("buy 100 AAPL market tp 195 sl 180")).orders
            await engine.until(lambda s: any(p.cover == "full" for p in s.positions))
            sold_elsewhere(gateway, 100)
            await engine.until(lambda s: s.positions == FLAT_AND_OVER)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.until(lambda s: s.positions == FLAT_AND_OVER)
            assert (await engine.refused("close AAPL")).code == "no_position"
            await engine.do(f"cancel {orders[2].ref}")
            await engine.do(f"cancel {orders[1].ref}")
            await engine.until(lambda s: s.positions == ())


async def test_the_preview_says_what_positions_say_once_it_has_filled(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await bought(engine)
            plan = await engine.preview("sell 100 AAPL market sl 195")
            assert plan.warnings[0] == "AAPL stops would cover 100 more than is left: OVER"
            await engine.do("sell 100 AAPL market sl 195")
            await engine.until(lambda s: s.positions == FLAT_AND_OVER)
