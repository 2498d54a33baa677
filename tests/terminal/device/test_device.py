"""The terminal on a real pseudo-terminal: what a device can do to it, and when an Enter counts there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ibtui.link.messages import Frame
from ibtui.terminal.device.guard import answers_itself
from tests.clocks import PATIENCE
from tests.screens import Screen
from tests.terminal.device.pseudo_terminal import aside, on_device
from tests.terminal.scripted import quote


async def _previewed(screen: Screen) -> None:
    await aside(lambda: screen.press("b", "100", "enter", apart=0.1))
    await aside(lambda: screen.until("Enter sends"))


@pytest.mark.skipif(answers_itself({}), reason="below a mosh server the program trusts no answer")
async def test_where_the_terminal_answers_an_enter_counts_soon(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, engine):
        await _previewed(screen)
        await aside(lambda: screen.settle(0.25))
        await aside(lambda: screen.press("enter"))
        await aside(lambda: screen.until("100 AAPL sent"))
        assert engine.sent == ["token1"]


@pytest.mark.skipif(answers_itself({}), reason="below a mosh server the program trusts no answer")
async def test_an_enter_into_a_frozen_link_sends_no_preview_that_nobody_saw(tmp_path: Path) -> None:
    """The screen takes nothing any more while keys still go out: the preview waits in the buffers between."""
    async with on_device(tmp_path) as (screen, engine):
        await aside(lambda: screen.press("b", "100", apart=0.1))
        screen.press("enter")
        await engine.until(lambda: bool(engine.previews()))
        for _ in range(2):
            await asyncio.sleep(0.8)
            screen.press("enter")
        await asyncio.sleep(0.3)
        assert "Enter sends" not in screen.text
        assert not engine.sent
        await aside(lambda: screen.until("press Enter again"))
        await aside(lambda: screen.settle(0.6))
        assert not engine.sent
        await aside(lambda: screen.press("enter"))
        await aside(lambda: screen.until("100 AAPL sent"))
        assert engine.sent == ["token1"]


@pytest.mark.skipif(answers_itself({}), reason="below a mosh server the program trusts no answer")
async def test_no_frame_is_drawn_while_the_last_is_still_on_its_way(tmp_path: Path) -> None:
    """The buffers between take 64 kB: they would fill with frames that are old by the time they are seen."""
    async with on_device(tmp_path) as (screen, engine):
        await aside(lambda: screen.settle(0.6))
        before = engine.nexts
        for step in range(20):
            engine.push(Frame(quotes=(quote("AAPL", 190 + step, 190.01 + step),)))
        await asyncio.sleep(1.5)
        assert engine.nexts - before <= 1
        await aside(lambda: screen.until("209.01"))
        assert engine.nexts - before >= 19


async def test_where_the_terminal_answers_nothing_the_preview_says_by_time(tmp_path: Path) -> None:
    async with on_device(tmp_path, silent=True) as (screen, engine):
        await _previewed(screen)
        await aside(lambda: screen.until("by time"))
        await aside(lambda: screen.settle(0.7))
        await aside(lambda: screen.press("enter"))
        await aside(lambda: screen.until("100 AAPL sent"))
        assert engine.sent == ["token1"]


@pytest.mark.skipif(answers_itself({}), reason="below a mosh server the program trusts no answer")
async def test_a_multiplexer_that_nothing_tells_of_is_named_in_the_configuration(tmp_path: Path) -> None:
    async with on_device(tmp_path, config="Config(multiplexer=True)") as (screen, _):
        await _previewed(screen)
        await aside(lambda: screen.until("by time"))


async def test_a_size_that_the_environment_says_wrong_is_not_believed(tmp_path: Path) -> None:
    async with on_device(tmp_path, {"COLUMNS": "80", "LINES": "24"}) as (screen, _):
        await aside(lambda: screen.until("HALT"))
        assert "HALT" in screen.text.splitlines()[-1]


async def test_a_screen_too_small_for_a_preview_sends_none(tmp_path: Path) -> None:
    async with on_device(tmp_path, {"COLUMNS": "100", "LINES": "40"}) as (screen, engine):
        await _previewed(screen)
        await aside(lambda: screen.settle(0.3))
        await aside(lambda: screen.resize(50, 12))
        await aside(lambda: screen.until(lambda text: "Enter sends" not in text and "PAPER" in text))
        await aside(lambda: screen.settle(0.3))
        await aside(lambda: screen.press("enter", apart=0.3))
        assert not engine.sent
        await aside(lambda: screen.resize(100, 30))
        await aside(lambda: screen.until("too small"))
        await aside(lambda: screen.settle(0.5))
        await aside(lambda: screen.press("enter"))
        await aside(lambda: screen.until("100 AAPL sent"))
        assert engine.sent == ["token1"]


async def test_enters_typed_ahead_in_one_read_never_send(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, engine):
        await aside(lambda: screen.press("b100\r\r\r\r\r"))
        await aside(lambda: screen.until("Enter sends"))
        await aside(lambda: screen.settle(0.7))
        assert len(engine.previews()) == 1
        assert not engine.sent


async def test_held_enter_sends_once(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, engine):
        await _previewed(screen)
        await aside(lambda: screen.settle(0.3))
        for _ in range(30):
            await aside(lambda: screen.press("enter", apart=0.03))
        await aside(lambda: screen.until("sent"))
        assert len(engine.sent) == 1


async def test_in_a_multiplexer_time_decides(tmp_path: Path) -> None:
    async with on_device(tmp_path, {"TERM": "tmux-256color"}) as (screen, engine):
        await _previewed(screen)
        await aside(lambda: screen.press("enter", apart=0.1))
        await aside(lambda: screen.until("press Enter again"))
        assert not engine.sent
        await aside(lambda: screen.settle(0.7))
        await aside(lambda: screen.press("enter"))
        await aside(lambda: screen.until("100 AAPL sent"))
        assert len(engine.sent) == 1


async def test_keys_typed_at_a_stopped_program_never_send(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, engine):
        await _previewed(screen)
        await aside(lambda: screen.settle(0.4))
        os.kill(screen.process.pid, signal.SIGSTOP)
        await asyncio.to_thread(time.sleep, 1.0)
        screen.press("enter")
        os.kill(screen.process.pid, signal.SIGCONT)
        await aside(lambda: screen.until("press Enter again"))
        assert not engine.sent


async def test_bytes_that_are_no_utf8_are_read_over(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, _):
        for raw in (b"\xff", b"\xc3", b"\xe9t\xe9", b"\x80\x80"):
            os.write(screen._master, raw)
            await aside(lambda: screen.settle(0.1))
        await aside(lambda: screen.press("j", apart=0.3))
        await aside(lambda: screen.until("buy MSFT"))
        assert screen.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
async def test_a_signal_ends_it_in_order_and_gives_the_terminal_back(tmp_path: Path, number: int) -> None:
    async with on_device(tmp_path) as (screen, _):
        os.kill(screen.process.pid, number)
        assert await aside(lambda: screen.wait(5.0)) == 0
        assert "RETURNED None" in screen.text


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_it_even_while_it_starts_a_thread(number: int) -> None:
    """The lock that every start of a thread takes is held when the signal comes."""
    program = (
        "import os, threading, time\n"
        "from textual.app import App\n"
        "from ibtui.terminal.device.driver import ending_on_signals\n"
        "with ending_on_signals(App()), threading._active_limbo_lock:\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "    while True: time.sleep(0.1)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=PATIENCE, check=False).returncode != 0


async def test_a_closed_terminal_ends_it_soon(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, _):
        screen.hang_up()
        assert await asyncio.to_thread(screen.process.wait, 5.0) is not None


async def test_q_prints_one_line(tmp_path: Path) -> None:
    async with on_device(tmp_path) as (screen, _):
        await aside(lambda: screen.press("q", apart=0.4))
        await aside(lambda: screen.until("leaves it running"))
        await aside(lambda: screen.press("enter"))
        assert await aside(lambda: screen.wait(5.0)) == 0
        assert "RETURNED The engine of paper goes on" in screen.text


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({"LANG": "C", "LC_ALL": "", "LC_CTYPE": "", "IBTUI_ASCII": ""}, True),
        ({"LANG": "C.UTF-8", "LC_ALL": "", "LC_CTYPE": "", "IBTUI_ASCII": "1"}, True),
        ({"LANG": "C.UTF-8", "LC_ALL": "", "LC_CTYPE": "", "IBTUI_ASCII": ""}, False),
    ],
    ids=["locale C", "by wish", "UTF-8"],
)
async def test_a_terminal_without_unicode_gets_ascii_alone(
    tmp_path: Path, environment: dict[str, str], plain: bool
) -> None:
    async with on_device(tmp_path, environment) as (screen, _):
        await aside(lambda: screen.press("b", "100", "enter", apart=0.1))
        await aside(lambda: screen.until("Enter sends"))
        assert screen.text.isascii() is plain
