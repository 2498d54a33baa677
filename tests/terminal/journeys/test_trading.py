"""A trader's first day: the real terminal, engine and gateway, by keys alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ibtui.domain.order import Order, OrderStatus
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway
from tests.terminal.piloted import Hands, at_terminal

SIZES = [(160, 45), (80, 24)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Driver]:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        yield engine


async def _position(desk: Driver, symbol: str, quantity: int) -> None:
    await desk.until(lambda status: sum(int(p.quantity) for p in status.positions if p.symbol == symbol) == quantity)


async def _orders(desk: Driver) -> list[Order]:
    return list((await desk.status()).orders)


async def _buy(hands: Hands, line: str) -> None:
    await hands.line(line)
    await hands.confirm()
    await hands.until(lambda text: "Enter sends" not in text)


@pytest.mark.parametrize("size", SIZES)
async def test_i_buy_at_market_and_see_my_fill(desk: Driver, size: tuple[int, int]) -> None:
    async with at_terminal(desk.socket, size) as hands:
        await hands.press("b", "1", "0", "0", "m", "enter")
        shown = await hands.until("Enter sends")
        assert "BUY 100 AAPL" in shown
        assert "PAPER" in shown
        assert "OPENS" in shown
        await hands.confirm()
        await _position(desk, "AAPL", 100)
        await hands.until("+100")
        await hands.until("FILL" if size[0] > 100 else "BUY 100 AAPL")


async def test_i_buy_at_the_ask_and_my_order_stands_as_it_is(desk: Driver) -> None:
    async with at_terminal(desk.socket) as hands:
        await hands.press("b", "1", "0", "0", "enter")
        await hands.confirm()
        await desk.until(lambda status: any(o.symbol == "AAPL" and o.status != "pending" for o in status.orders))
        (order,) = await _orders(desk)
        assert order.status in (OrderStatus.WORKING, OrderStatus.PARTLY_FILLED, OrderStatus.FILLED)
        assert order.type == "LMT"
        await hands.until(lambda text: any(w in text for w in ("working", "partly", "filled")))


@pytest.mark.parametrize("size", SIZES)
async def test_i_send_a_bracket_and_cancel_it_with_its_children(desk: Driver, size: tuple[int, int]) -> None:
    async with at_terminal(desk.socket, size) as hands:
        await _buy(hands, "buy 200 MSFT @ 300 tp 320 sl 290")
        await desk.until(lambda status: len(status.orders) == 3 and all(o.status != "pending" for o in status.orders))
        await hands.press("3")
        shown = await hands.until(lambda text: text.count("MSFT") >= 3 and "300.00" in text and "290.00" in text)
        assert "320.00" in shown
        await hands.press("g", "c")
        await desk.until(lambda status: all(order.status == "cancelled" for order in status.orders))


async def test_i_close_my_position(desk: Driver) -> None:
    async with at_terminal(desk.socket) as hands:
        await _buy(hands, "buy 100 AAPL market")
        await _position(desk, "AAPL", 100)
        await hands.until("you hold" if "you hold" in hands.text else "+100")
        await hands.press("1", "g", "x", "enter")
        shown = await hands.until("Enter sends")
        assert "CLOSES" in shown
        await hands.confirm()
        await _position(desk, "AAPL", 0)


async def test_i_halt_and_resume(desk: Driver) -> None:
    async with at_terminal(desk.socket) as hands:
        await _buy(hands, "buy 10 AAPL @ 100")
        await desk.until(lambda status: [o.status for o in status.orders] == ["working"])
        await hands.press("f9")
        await desk.until(lambda status: status.state == "halted" and [o.status for o in status.orders] == ["cancelled"])
        await hands.until("HALTED")
        await hands.press("escape")
        await hands.press("b", "5", "enter")
        await hands.until(lambda text: "alt" in text and "Enter sends" not in text)
        assert len(await _orders(desk)) == 1
        await hands.press("escape")
        await hands.line("resume")
        await desk.until(lambda status: status.state == "active")
        await hands.until("READY")


@pytest.mark.parametrize("size", SIZES)
async def test_i_halt_and_flatten(desk: Driver, size: tuple[int, int]) -> None:
    async with at_terminal(desk.socket, size) as hands:
        await _buy(hands, "buy 100 AAPL market tp 220 sl 150")
        await _position(desk, "AAPL", 100)
        await hands.press("f9")
        await hands.until("flatten everything at market")
        await hands.press("f")
        assert "CLOSES" in await hands.until("Enter sends")
        await hands.confirm()
        await _position(desk, "AAPL", 0)
        status = await desk.until(lambda status: not any(order.live for order in status.orders))
        assert status.halted
        await hands.until("HALTED")


@pytest.mark.parametrize("size", SIZES)
async def test_without_a_link_a_flatten_after_a_halt_says_why_nothing_goes_out(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port) as desk,
        at_terminal(desk.socket, size) as hands,
    ):
        await _buy(hands, "buy 100 AAPL market")
        await _position(desk, "AAPL", 100)
        await gateway.stop()
        await hands.until("NO LINK")
        await hands.press("f9")
        await hands.until(lambda text: "NO LINK · HALTED" in text and "flatten everything at market" in text)
        await hands.press("f")
        shown = " ".join((await hands.until("Enter checks again")).split())
        assert "Enter sends" not in shown
        assert "Not connected to IB: nothing was sent" in shown
        await hands.press("escape")
        await hands.until("flatten everything at market")


async def test_a_wrong_order_gets_one_sentence_and_nothing_is_sent(desk: Driver) -> None:
    async with at_terminal(desk.socket) as hands:
        for line in ("buy 100 WIBBLE market", "buy 999999999 AAPL market", "buy 1 AAPL @ 187.421"):
            await hands.line(line)
            await hands.until(lambda text: "Enter checks again" in text)
            await hands.press("escape")
        assert await _orders(desk) == []


async def test_i_switch_a_strategy_on_and_off(desk: Driver) -> None:
    async with at_terminal(desk.socket) as hands:
        await hands.until("sma_cross")
        await hands.press("4", "space")
        await hands.until("cross symbol=AAPL")
        await hands.pilot.pause(0.05)
        await hands.press("enter")
        await hands.until("1 of")
        await desk.until(
            lambda status: any(s.name == "sma_cross" and s.state in ("warming", "running") for s in status.strategies),
        )
        await hands.until(lambda text: "Start sma_cross" not in text)
        await hands.press("space")
        await desk.until(lambda status: all(s.state == "off" for s in status.strategies if s.name == "sma_cross"))


async def test_i_leave_and_the_engine_stays(desk: Driver) -> None:
    async with at_terminal(desk.socket) as hands:
        await hands.press("q")
    assert "The engine of paper goes on" in (hands.app.return_value or "")
    assert (await desk.status()).state == "active"
