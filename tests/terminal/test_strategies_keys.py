"""Keys of the strategies pane: what they ask the engine, what they ask the person first, and what they refuse."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.commands.command import Approve, Cancel, Pause, Resume, Start, Stop
from ibtui.domain.order import Order, OrderStatus
from ibtui.link.messages import Frame
from ibtui.link.status import Parameter, StrategyStatus
from ibtui.terminal.startline import prefilled
from tests.terminal.piloted import Hands, at_terminal
from tests.terminal.scripted import STRATEGY, ScriptedEngine, order, scripted_engine

GUARD = StrategyStatus(
    name="guard",
    state="off",
    summary="Guards a position.",
    for_trader=True,
    parameters=(
        Parameter(name="symbol", kind="symbol", default="SPY"),
        Parameter(name="quantity", kind="int", default="1"),
        Parameter(name="side", kind="text", default="sell"),
    ),
)


def running(**changes: object) -> Frame:
    return Frame(strategies=(replace(STRATEGY, state="running", symbol="MSFT", **changes), GUARD))


async def confirmed(hands: Hands, *keys: str) -> None:
    """Keys that answer what was read: a moment after it was shown."""
    await hands.pilot.pause(0.05)
    await hands.press(*keys)


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "engine.sock"


async def test_h_starts_in_shadow(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        shown = await hands.press("4", "h")
        assert "start sma_cross shadow" in shown
        await confirmed(hands, "enter")
        await engine.until(lambda: any(isinstance(c, Start) and c.shadow for c in engine.commands()))


async def test_p_pauses_and_lets_go_on(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        engine.push(running())
        await hands.until("1 of 2 running")
        await hands.press("4", "p")
        await engine.until(lambda: Pause(strategy="sma_cross") in engine.commands())
        engine.push(Frame(strategies=(replace(STRATEGY, state="paused", reason="paused by hand"),)))
        await hands.until("paused by hand")
        await hands.press("p")
        await engine.until(lambda: Resume(strategy="sma_cross") in engine.commands())


async def test_space_stops_and_asks_once_about_the_position(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        engine.push(running(position=Decimal(100)))
        await hands.until("1 of 2 running")
        await hands.press("4", "space")
        await engine.until(lambda: Stop(strategy="sma_cross") in engine.commands())
        shown = await hands.until("It holds 100 MSFT")
        assert "closes it at market" in shown
        await confirmed(hands, "c")
        await engine.until(lambda: Stop(strategy="sma_cross", then="close") in engine.commands())


async def test_a_changed_file_is_approved_after_a_question(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        assert "needs no approval" in await hands.press("4", "A")
        changed = replace(STRATEGY, approved=False, reason="its file is another one")
        engine.push(Frame(strategies=(changed,)))
        await hands.until("its file is another one")
        await hands.press("A")
        await hands.until("Approve sma_cross")
        await confirmed(hands, "enter")
        await engine.until(lambda: Approve(strategy="sma_cross") in engine.commands())


async def test_an_algorithm_is_offered_for_the_selected_position(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        engine.push(running())
        await hands.until("1 of 2 running")
        assert "guard" in await hands.press("2", "E")
        await confirmed(hands, "g")
        await hands.until("start guard symbol=AAPL quantity=100 side=sell")


async def test_a_shadow_shows_what_it_would_have_done(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        drawn = replace(STRATEGY, state="shadow", drawn=("would BUY 100 MSFT market",), decision="buys")
        engine.push(Frame(strategies=(drawn,)))
        await hands.until("would BUY 100 MSFT market")


async def test_a_backtest_runs_is_drawn_and_can_be_left(socket: Path, tmp_path: Path) -> None:
    prices = "".join(
        f"2026-03-02T15:{minute:02d}:00Z,{100 + minute % 7},{108 + minute % 7},{95 + minute % 7},{101 + minute % 7}\n"
        for minute in range(60)
    )
    file = tmp_path / "MSFT.csv"
    file.write_text("date,open,high,low,close\n" + prices)
    async with scripted_engine(socket), at_terminal(socket) as hands:
        shown = await hands.press("4", "t")
        assert "sma_cross --data AAPL" in shown
        await hands.press("ctrl+u")
        await hands.type(f"sma_cross --data {file} --param fast=2 --param slow=5")
        await hands.press("enter")
        shown = await hands.until("final equity", within=30)
        assert "█" in shown
        assert "Symbol" in shown
        await hands.press("escape")
        assert "Strategies" in hands.text


async def test_a_backtest_that_cannot_run_says_why(socket: Path) -> None:
    async with scripted_engine(socket), at_terminal(socket) as hands:
        await hands.press("4", "t", "ctrl+u")
        await hands.type("nope --data none.csv")
        await hands.press("enter")
        await hands.until("There is no strategy 'nope'", within=30)


def test_the_line_puts_the_selection_into_the_first_symbol() -> None:
    assert prefilled(GUARD, "AAPL", presets={"quantity": "70"}) == "start guard symbol=AAPL quantity=70 side=sell"
    assert prefilled(STRATEGY, "MSFT", shadow=True).startswith("start sma_cross shadow symbol=MSFT")


CHASE = StrategyStatus(
    name="chase",
    state="off",
    summary="Works an order.",
    for_trader=True,
    parameters=(
        Parameter(name="symbol", kind="symbol", default="SPY"),
        Parameter(name="side", kind="text", default="buy"),
        Parameter(name="quantity", kind="int", default="1"),
    ),
)
NVDA = "aaaabbbbcccc"
"""The working order's ref."""
LINE = "start chase symbol=NVDA side=buy quantity=200"


async def chased(engine: ScriptedEngine, hands: Hands, *orders: Order) -> None:
    """An order is selected and the line that chases it confirmed; its cancel ends with these orders."""
    engine.cancelled = orders
    engine.push(Frame(strategies=(STRATEGY, CHASE), orders=(order(NVDA),)))
    await hands.until("0 of 2 running")
    await hands.press("3", "E")
    await confirmed(hands, "c")
    assert "takes the place of your BUY 200 NVDA" in await hands.until(LINE)
    await confirmed(hands, "enter")
    await engine.until(lambda: Cancel(target=NVDA) in engine.commands())


async def test_an_algorithm_takes_the_place_of_an_order_which_is_cancelled_first(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        await chased(engine, hands, order(NVDA, status=OrderStatus.CANCELLED))
        await engine.until(lambda: isinstance(engine.commands()[-1], Start))
        cancel, start = engine.commands()[-2:]
        assert isinstance(cancel, Cancel)
        assert isinstance(start, Start)
        assert start.parameters["quantity"] == "200"


async def test_what_traded_while_it_was_cancelled_is_not_bought_again(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        await chased(engine, hands, order(NVDA, status=OrderStatus.CANCELLED, filled=Decimal(150)))
        await hands.until("150 traded while the order was cancelled")
        assert "quantity=50" in hands.text
        assert not any(isinstance(command, Start) for command in engine.commands())
        await confirmed(hands, "enter")
        await engine.until(lambda: isinstance(engine.commands()[-1], Start))


async def test_an_order_that_may_still_trade_starts_nothing(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        await chased(engine, hands, order(NVDA, status=OrderStatus.UNKNOWN))
        await hands.until("not confirmed as cancelled")
        assert not any(isinstance(command, Start) for command in engine.commands())
