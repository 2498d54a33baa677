"""Price alerts by keys: a line to complete, and the list, however long it is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from ibtui.commands.command import Alert, ListAlerts
from ibtui.domain.alert import PriceAlert
from ibtui.link.messages import Answer, Ask, Do, Outcome
from tests.terminal.piloted import at_terminal
from tests.terminal.scripted import NOW, ScriptedEngine

WAITS = PriceAlert(number=1, symbol="AAPL", above=True, price=Decimal(190), made=NOW)
FIRED = replace(WAITS, number=2, symbol="MSFT", above=False, fired=NOW, fired_at=399.5)


def listing(*alerts: PriceAlert) -> object:
    def answer(ask: Ask) -> Answer | None:
        return Outcome(message="alerts", alerts=alerts) if ask == Do(command=ListAlerts()) else None

    return answer


async def test_a_key_begins_an_alert_where_the_market_is(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("a")
        assert ":alert AAPL above 187.42" in hands.text
        await hands.press("backspace", "5", "enter")
        await engine.until(lambda: bool(engine.commands()))
        assert engine.commands() == [Alert(symbol="AAPL", above=True, price=Decimal("187.45"))]


async def test_the_list_says_what_waits_and_what_fired_when_at_which_price(
    engine: ScriptedEngine, socket: Path
) -> None:
    engine.answer = listing(WAITS, FIRED)  # type: ignore[assignment]
    async with at_terminal(socket) as hands:
        await hands.line("alerts")
        shown = await hands.until("Alerts")
        assert "AAPL above 190 · set 23 Nov 10:42" in shown
        assert "MSFT below 190 · fired 23 Nov 10:42:07 at 399.5" in shown


async def test_a_long_list_is_turned_by_pages(engine: ScriptedEngine, socket: Path) -> None:
    engine.answer = listing(*(replace(WAITS, number=n, symbol=f"S{n}") for n in range(1, 31)))  # type: ignore[assignment]
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.line("alerts")
        shown = await hands.until("1-9/30 ▼")
        assert "S9 above" in shown
        assert "S10 above" not in shown
        assert "10-18/30 ▲▼" in await hands.press("pagedown")
        await hands.press("pagedown", "pagedown", "pagedown")
        assert "S30 above" in hands.text
        await hands.press("escape")
        assert "S30 above" not in hands.text
