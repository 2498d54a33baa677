"""What screens call a key: the title of its action, which one table owns, beside the key that it has now."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from msgspec.structs import replace

import ibtui.terminal
from ibtui.commands.registry import ACTIONS, BY_ID
from ibtui.terminal.keys import Keymap
from tests.terminal.piloted import at_terminal
from tests.terminal.scripted import ScriptedEngine

SOURCES = Path(ibtui.terminal.__file__).parent


def _retitle(monkeypatch: pytest.MonkeyPatch, *ids: str) -> None:
    for action in ids:
        monkeypatch.setitem(BY_ID, action, replace(BY_ID[action], title=f"title of {action}"))


def test_a_hint_is_the_key_and_the_title_or_what_it_does_just_here() -> None:
    keymap = Keymap({"ticket.confirm": "f3"})
    assert keymap.hint("ticket.confirm") == ("F3", "check")
    assert keymap.hint("ticket.confirm", "send it") == ("F3", "send it")


def test_several_keys_are_one_hint_with_the_titles_that_they_have() -> None:
    keymap = Keymap()
    assert keymap.hints("ticket.tick_up", "ticket.tick_down", between="/") == ("+/-", "tick")
    assert keymap.hints("ticket.double", "ticket.half") == ("* /", "double half")


async def test_a_changed_title_is_seen_on_the_key_line(
    monkeypatch: pytest.MonkeyPatch, engine: ScriptedEngine, socket: Path
) -> None:
    ids = ("order.buy", "order.sell", "order.close", "order.cancel", "find", "command", "help", "halt")
    _retitle(monkeypatch, *ids)
    async with at_terminal(socket, (240, 45)) as hands:
        line = (await hands.until("title of halt")).splitlines()[-1]
        for action in ids:
            assert f"{Keymap().label(action)} title of {action}" in line


async def test_a_changed_title_is_seen_on_the_key_line_of_the_ticket(
    monkeypatch: pytest.MonkeyPatch, engine: ScriptedEngine, socket: Path
) -> None:
    ids = ("focus.next", "ticket.tick_up", "ticket.confirm", "back", "halt")
    _retitle(monkeypatch, *ids)
    async with at_terminal(socket) as hands:
        line = (await hands.press("b")).splitlines()[-1]
        for action in ids:
            assert f" title of {action}" in line


async def test_a_changed_title_is_seen_on_the_key_sheet(
    monkeypatch: pytest.MonkeyPatch, engine: ScriptedEngine, socket: Path
) -> None:
    _retitle(monkeypatch, "move.down")
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.press("question_mark")
        await hands.until("j k title of move.down")


async def test_a_place_shows_the_keys_that_the_configuration_gives(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket, keys={"back": "f2", "ticket.confirm": "f3"}) as hands:
        shown = await hands.press("colon")
        assert "F3 does it" in shown.splitlines()[-1]
        assert "F2 back" in shown.splitlines()[-1]
        assert "F2 back" not in await hands.press("f2")
        await hands.press("b")
        await hands.until(lambda text: text.count("F2 back") == 2)  # in the title bar, too
        assert "F3 checks" in hands.text
        assert "Esc" not in hands.text.splitlines()[-1]


def test_no_action_has_a_title_that_no_screen_asks_for() -> None:
    asked: set[str] = set()
    for file in SOURCES.rglob("*.py"):
        for function in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)):
            if {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)} & {"hint", "hints"}:
                asked |= {str(node.value) for node in ast.walk(function) if isinstance(node, ast.Constant)}
    assert {action.id for action in ACTIONS if action.title} <= asked
