"""A hold at the keyboard: the header says it, `:accept` and `:adjust` are seen before they are done."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.commands.command import Accept, Adjust, Command
from ibtui.domain.happening import Away, Happening
from ibtui.domain.hold import HeldInstrument
from ibtui.link.messages import Do, Outcome
from tests.terminal.piloted import at_terminal
from tests.terminal.sample import ago
from tests.terminal.scripted import ScriptedEngine, snapshot

HOLD = HeldInstrument(
    symbol="AAPL",
    reason="IB counts 60, our books 100",
    since=ago(99),
    expected=Decimal(100),
    counted=Decimal(60),
)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("accept aapl", Accept(symbol="AAPL")),
        (
            "adjust dip AAPL -40 @ 187.25",
            Adjust(strategy="dip", symbol="AAPL", quantity=Decimal(-40), price=Decimal("187.25")),
        ),
    ],
)
async def test_a_hold_ends_by_a_preview_and_its_own_enter(
    engine: ScriptedEngine,
    socket: Path,
    size: tuple[int, int],
    text: str,
    command: Command,
) -> None:
    whole = snapshot()
    assert whole.session is not None
    held = replace(whole, session=replace(whole.session, holds=(HOLD,)))
    engine.first = lambda: held
    async with at_terminal(socket, size) as hands:
        assert "1 HELD" in hands.text.splitlines()[0]
        await hands.line(text)
        shown = await hands.until("is the base from now on")
        assert "HELD since 2026-11-20 20:00 UTC: IB counts 60, our books 100" in shown
        assert f"Enter {text.split()[0]}s" in shown
        assert engine.previews() == [command]
        assert not engine.sent
        await hands.confirm()
        await engine.until(lambda: engine.sent == ["token1"])


async def test_who_comes_back_sees_what_happened_once_and_asks_for_it_again(
    engine: ScriptedEngine,
    socket: Path,
) -> None:
    away = Away(
        since=ago(3600),
        until=ago(1),
        happenings=(Happening(kind="fill", time=ago(60), text="BUY 100 AAPL 187.00 · you"),),
        fresh=True,
    )
    engine.first = lambda: replace(snapshot(), away=away)
    engine.answer = lambda ask: Outcome(message="since you left: 1 fill", away=away) if isinstance(ask, Do) else None
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.until("fill: BUY 100 AAPL 187.00")
        await hands.press("escape")
        assert "Since you left" not in await hands.until(lambda text: "fill: BUY" not in text)
        await hands.line("since")
        await hands.until("fill: BUY 100 AAPL 187.00")
