"""Changing working orders: through the same door, and shown only as the broker confirmed it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Change, Order
from tests.engine.markets import CALM, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def resting(engine: Driver) -> Order:
    """A bracket whose entry has filled; its stop."""
    outcome = await engine.do("buy 100 AAPL market sl 180 tp 200")
    parent = outcome.orders[0]
    await engine.order(parent.ref, lambda order: order.status == "filled")
    return await engine.order(f"{parent.ref}-s", lambda order: order.status == "working")


async def test_a_stop_is_moved_and_stands_where_ib_says(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await resting(engine)
        before = await engine.engine.desk.modify(Change(ref=stop.ref, stop_price=Decimal("182.50")))
        assert before.stop_price == Decimal("180")
        now = await engine.order(stop.ref, lambda order: order.stop_price == Decimal("182.50"))
        assert (now.status, now.quantity) == ("working", Decimal(100))
        position = next(p for p in (await engine.status()).positions if p.symbol == "AAPL")
        assert (position.cover, position.stop) == ("full", 182.5)


async def test_an_entry_is_repriced_and_fills_at_its_new_limit(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        entry = (await engine.do("buy 100 AAPL @ 187.00")).orders[0]
        await engine.engine.desk.modify(Change(ref=entry.ref, limit_price=Decimal("187.42"), quantity=Decimal(50)))
        filled = await engine.order(entry.ref, lambda order: order.status == "filled")
        assert (filled.filled, filled.average_price) == (Decimal(50), 187.42)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"limit_price": Decimal("187.005")}, "off_tick"),
        ({"limit_price": Decimal(300)}, "price_collar"),
        ({"stop_price": Decimal(180)}, "off_tick"),
        ({"quantity": Decimal(0)}, "bad_quantity"),
        ({"quantity": Decimal(900_000)}, "too_large"),
    ],
)
async def test_what_the_gate_refuses_changes_nothing(tmp_path: Path, terms: dict[str, Decimal], code: str) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        entry = (await engine.do("buy 100 AAPL @ 187.00")).orders[0]
        with pytest.raises(IbtuiError) as error:
            await engine.engine.desk.modify(Change(ref=entry.ref, **terms))
        assert error.value.code == code
        assert (await engine.order(entry.ref, lambda order: True)).limit_price == Decimal("187.00")


async def test_a_halt_lets_stops_move_and_entries_not(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await resting(engine)
        entry = (await engine.do("buy 100 AAPL @ 187.00")).orders[0]
        engine.engine.latch.set(engine.engine._clock.now(), "a test")
        await engine.engine.desk.modify(Change(ref=stop.ref, stop_price=Decimal(183)))
        await engine.order(stop.ref, lambda order: order.stop_price == Decimal(183))
        with pytest.raises(IbtuiError) as error:
            await engine.engine.desk.modify(Change(ref=entry.ref, limit_price=Decimal(186)))
        assert error.value.code == "halted"


async def test_what_is_done_or_not_there_cannot_change(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        filled = (await engine.do("buy 1 AAPL market")).orders[0]
        await engine.order(filled.ref, lambda order: order.status == "filled")
        for ref, code in ((filled.ref, "no_order"), ("nothing", "no_order")):
            with pytest.raises(IbtuiError) as error:
                await engine.engine.desk.modify(Change(ref=ref, limit_price=Decimal(187)))
            assert error.value.code == code
