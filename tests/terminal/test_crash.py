"""A terminal that fails inside: one sentence, exit code 1, the traceback in its log, the shell as it was."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.terminal.crash import Crash
from tests.screens import Screen
from tests.terminal.scripted import ScriptedEngine, scripted_engine

PROGRAM = """
import asyncio, sys
from ibtui.terminal import app
from ibtui.terminal.device import driver
from ibtui.terminal.control import Control

def fail(*arguments):
    raise ZeroDivisionError("nothing divides by 0")

async def later(*arguments):
    fail()

{fault}
from ibtui.cli.main import run
sys.argv = ["ibtui", "attach"]
run()
"""
FAULTS = {
    "a key": "Control.press = fail",
    "a timer": "app.IbtuiApp._beat = fail",
    "a worker": "app.IbtuiApp._fetch_bars = later",
    "a frame": "app.IbtuiApp._take = fail",
    "drawing": "from ibtui.terminal.panes.header import Header; Header.draw = fail",
    "a callback of the loop": "app.IbtuiApp._beat = lambda self: asyncio.get_running_loop().call_soon(fail)",
    "a task nobody waits for": "app.IbtuiApp._beat = lambda self: asyncio.ensure_future(later()) and None",
    "the thread that reads keys": "driver.PasteLimit.__call__ = fail",
    "the way in": "app.IbtuiApp.on_mount = fail",
}


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[ScriptedEngine]:
    """An engine that `ibtui attach` finds."""
    state = tmp_path / "ibtui" / "paper"
    state.mkdir(parents=True)
    (state / "engine.json").write_bytes(msgspec.json.encode({"pid": os.getpid(), "socket": str(tmp_path / "socket")}))
    async with scripted_engine(tmp_path / "socket") as running:
        yield running


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("where", FAULTS)
async def test_a_crash_is_one_sentence_exit_1_and_a_traceback_in_the_log(tmp_path: Path, where: str) -> None:
    program = PROGRAM.format(fault=FAULTS[where])
    environment = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("STATE", "CONFIG", "DATA", "CACHE")}

    def crashed() -> tuple[int, str, int]:
        with Screen([sys.executable, "-c", program], 100, 30, environment) as screen:
            if where == "a key":
                screen.until("AAPL")
                screen.press("j")
            return screen.wait(20), screen.text, termios.tcgetattr(screen._master)[3]

    code, text, flags = await asyncio.to_thread(crashed)
    log = tmp_path / "ibtui" / "paper" / "terminal.log"
    assert code == 1
    # The emulator knows no second screen and wraps anywhere; an answer to the last query may stand in between.
    shown = re.sub(r"\^\[\[\d+;\d+R", "", text)
    shown = "".join(shown.split())
    assert "ibtui:Theterminalfailedinside(ZeroDivisionError:nothingdividesby0)andhasended;" in shown
    assert "".join(str(log).split()) in shown
    assert "Traceback" not in text
    assert "in fail" in log.read_text()
    assert flags & termios.ECHO
    assert flags & termios.ICANON


def test_the_first_error_is_told_and_all_are_logged(tmp_path: Path) -> None:
    crash = Crash(tmp_path / "log")
    assert crash.failure() is None
    crash.note(ValueError("first"))
    crash.note(KeyError("second"))
    failure = crash.failure()
    assert isinstance(failure, IbtuiError)
    assert failure.code == "internal"
    assert "(ValueError: first)" in failure.message
    assert "KeyError: 'second'" in (tmp_path / "log").read_text()


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    crash = Crash(tmp_path / "nowhere" / "log")
    crash.note(ValueError("first"))
    assert "could not be written" in str(crash.failure())
