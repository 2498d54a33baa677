"""Markets that do not trade or are not of now, over the real gateway: who gets out, who may not get in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.gateway.server import Gateway
from tests.engine.markets import AAPL, CALM, bought, held, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def halted(gateway: Gateway, engine: Driver) -> None:
    gateway.backend.exchange.halt(AAPL)
    await engine.until(lambda s: engine.engine.parts.state.quotes["AAPL"].halted)


async def test_a_halt_at_the_exchange_lets_nothing_in_and_a_close_out(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await bought(engine)
        await halted(gateway, engine)
        error = await engine.refused("buy 10 AAPL @ 187.00")
        assert (error.code, "halted at its exchange" in error.message) == ("instrument_halted", True)
        plan = await engine.preview("close AAPL")
        assert "AAPL is halted at its exchange" in plan.warnings
        outcome = await engine.do("close AAPL")
        assert "AAPL is halted at its exchange" in outcome.message
        await engine.said("AAPL is halted at its exchange: SELL 100 AAPL MKT")
        assert held(gateway) == 100
        gateway.backend.exchange.halt(AAPL, False)
        await engine.order(outcome.orders[0].ref, lambda order: order.status == "filled")
        assert held(gateway) == 0


def delay(gateway: Gateway) -> None:
    listings = gateway.backend.exchange.listings
    listing = listings.by_con_id(AAPL)
    assert listing is not None
    listings.replace(replace(listing, delayed_only=True))


def delayed(limits: Limits) -> dict[str, Any]:
    return CALM | {"limits": limits, "watchlist": ("AAPL",)}


async def test_delayed_quotes_let_in_only_by_the_word_for_it(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        delay(gateway)
        async with running_engine(tmp_path, gateway.port, **delayed(Limits(quote_age=60))) as engine:
            error = await engine.refused("buy 10 AAPL market")
            assert error.code == "delayed_quotes"
            assert "`delayed_quotes = true`" in error.message
        word = Limits(quote_age=60, delayed_quotes=True)
        async with running_engine(tmp_path, gateway.port, **delayed(word)) as engine:
            plan = await engine.preview("buy 10 AAPL market")
            assert "prices of AAPL are delayed" in plan.warnings
            await bought(engine, 10)
        async with running_engine(tmp_path, gateway.port, **delayed(Limits(quote_age=60))) as engine:
            outcome = await engine.do("sell 10 AAPL market")
            assert "prices of AAPL are delayed" in outcome.message
            await engine.until(lambda s: not s.positions)


async def test_an_exit_far_from_the_market_goes_out_and_says_so(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await bought(engine)
        plan = await engine.preview("close AAPL @ 1874")
        assert any("900 % from the market" in warning for warning in plan.warnings)
        assert "exit collar" in (await engine.do("close AAPL 50 @ 1874")).message
        assert (await engine.refused("buy 10 AAPL market sl 0.01")).code == "price_collar"
