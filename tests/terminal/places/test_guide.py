"""The guide is reached from the key sheet, whole in every width, and read with the keys that move in the panes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ibtui.commands.command import Halt
from ibtui.guide.topics import TOPICS, topic
from ibtui.terminal.drawing.canvas import length
from ibtui.terminal.places.guide import lines
from ibtui.terminal.places.scroll import Scroll
from tests.terminal.piloted import at_terminal
from tests.terminal.scripted import ScriptedEngine


async def test_the_key_of_the_sheet_opens_the_guide_and_escape_leads_back(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        assert "opens the guide" in await hands.press("question_mark")
        shown = await hands.press("question_mark")
        assert all(f"{known.name:<15}{known.about}" in shown for known in TOPICS)
        shown = await hands.press("j", "enter")
        assert "Guide · trading" in shown
        assert "The screen" in shown
        assert "enter opens" in (await hands.press("escape")).lower()
        assert "Watchlist" in await hands.press("escape")


async def test_a_topic_is_read_to_its_end(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("question_mark", "question_mark", "G", "enter")
        first = await hands.until("Guide · decisions")
        assert await hands.press("pagedown") != first
        last = topic("decisions").text.split()[-1]
        assert last in await hands.press("G")
        assert await hands.press("g") == first


async def test_a_halt_passes_while_it_is_read(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        for keys in (["question_mark", "question_mark"], ["question_mark", "question_mark", "enter"]):
            engine.asked.clear()
            await hands.press(*keys, "f9")
            await engine.until(lambda: engine.commands() == [Halt()])
            await hands.until("HALTED")
            await hands.press("escape")


@pytest.mark.parametrize("width", [40, 76, 116, 200])
@pytest.mark.parametrize("name", [known.name for known in TOPICS])
def test_no_word_is_lost_in_any_width(name: str, width: int) -> None:
    drawn = lines(topic(name).text, width)
    assert all(length(line.runs) <= width + 2 for line in drawn)
    if width >= 116:
        text = " ".join(run.text for line in drawn for run in line.runs)
        words = re.findall(r"[a-z]{4,}", re.sub(r"<!--.*?-->|```[a-z]+|\]\([^)]*\)", "", topic(name).text))
        assert [word for word in words if word not in text] == []


def test_scrolling_ends_at_the_last_line_and_begins_at_the_first() -> None:
    scroll, rows = Scroll(), list(range(10))
    assert scroll.show(rows, 4) == [0, 1, 2, 3]
    assert scroll.longer
    assert scroll.move("move.last")
    assert scroll.show(rows, 4) == [6, 7, 8, 9]
    assert scroll.move("move.up")
    assert scroll.show(rows, 4) == [5, 6, 7, 8]
    assert scroll.show(rows, 20) == rows
    assert not scroll.longer
    assert scroll.move("move.down")
    assert scroll.show(rows, 20) == rows
    assert not scroll.move("order.buy")
