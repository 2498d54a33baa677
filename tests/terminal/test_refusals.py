"""A refusal is read whole at 80 columns, wherever it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.commands.command import Start, Watch
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import Do
from ibtui.link.status import ParameterStatus
from ibtui.terminal.places.prompt import Prompt
from tests.terminal.piloted import at_terminal
from tests.terminal.scripted import STRATEGY, ScriptedEngine, snapshot

NAMES = ", ".join(f"META.10711338{number} (META PLATFORMS INC, NASDAQ, USD)" for number in range(6))
LONG = f"META can be {NAMES} and 3 more; name one of them."
"""The longest kind of refusal there is: a name that fits several contracts."""
MANY = replace(
    STRATEGY,
    parameters=tuple(
        ParameterStatus(
            name=f"parameter_{number:02}", kind="int", default=str(number), low=0, high=99, help="what it is " * 8
        )
        for number in range(12)
    ),
)


def holds(text: str, sentence: str) -> bool:
    """Whether the lines, or on a wide screen their left half, hold the whole sentence."""
    lines = text.split("\n")
    halves = ("".join(lines), "".join(line[:85] for line in lines))
    return any(sentence.replace(" ", "") in half.replace(" ", "").replace("▌", "") for half in halves)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 45)])
async def test_an_engine_s_refusal_is_whole(engine: ScriptedEngine, socket: Path, size: tuple[int, int]) -> None:
    engine.refuse[Do] = IbtuiError("ambiguous_symbol", LONG)
    async with at_terminal(socket, size) as hands:
        await hands.line("watch META")
        await engine.until(lambda: Watch(symbols=("META",)) in engine.commands())
        await hands.until("name one of them.")
        assert holds(hands.text, LONG)


async def test_a_line_that_is_not_understood_says_why_in_full(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.line("buy 1 AAPL limit 5 limit 6")
        sentence = "'limit' says something a second time; write buy QTY [USD of] SYMBOL @ PRICE|market|stop PRICE"
        await hands.until(lambda text: "Not done" in text and holds(text, sentence))


async def test_a_line_and_enter_faster_than_the_screen_are_told_as_fully(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket, (100, 30)) as hands:
        await hands.press("colon")
        prompt = hands.app.control.place
        assert isinstance(prompt, Prompt)
        prompt.paste("alert AAPL above the moon tomorrow")
        prompt.enter()
        await hands.until("'the'; write alert SYMBOL above|below PRICE.")


async def test_a_shadow_says_so_and_every_parameter_is_seen(engine: ScriptedEngine, socket: Path) -> None:
    engine.first = lambda: snapshot(strategies=(MANY,))
    async with at_terminal(socket, (80, 24)) as hands:
        shown = await hands.press("4", "h")
        assert "Start sma_cross  SHADOW nothing is sent" in shown
        assert "Enter starts in SHADOW" in shown
        seen = shown
        for _ in range(12):
            seen += await hands.press("pagedown")
        assert all(f"parameter_{number:02}" in seen for number in range(12))
        await hands.press("escape", "space")
        assert "SENDS ORDERS · PAPER" in hands.text


async def test_a_refused_start_is_read_whole_on_its_line(engine: ScriptedEngine, socket: Path) -> None:
    engine.refuse[Do] = IbtuiError("bad_parameter", LONG)
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.press("4", "space")
        await hands.pilot.pause(0.05)
        await hands.press("enter")
        await engine.until(lambda: any(isinstance(command, Start) for command in engine.commands()))
        await hands.until("name one of them.")
        assert holds(hands.text, LONG)
