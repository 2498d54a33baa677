"""Keys of the strategies pane: what they ask the engine, what they ask the person first, and what they refuse."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.commands.command import Approve, Cancel, Forget, Pause, Resume, Start, Stop
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, Side
from ibtui.link.messages import Frame, Preview
from ibtui.link.status import ParameterStatus, StrategyStatus
from ibtui.terminal.places.startline import prefilled, traded
from tests.terminal.piloted import Hands, at_terminal
from tests.terminal.scripted import STRATEGY, ScriptedEngine, order, scripted_engine

GUARD = StrategyStatus(
    name="guard",
    state="off",
    summary="Guards a position.",
    for_trader=True,
    parameters=(
        ParameterStatus(name="symbol", kind="symbol", default="SPY"),
        ParameterStatus(name="quantity", kind="int", default="1"),
        ParameterStatus(name="side", kind="text", default="sell"),
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
        shown = await hands.until("It holds 100 MSFT. No stop of its own covers it.")
        assert "keeps it, without a stop" in shown
        assert "closes it at market" in shown
        await confirmed(hands, "c")
        await engine.until(lambda: Stop(strategy="sma_cross", then="close") in engine.commands())


async def test_a_strategy_that_keeps_its_stop_is_said_to(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        stop = order("stop", symbol="MSFT", owner="sma_cross", role="stop", type="STP", side=Side.SELL)
        engine.push(replace(running(position=Decimal(100)), orders=(stop.with_terms(quantity=Decimal(100)),)))
        await hands.until("1 of 2 running")
        await hands.press("4", "space")
        shown = await hands.until("Its protective stop stays")
        assert "keeps it, with its stop" in shown


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
        drawn = replace(STRATEGY, state="shadow", drawn=("would BUY 100 MSFT at market",), decision="buys")
        engine.push(Frame(strategies=(drawn,)))
        await hands.until("would BUY 100 MSFT at market")


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
        shown = await hands.until("final equity")
        assert "█" in shown
        assert "Symbol" in shown
        await hands.press("escape")
        assert "Strategies" in hands.text


async def test_a_backtest_that_cannot_run_says_why(socket: Path) -> None:
    async with scripted_engine(socket), at_terminal(socket) as hands:
        await hands.press("4", "t", "ctrl+u")
        await hands.type("nope --data none.csv")
        await hands.press("enter")
        await hands.until("There is no strategy 'nope'")


def test_the_line_puts_the_selection_into_the_first_symbol() -> None:
    assert prefilled(GUARD, "AAPL", presets={"quantity": "70"}) == "start guard symbol=AAPL quantity=70 side=sell"
    assert prefilled(STRATEGY, "MSFT", shadow=True).startswith("start sma_cross shadow symbol=MSFT")


CHASE = StrategyStatus(
    name="chase",
    state="off",
    summary="Works an order.",
    for_trader=True,
    previewed=True,
    parameters=(
        ParameterStatus(name="symbol", kind="symbol", default="SPY"),
        ParameterStatus(name="side", kind="text", default="buy"),
        ParameterStatus(name="quantity", kind="int", default="1"),
        ParameterStatus(name="step", kind="int", default="1"),
        ParameterStatus(name="seconds", kind="float", default="2.0"),
        ParameterStatus(name="patience", kind="float", default="300.0"),
        ParameterStatus(name="slippage", kind="int", default="20"),
    ),
)
NVDA = "aaaabbbbcccc"
"""The working order's ref."""
LINE = f"start chase replacing {NVDA} symbol=NVDA side=buy quantity=200"


async def chased(engine: ScriptedEngine, hands: Hands, *changes: Order) -> str:
    """What is shown once an order is selected and its chase is about to be checked."""
    engine.push(Frame(strategies=(STRATEGY, CHASE), orders=changes or (order(NVDA),)))
    await hands.until(lambda _: "chase" in hands.app.main.model.strategies)
    await hands.press("3", "E")
    await hands.until("Work on your")
    await confirmed(hands, "c")
    return await hands.until("Enter shows what it would do")


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_an_algorithm_on_an_order_is_previewed_and_replaces_it(socket: Path, size: tuple[int, int]) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket, size) as hands:
        shown = await chased(engine, hands)
        assert f"BUY 200 NVDA, in place of the order {NVDA}" in shown
        await confirmed(hands, "enter")
        shown = await hands.until("Enter starts")
        assert "BUY 200 NVDA by chase" in shown
        assert "cancels 1 order first" in shown
        assert (engine.sent, [c for c in engine.commands() if isinstance(c, (Start, Cancel))]) == ([], [])
        await hands.confirm()
        await engine.until(lambda: bool(engine.sent))
        (start,) = [command for command in engine.previews() if isinstance(command, Start)]
        assert (start.replaces, start.parameters["quantity"]) == (NVDA, "200")
        assert not [c for c in engine.commands() if isinstance(c, (Start, Cancel))]


async def test_back_from_the_preview_is_the_line_as_it_was_typed(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        await chased(engine, hands)
        await hands.type("5")
        await confirmed(hands, "enter")
        await hands.until("Enter starts")
        await hands.press("escape")
        await hands.until("slippage=205")
        await hands.press("escape")
        await hands.until(lambda text: "Start chase" not in text)


async def test_what_the_engine_refuses_to_work_is_said_and_starts_nothing(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        engine.refuse[Preview] = IbtuiError("bad_order", "SELL 200 NVDA STP guards a position: it cannot be worked.")
        stop = order(NVDA, role="stop", type="STP", side=Side.SELL)
        await chased(engine, hands, stop)
        await confirmed(hands, "enter")
        await hands.until("guards a position")
        assert not engine.sent


async def test_an_algorithm_typed_after_a_colon_is_previewed_too(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        engine.push(Frame(strategies=(STRATEGY, CHASE)))
        await hands.until("0 of 2 running")
        await hands.line("start chase.nvda symbol=NVDA side=buy quantity=5")
        await hands.confirm()
        await engine.until(lambda: bool(engine.sent))
        assert not any(isinstance(command, Start) for command in engine.commands())


def test_the_line_names_the_order_that_it_replaces() -> None:
    assert prefilled(CHASE, "NVDA", presets={"quantity": "200"}, replaces=NVDA).startswith(LINE)
    assert traded(f"{LINE} step=1") == [f"BUY 200 NVDA, in place of the order {NVDA}"]
    assert traded("start guard symbol=aapl stop=2") == ["on AAPL"]
    assert traded("start eod_flatten when=15:55") == traded("start") == []


async def test_delete_forgets_a_run_that_is_over(socket: Path) -> None:
    async with scripted_engine(socket) as engine, at_terminal(socket) as hands:
        await hands.press("4", "delete")
        await engine.until(lambda: Forget(strategy="sma_cross") in engine.commands())
