"""A second order beside an UNKNOWN one, over the real gateway: refused, or sent by a person who saw both outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.commands.command import Trade
from ibtui.commands.grammar import parse
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus
from ibtui.link.messages import Do, Outcome
from tests.engine.markets import CALM, hold, placed
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def unknown(engine: Driver, text: str = "buy 100 AAPL @ 186.00") -> Order:
    """An order that IB has, and of which the engine does not know."""
    (order,) = (await engine.do(text)).orders
    state = engine.engine.parts.state
    state.order(replace(await engine.order(order.ref, lambda o: o.status == "working"), status=OrderStatus.UNKNOWN))
    return order


async def test_another_price_is_still_a_second_order(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        order = await unknown(engine)
        error = await engine.refused("buy 50 AAPL @ 186.02")
        assert error.code == "unknown_order"
        assert order.ref in error.message
        assert "--despite-unknown" in error.message
        assert placed(gateway) == 1
        await engine.do("buy 1 MSFT market")
        assert (await engine.do(f"cancel {order.ref}")).answered


async def test_a_person_who_saw_both_outcomes_sends_it(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await unknown(engine)
        plan = await engine.preview("buy 100 AAPL @ 186.01")
        assert plan.outcomes == ("if the UNKNOWN BUY 100 fills too: long of 200", "if it does not: long of 100")
        assert (await engine.send(plan.token)).answered
        assert placed(gateway) == 2


async def test_the_word_sends_it_in_one_step(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await unknown(engine)
        command = parse("buy 100 AAPL @ 186.01")
        assert isinstance(command, Trade)
        outcome = await engine.ask(Do(command=replace(command, despite_unknown=True), wait=True))
        assert isinstance(outcome, Outcome)
        assert placed(gateway) == 2


async def test_a_preview_that_named_no_outcome_does_not_send_beside_one(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        plan = await engine.preview("buy 50 AAPL @ 186.02")
        assert plan.outcomes == ()
        await unknown(engine)
        with pytest.raises(IbtuiError, match="UNKNOWN"):
            await engine.send(plan.token)
        assert placed(gateway) == 1


async def test_a_preview_beside_one_does_not_send_beside_another(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        second = (await engine.do("buy 7 AAPL @ 185.00")).orders[0]
        await unknown(engine)
        plan = await engine.preview("buy 100 AAPL @ 186.01")
        assert plan.outcomes[0] == "if the UNKNOWN BUY 100 fills too: long of 200"
        state = engine.engine.parts.state
        state.order(
            replace(await engine.order(second.ref, lambda o: o.status == "working"), status=OrderStatus.UNKNOWN)
        )
        with pytest.raises(IbtuiError, match="too, since the preview") as refused:
            await engine.send(plan.token)
        assert refused.value.code == "unknown_order"
        assert second.ref in refused.value.message
        assert placed(gateway) == 2
