"""The halt: entries go, protection stays, reducing orders remain possible, and a restart does not end it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibtui.domain.ability import words
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.link.messages import hindering
from ibtui.risk.adding import adding
from tests.engine.markets import CALM, by_ref, hold
from tests.engines import Driver, running_engine
from tests.flat_orders import flat_order
from tests.gateways import running_gateway


async def test_a_halt_cancels_entries_keeps_stops_and_survives_a_restart(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            _, target, stop = (await engine.do("buy 100 AAPL market tp 195 sl 180")).orders
            await engine.until(lambda s: any(p.cover == "full" for p in s.positions))
            entry = (await engine.do("buy 50 AAPL @ 186.00 sl 180")).orders[0]
            outcome = await engine.do("halt")
            assert outcome.message == "halted: 1 cancel sent, 1 confirmed; 1 protective stop stays"
            status = await engine.until(lambda s: by_ref(s, entry.ref).status == "cancelled")
            assert status.state == "halted"
            assert by_ref(status, stop.ref).status is OrderStatus.WORKING
            assert by_ref(status, target.ref).status is OrderStatus.WORKING
            for text in ("buy 1 AAPL market", "buy 1 AAPL @ 186.00", "sell 101 AAPL market", "start sma_cross"):
                assert (await engine.refused(text)).code == "halted", text
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            status = await engine.status()
            assert status.state == "halted"
            assert (await engine.refused("buy 1 AAPL market")).code == "halted"
            await engine.do("close AAPL 40")
            await engine.until(lambda s: [p.quantity for p in s.positions] == [Decimal(60)])
            assert (await engine.do("resume")).message.startswith("resumed")
            assert (await engine.do("resume")).message == "not halted"
            assert (await engine.status()).state == "active"
            assert (await engine.do("buy 1 AAPL @ 186.00")).answered


async def test_a_halt_and_a_lost_link_are_both_told_the_link_first(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.do("halt")
            status = await engine.status()
            assert (status.state, status.halted, status.connection.state) == ("halted", True, "active")
            await gateway.stop()
            status = await engine.until(lambda s: s.connection.state == "disconnected" and told(engine) != "HALTED")
            assert (status.state, status.halted) == ("disconnected", True)
            assert status.reason.index("Halted:") > 0
            assert told(engine) == "NO LINK · HALTED"
            assert engine.header is not None
            assert engine.header.halted is not None
            assert engine.header.halted < engine.header.since


def told(engine: Driver) -> str:
    """What the header says of the engine."""
    return "" if engine.header is None else words(hindering(engine.header))


async def test_positions_are_unknown_until_ib_has_told_them(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        assert (await engine.status()).positions_known
        await gateway.stop()
        assert (await engine.until(lambda s: s.state == "disconnected")).positions_known
    async with running_engine(tmp_path, gateway.port, ready=False) as engine:
        status = await engine.status()
        assert not status.positions_known
        assert engine.header is not None
        assert not engine.header.positions_known


async def test_a_halt_names_what_stands_without_a_stop(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda s: any(p.cover == "BARE" for p in s.positions))
        assert (await engine.do("halt")).message.endswith("; 0 protective stops stay, BARE: AAPL")


def order(ref: str, side: Side, quantity: int, **fields: Any) -> Order:
    values: dict[str, Any] = {"type": "LMT", "status": OrderStatus.WORKING} | fields
    return flat_order(Order, {"ref": ref, "symbol": "AAPL", "side": side, "quantity": Decimal(quantity)} | values)


STOP: dict[str, Any] = {"type": "STP", "stop_price": Decimal(180)}
BRACKET: dict[str, Any] = {"oca_group": "g", "parent": "p"}


@pytest.mark.parametrize(
    ("held", "orders", "taken"),
    [
        (0, [order("b", Side.BUY, 1), order("s", Side.SELL, 1)], {"b", "s"}),
        (100, [order("b", Side.BUY, 1)], {"b"}),
        (100, [order("s", Side.SELL, 100)], set()),
        (100, [order("s", Side.SELL, 101)], {"s"}),
        (-100, [order("b", Side.BUY, 100), order("s", Side.SELL, 1)], {"s"}),
        (100, [order("l", Side.SELL, 100), order("s", Side.SELL, 100, **STOP)], {"l"}),
        (100, [order("x", Side.SELL, 60, role="exit"), order("s", Side.SELL, 50)], {"s"}),
        (100, [order("x", Side.SELL, 100, role="exit"), order("s", Side.SELL, 100, **STOP)], set()),
        (100, [order("x", Side.SELL, 100, role="stop", **STOP), order("s", Side.SELL, 1, **STOP)], {"s"}),
        (
            100,
            [
                order("t", Side.SELL, 100, role="target", **BRACKET),
                order("s", Side.SELL, 100, role="stop", **STOP, **BRACKET),
                order("e", Side.SELL, 1),
            ],
            {"e"},
        ),
        (0, [order("t", Side.SELL, 100, role="target", status=OrderStatus.WAITING)], set()),
        (0, [order("o", Side.BUY, 1, owner="other")], set()),
    ],
)
def test_which_orders_can_add_risk(held: int, orders: list[Order], taken: set[str]) -> None:
    assert {order.ref for order in adding(orders, Decimal(held))} == taken
