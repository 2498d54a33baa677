"""The screen over a slow link: how old it may be, what a key costs, and what is left of a stall."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from pathlib import Path

import pyte
import pytest

from ibtui.link.messages import Frame
from ibtui.terminal.device.guard import answers_itself
from tests.screens import Screen
from tests.terminal.device.pseudo_terminal import aside, on_device
from tests.terminal.scripted import ScriptedEngine, quote, quotes

IN_256 = {"COLORTERM": "", "TERM": "xterm-256color"}
RATE = 2_000
TWO_SECONDS = 3_500
"""Bytes that wait: less than the link carries in 2 s, and than the most that is seen."""
OPENING = (
    *(("b", "Ticket"), ("escape", ""), ("s", "SELL"), ("escape", ""), ("/", "Find"), ("escape", "")),
    *((":", ""), ("escape", ""), ("enter", ""), ("escape", "")),
)
direct = pytest.mark.skipif(answers_itself({}), reason="below a mosh server the program trusts no answer")


class Conflating(ScriptedEngine):
    """Frames that nobody asked for yet become one, as the engine's do."""

    def push(self, frame: Frame) -> None:
        if not any(waiting.snapshot for waiting in self._pending):
            self._pending.clear()
        super().push(frame)


async def move(engine: ScriptedEngine, said: list[float]) -> None:
    """A market in which every price moves by a cent five times a second; the moments of AAPL's."""
    while True:
        said.append(time.monotonic())
        cents = len(said) / 100
        moved = (quote(each.symbol, (each.bid or 0) + cents, (each.ask or 0) + cents) for each in quotes())
        engine.push(Frame(quotes=tuple(moved)))
        await asyncio.sleep(0.2)


def step(text: str) -> int:
    """Which of AAPL's prices stands on the screen, from 0."""
    last = re.search(r"AAPL .*? (\d{3}\.\d\d) ", text)
    return round((float(last[1]) - 187.42) * 100) if last else 0


@direct
async def test_at_2_kb_a_second_nothing_waits_that_is_2_s_old_and_a_stall_replays_nothing(tmp_path: Path) -> None:
    """How old the screen is is how much waits on the link; a slow machine makes it no older."""
    async with on_device(tmp_path, IN_256, size=(160, 45), rate=RATE, engine=Conflating()) as (screen, engine):
        await aside(lambda: screen.until("HALT"))
        said: list[float] = []
        moving = asyncio.create_task(move(engine, said))
        await aside(lambda: screen.until(lambda text: step(text) > 5))
        waited = []
        for _ in range(60):
            await aside(lambda: screen.settle(0.05))
            waited.append(screen.waiting)
        assert max(waited) < TWO_SECONDS
        await asyncio.sleep(6.0)
        assert screen.waiting < TWO_SECONDS
        stalled = len(said)
        await aside(lambda: screen.until(lambda text: step(text) >= stalled))
        moving.cancel()


@pytest.mark.parametrize(("size", "most"), [((80, 24), 3_000), ((160, 45), 5_000)])
async def test_what_a_key_opens_costs_no_more_than_it_shows(tmp_path: Path, size: tuple[int, int], most: int) -> None:
    async with on_device(tmp_path, IN_256, size=size) as (screen, _):
        await aside(lambda: screen.until("HALT"))
        await aside(lambda: screen.settle(0.5))
        for key, shown in OPENING:
            before = screen.bytes_read
            await aside(lambda key=key: screen.press(key, apart=0.3))  # type: ignore[misc]
            await aside(lambda shown=shown: screen.until(shown))  # type: ignore[misc]
            assert screen.bytes_read - before < most, key


async def test_a_screen_that_others_wrote_over_is_whole_again_by_a_key(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, _):
        await aside(lambda: screen.until("HALT"))
        screen._stream.feed(b"\x1b[5;1H\x1b[31mBroadcast message: down at six\x1b[m")
        assert "Broadcast" in screen.text
        await aside(lambda: screen.press("\x0c"))
        await aside(lambda: screen.until(lambda text: "Broadcast" not in text))


async def test_a_program_that_comes_back_from_a_stop_paints_anew(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, _):
        os.kill(screen.process.pid, signal.SIGTSTP)
        await aside(lambda: screen.settle(0.3))
        screen._stream.feed(b"\x1b[5;1H\x1b[31mroot@host:~# fg\x1b[m")
        os.kill(screen.process.pid, signal.SIGCONT)
        await aside(lambda: screen.until(lambda text: "root@host" not in text and "READY" in text))


async def test_after_a_journey_the_screen_is_the_one_that_is_drawn_whole(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, engine):
        for number, key in enumerate(("b", "1", "escape", "j", "2", "?", "escape", ":", "x", "escape", "5", "3", "1")):
            engine.push(Frame(quotes=(quote("MSFT", 402 + number / 100, 402.01 + number / 100),)))
            await aside(lambda key=key: screen.press(key, apart=0.15))  # type: ignore[misc]
        await aside(lambda: screen.until(quiet))
        before = body(screen)
        for columns in (101, 100):
            await aside(lambda columns=columns: screen.resize(columns, 40))  # type: ignore[misc]
            await aside(lambda: screen.settle(0.5))
        await aside(lambda: screen.until(lambda _: body(screen) == before))


def quiet(text: str) -> bool:
    """Everything that comes by itself has come, and the mark of the last tick is gone."""
    return "402.13" in text and text.count("▄█▂▇▁▅") == 11 and not {"▲", "▼"} & set(text)


def body(screen: Screen) -> list[list[tuple[object, ...]]]:
    """What is seen of every cell below the header, whose clock goes on, and above the gauges."""
    return [[look(screen.emulator.buffer[y][x]) for x in range(100)] for y in range(1, 39)]


def look(cell: pyte.screens.Char) -> tuple[object, ...]:
    """Of a blank the ground alone is seen."""
    return (" ", cell.bg) if cell.data == " " and not cell.reverse else tuple(cell)


@direct
async def test_the_header_and_what_has_the_cursor_are_painted_first(tmp_path: Path) -> None:
    async with on_device(tmp_path, IN_256, size=(160, 45), rate=4000) as (screen, _):
        await aside(lambda: screen.until("READY"))
        await aside(lambda: screen.until("AAPL"))
        assert "3 Orders" not in screen.text
        await aside(lambda: screen.until("3 Orders"))
