"""Coins over a real session and a real gateway: bought for money, held in fractions, closed to the last one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.order import OrderStatus
from ibtui.gateway.server import Gateway
from tests.engine.markets import CALM
from tests.engines import running_engine
from tests.gateways import running_gateway

BTC = 479624278


def market(gateway: Gateway, ask: float = 88_400.25) -> None:
    gateway.backend.exchange.set_book(BTC, bid=ask - 0.25, ask=ask, bid_size=0.5, ask_size=0.5)


async def test_coins_are_bought_for_money_and_sold_to_the_last_fraction(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        market(gateway)
        plan = await engine.preview("buy 500 USD of BTC.USD @ market")
        assert plan.sentence.startswith("BUY about 0.00565609 BTC.USD for 500.00 USD at market, at once or cancelled")
        outcome = await engine.do("buy 500 USD of BTC.USD @ market")
        bought = await engine.order(outcome.orders[0].ref, lambda order: order.status is OrderStatus.FILLED)
        assert (bought.quantity, bought.filled, bought.cash) == (Decimal("0.00565609"),) * 2 + (Decimal(500),)
        (report,) = gateway.backend.exchange.executions()
        assert report.quantity == Decimal("0.00565609")
        status = await engine.until(lambda s: bool(s.positions))
        assert status.positions[0].quantity == Decimal("0.00565609")
        outcome = await engine.do("close BTC.USD 0.00025289")
        part = await engine.order(outcome.orders[0].ref, lambda order: order.status is OrderStatus.FILLED)
        assert (part.quantity, part.tif) == (Decimal("0.00025289"), "IOC")
        await engine.do("flatten all")
        await engine.until(lambda s: not s.positions)
        assert [str(fill.quantity) for fill in gateway.backend.exchange.executions()] == [
            "0.00565609",
            "0.00025289",
            "0.00540320",
        ]
        assert not any(entry.kind == "ERROR" for entry in engine.log)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("buy 500 EUR of BTC.USD @ market", "BTC.USD is paid in USD, not EUR."),
        ("buy 0.0001 USD of BTC.USD @ market", "do not reach for 0.00000001 BTC.USD"),
    ],
)
async def test_money_that_buys_nothing_is_refused(tmp_path: Path, command: str, words: str) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        market(gateway)
        error = await engine.refused(command)
        assert error.code == "bad_quantity"
        assert words in error.message


async def test_a_quantity_of_coins_at_market_is_sent_as_the_money_that_it_costs(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        market(gateway)
        outcome = await engine.do("buy 0.01 BTC.USD @ market")
        order = await engine.order(outcome.orders[0].ref, lambda order: order.status is OrderStatus.FILLED)
        assert order.cash == Decimal("884.01")
        assert order.filled == pytest.approx(Decimal("0.01"), abs=Decimal("0.000001"))


async def test_a_limit_for_money_is_one_for_a_quantity(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        market(gateway)
        outcome = await engine.do("buy 500 USD of BTC.USD @ 88000 minutes")
        (order,) = outcome.orders
        assert (order.quantity, order.cash, order.tif) == (Decimal("0.00568181"), None, "Minutes")
