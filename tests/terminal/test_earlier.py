"""A terminal that meets an engine of the version before: it says so and what to do, and the halt works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ibtui.config import Config
from ibtui.terminal.app import IbtuiApp
from tests.earlier_engine import RecordedEngine, recorded_engine
from tests.terminal.piloted import Hands
from tests.terminal.scripted import scripted_engine

SAID = "Engine 0.1.0 is of the version before: `ibtui stop --profile paper"
ONLY = "only status, halt, cancel, flatten and stop work"


@asynccontextmanager
async def met(folder: Path, size: tuple[int, int] = (160, 45)) -> AsyncIterator[tuple[RecordedEngine, Hands]]:
    """A new terminal at the engine of 0.1.0, once it says what it met."""
    async with recorded_engine(folder / "engine.sock") as engine:
        app = IbtuiApp(folder / "engine.sock", Config(), multiplexed=True)
        async with app.run_test(size=size) as pilot:
            hands = Hands(app, pilot)
            await hands.until(lambda text: bool(app.main.model.earlier))
            yield engine, hands


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_it_says_so_and_what_ending_the_engine_leaves(tmp_path: Path, size: tuple[int, int]) -> None:
    async with met(tmp_path, size) as (engine, hands):
        text = await hands.until(SAID)
        assert "NO LINK" in text
        assert "no strategies found" not in text
        assert "nothing watched" not in text
        assert hands.app.main.model.earlier == (
            f"{SAID}` and start again, which stops 3 strategies and leaves 12 orders at IB; till then {ONLY}."
        )
        assert [ask["ask"] for ask in engine.asked] == ["status"]
        await hands.press("q")
        await hands.pilot.pause()
        assert hands.app.return_value == hands.app.main.model.earlier


async def test_it_halts_flattens_and_cancels(tmp_path: Path) -> None:
    async with met(tmp_path) as (engine, hands):
        await hands.press("f9")
        text = await hands.until("halted: 6 cancels sent, 5 confirmed")
        assert "orders and positions are not shown here: see `ibtui status`" in text
        assert engine.asked[-1] == {"ask": "do", "command": {"do": "halt"}, "wait": False, "id": ""}
        await hands.press("f")
        await hands.until("SELL 100 AAPL at market, day")
        await hands.confirm()
        await hands.until("SELL 100 AAPL MKT filled")
        assert engine.asked[-1]["ask"] == "send"
        await hands.line("cancel all")
        await hands.until(lambda text: engine.asked[-1].get("command", {}).get("do") == "cancel")


async def test_it_writes_no_order_and_says_why(tmp_path: Path) -> None:
    async with met(tmp_path) as (engine, hands):
        await hands.press("b")
        await hands.until(lambda text: text.count("Engine 0.1.0 is of the version before") == 2)
        await hands.line("buy 100 AAPL market")
        await hands.until(ONLY)
        assert {ask["ask"] for ask in engine.asked} == {"status"}


async def test_it_goes_on_once_the_engine_was_started_again(tmp_path: Path) -> None:
    async with met(tmp_path) as (engine, hands):
        await hands.until(SAID)
        (tmp_path / "engine.sock").unlink()
        async with scripted_engine(tmp_path / "engine.sock"):
            engine.drop()
            await hands.until("READY")
            assert hands.app.main.model.earlier == ""
            assert SAID not in hands.text
