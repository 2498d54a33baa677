"""A key, the `:` line and the command line make the same command of every exit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from ibtui.cli.order import carry_out
from ibtui.commands.command import Cancel, Close, Command, Flatten, Halt, Start
from ibtui.commands.grammar import parse
from ibtui.link.messages import Answer, Ask, Check, Do, Frame, Outcome, Preview
from ibtui.link.status import ParameterStatus, StrategyStatus
from tests.terminal.piloted import at_terminal
from tests.terminal.scripted import SESSION, ScriptedEngine, order, scripted_engine, snapshot

REF = "aaaabbbbcccc"
"""Of the order on the first row of Orders; the first instrument, AAPL, is held."""

CHASE = StrategyStatus(
    name="chase",
    state="off",
    for_trader=True,
    previewed=True,
    parameters=(
        ParameterStatus(name="symbol", kind="symbol", default="SPY"),
        ParameterStatus(name="side", kind="text", default="buy", choices=("buy", "sell")),
        ParameterStatus(name="quantity", kind="int", default="100"),
    ),
)

SAME: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[Command, ...]]] = {
    "x": (("x", "enter"), ("close AAPL",), (Close(symbol="AAPL"),)),
    "flatten SYMBOL": ((), ("flatten AAPL",), (Flatten(target="AAPL"),)),
    "flatten all": ((), ("flatten all",), (Flatten(target="all"),)),
    "F9 f": (("f9", "f"), ("halt", "flatten all"), (Halt(), Flatten(target="all"))),
    "cancel REF": (("3", "c"), (f"cancel {REF}",), (Cancel(target=REF),)),
    "cancel SYMBOL": (("3", "C", "enter"), ("cancel AAPL",), (Cancel(target="AAPL"),)),
    "cancel all": (("f9", "c", "enter"), ("halt", "cancel all"), (Halt(), Cancel(target="all"))),
    "E": (
        ("3", "E", "c", "enter"),
        (f"start chase replacing {REF} symbol=AAPL side=buy quantity=200",),
        (Start(strategy="chase", parameters={"symbol": "AAPL", "side": "buy", "quantity": "200"}, replaces=REF),),
    ),
    "halt": (("f9",), ("halt",), (Halt(),)),
    "halt by its twin": (("ctrl+backslash",), ("halt",), (Halt(),)),
    "halt by a letter": (("K",), ("halt",), (Halt(),)),
}
"""Keys (none where only a line does it), lines, and what they mean."""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[ScriptedEngine]:
    async with scripted_engine(tmp_path / "socket") as running:
        running.first = lambda: snapshot(orders=(order(REF, symbol="AAPL"),), strategies=(CHASE,))
        running.answer = lambda ask: _halts(running, ask)
        yield running


def _halts(engine: ScriptedEngine, ask: Ask) -> Answer | None:
    """A halted engine shows it, since the terminal offers the ways on from a halt only then."""
    if ask == Do(command=Halt()):
        engine.push(Frame(session=SESSION))
        return Outcome(message="halted")
    return None


def asked(engine: ScriptedEngine) -> list[Command]:
    """The commands the engine was asked for, or asked about, in order."""
    return [ask.command for ask in engine.asked if isinstance(ask, Do | Preview)]


def _asked_for(engine: ScriptedEngine, count: int) -> bool:
    return len(asked(engine)) == count


@pytest.mark.parametrize("way", [name for name, (keys, *_) in SAME.items() if keys])
async def test_a_key(engine: ScriptedEngine, tmp_path: Path, way: str) -> None:
    keys, _, commands = SAME[way]
    async with at_terminal(tmp_path / "socket") as hands:
        for key in keys:
            await hands.press(key)
            if key == "f9":
                await hands.until("exits only")
            await hands.pilot.pause()
        await engine.until(lambda: asked(engine) == list(commands))


@pytest.mark.parametrize("way", [name for name in SAME if " by " not in name])
async def test_a_line(engine: ScriptedEngine, tmp_path: Path, way: str) -> None:
    _, lines, commands = SAME[way]
    async with at_terminal(tmp_path / "socket") as hands:
        for number, line in enumerate(lines, start=1):
            await hands.press("escape", "colon")
            hands.app.control.paste(line)
            await hands.press("enter")
            await engine.until(partial(_asked_for, engine, number))
        assert asked(engine) == list(commands)


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("way", SAME)
def test_a_shell(way: str, yes: bool) -> None:
    _, lines, commands = SAME[way]
    questions: list[Ask] = []

    def ask(question: Ask) -> Answer:
        questions.append(question)
        raise KeyboardInterrupt

    for line in lines:
        try:
            carry_out(ask, line, yes=yes, as_json=False)
        except KeyboardInterrupt:
            continue
    orders: Sequence[Command] = [parse(line) for line in lines]
    assert list(orders) == list(commands)
    if yes:
        assert questions == [Do(command=command, wait=True) for command in commands]
    else:
        assert questions == [
            Preview(command=command) if isinstance(command, Close | Flatten | Start) else Check(command=command)
            for command in commands
        ]
