"""Options from a command to the broker and back, over a real session and a real gateway."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.gateway.server import Gateway
from tests.engine.markets import CALM, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

CALL = "AAPL261218C00190000"


async def asking(engine: Driver, symbol: str) -> float:
    """The ask of an option that is watched from now on."""
    await engine.do(f"watch {symbol}")
    status = await engine.until(lambda s: any(q.symbol == symbol and q.ask for q in s.quotes))
    ask = next(quote.ask for quote in status.quotes if quote.symbol == symbol)
    assert ask is not None
    return ask


def held(gateway: Gateway) -> dict[str, Decimal]:
    """What the exchange says the account holds, by local symbol without blanks."""
    exchange = gateway.backend.exchange
    positions = exchange.account("DU1234567").positions
    names = {number: gateway.backend.instrument(number).local_symbol.replace(" ", "") for number in positions}
    return {names[number]: position.quantity for number, position in positions.items() if position.quantity}


async def test_an_option_is_bought_by_its_name(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        ask = await asking(engine, CALL)
        plan = await engine.preview(f"buy 2 {CALL} @ {ask}")
        assert plan.sentence == f"BUY 2 {CALL} at {ask:.2f} limit, day"
        assert plan.value == pytest.approx(2 * 100 * ask)
        assert plan.commission == pytest.approx(1.30)
        outcome = await engine.send(plan.token)
        order = await engine.order(outcome.orders[0].ref, lambda o: o.status == "filled")
        assert (order.symbol, order.average_price) == (CALL, ask)
        status = await engine.until(lambda s: any(p.symbol == CALL for p in s.positions))
        (position,) = status.positions
        assert position.quantity == 2
        assert position.average_cost == pytest.approx(ask + 0.65 / 100)
        (fill,) = engine.engine.state.fills.of(order.ref)
        assert fill.commission == pytest.approx(1.30)
        assert held(gateway) == {CALL: 2}
        done = await engine.do(f"close {CALL}")
        await engine.order(done.orders[0].ref, lambda o: o.status == "filled")
        assert held(gateway) == {}


async def test_an_options_prices_lie_on_the_grid_of_its_market_rule(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await asking(engine, CALL)
        refused = await engine.refused(f"buy 1 {CALL} @ 4.01")
        assert (refused.code, refused.message) == (
            "off_tick",
            "The limit price 4.01 is not a multiple of the tick 0.05.",
        )
        outcome = await engine.do(f"buy 1 {CALL} @ 2.99")
        assert str(outcome.orders[0].status) == "working"
