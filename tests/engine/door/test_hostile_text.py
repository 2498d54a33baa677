"""A hostile text through every entry: nothing of it moves a cursor, hides or reorders what a client is sent."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ibtui.config import load
from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import Signal
from ibtui.engine.written_log import CleanFormatter
from ibtui.gateway.server import Gateway
from ibtui.link.codec import encode
from ibtui.link.crash_log import CrashLog, in_words
from ibtui.link.messages import Next, Request, Search, Subscribe, Tell
from tests.clocks import CLOCK
from tests.engine.door.raw import Raw, raw
from tests.engine.markets import AAPL, CALM, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

EVIL = "\x1b]52;c;ZXZpbA==\x07\x9b31m\u202ekcul\u2066\u200b\ufeff\U000e0041a\u0301\u0301\u0301\u0301\u0301"
"""Escape sequences in both forms, reordered and invisible letters, a tower of marks."""
MARK = "MARK"
BAD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufe00-\ufe0f\U000e0000-\U000e01ef\ud800-\udfff]|\u0301\u0301\u0301"
)
LONGEST = 1_000
LONG = EVIL + MARK + "x" * 100_000

STRATEGY = f"""
import sys
from ibtui.strategies import Strategy, param

class Evil(Strategy):
    {("x" + EVIL + MARK)!r}
    symbol: str = param("AAPL", kind="symbol", help={(EVIL + MARK)!r})
    mode: str = param("a", choices=("a", {("b" + MARK)!r}), help={LONG!r})

    def on_start(self):
        self.log({(EVIL + MARK)!r})
        print({LONG!r})
        sys.stderr.write({(EVIL + MARK)!r} + chr(10))
        self.explain({LONG!r})
        raise RuntimeError({LONG!r})
"""


async def _strategy(engine: Driver, gateway: Gateway, folder: Path) -> None:
    (folder / "evil.py").write_text(STRATEGY)
    await _whatever(engine.do("approve evil"))
    await _whatever(engine.do("start evil"))


async def _file_names(engine: Driver, gateway: Gateway, folder: Path) -> None:
    (folder / f"bad{EVIL}{MARK}.py").write_text("x = 1")
    (folder / "cut.py").write_text(f"def {EVIL}{MARK}(:\n")
    (folder / os.fsdecode(b"\xff\xfe" + MARK.encode() + b".py")).write_text("x = 1")
    await engine.engine.parts.supervisor.describe_all()


async def _signals(engine: Driver, gateway: Gateway, folder: Path) -> None:
    one = Signal(time=CLOCK.now(), kind="prediction", symbol=EVIL + MARK, text=LONG[:30_000], source=EVIL + MARK)
    await engine.ask(Tell(signals=(one,)))
    await _whatever(engine.ask(Tell(signals=(Signal(time=CLOCK.now(), kind=LONG[:30_000]),))))
    with (folder.parent / "lines.jsonl").open("a") as out:
        out.write(json.dumps({"kind": "news", "text": LONG, "source": EVIL, "symbol": EVIL}) + "\n")
        out.write(json.dumps({"kind": EVIL + MARK, EVIL: 1}) + "\n")
        out.write('{"kind": "news", "text": "\\ud800 lone' + MARK + '"}\n')
    await engine.until(lambda _: engine.logged("lone"))


async def _ib(engine: Driver, gateway: Gateway, folder: Path) -> None:
    gateway.backend.exchange.publish(EVIL + MARK + " head", con_ids=(AAPL,))
    await engine.until(lambda _: engine.logged(" head"))


async def _commands(engine: Driver, gateway: Gateway, folder: Path) -> None:
    await _whatever(engine.ask(Search(pattern=EVIL + MARK)))
    for text in (
        "watch {}",
        "start {}",
        "approve {}",
        "cancel {}",
        "settle {} because {}",
        "alert {} above 1",
        "stop {}",
    ):
        await _whatever(engine.do(text.format(*[(EVIL + MARK).replace(" ", "")] * 2)))


ENTRIES: dict[str, Callable[[Driver, Gateway, Path], Awaitable[None]]] = {
    "a strategy's words": _strategy,
    "the names of files": _file_names,
    "signals": _signals,
    "IB's words": _ib,
    "commands": _commands,
}


async def _whatever(act: Awaitable[object]) -> None:
    """Refused or not, what it says is clean."""
    with contextlib.suppress(_CleanError):
        try:
            await act
        except IbtuiError as error:
            raise (_CleanError if clean(error.message) else AssertionError)(error.message) from None


class _CleanError(Exception):
    """A refusal without anything of what came in that could harm."""


def clean(text: str) -> bool:
    return not BAD.search(text) and len(text) <= LONGEST


def strings(value: Any) -> Iterator[str]:
    """Every text in a message, names of fields too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


@pytest.mark.parametrize("entry", ENTRIES)
async def test_what_leaves_the_engine_is_clean_whatever_came_in(tmp_path: Path, entry: str) -> None:
    folder = tmp_path / "strategies"
    folder.mkdir()
    (tmp_path / "lines.jsonl").touch()
    evil_calendar = tmp_path / f"c{EVIL}.csv"
    evil_calendar.write_text(
        f"date,time,event\n2026-03-06,{EVIL},x\n{CLOCK.now() + timedelta(days=1):%Y-%m-%d},08:30,{LONG}\n"
    )
    settings = {
        **CALM,
        "news": True,
        "calendars": (str(evil_calendar), str(tmp_path / f"none{EVIL}.ics")),
        "signal_files": (str(tmp_path / "lines.jsonl"),),
    }
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **settings) as engine:
        hold(gateway)
        await ENTRIES[entry](engine, gateway, folder)
        await engine.until(lambda _: engine.logged("line 2"))
        listener = await raw(engine)
        listener.writer.write(encode(Subscribe(feed=True)))
        listener.writer.write(encode(Next()))
        frame = await listener.read()
        listener.writer.write(encode(Request(id=1, ask=_status())))
        texts = [*strings(frame), *strings(await _answer(listener))]
        assert [text for text in texts if not clean(text)] == []
        assert entry == "commands" or any(MARK in text.upper() for text in texts)
        listener.writer.close()


def _status() -> Any:
    from ibtui.link.messages import GetStatus

    return GetStatus()


async def _answer(listener: Raw) -> dict[str, Any]:
    while (message := await listener.read())["is"] != "reply":
        pass
    return message


@pytest.mark.parametrize(
    "text",
    [
        f'[profiles."{MARK}\\u001b]52;c\\u202e"]\nport = 1\n',
        f'[profiles.paper]\ntimezone = "{MARK}\\u001b[31m\\u202e"\n',
        f'[profiles.paper]\n"{MARK}\\u001b[31m" = 1\n',
        f'[profiles.paper]\nmode = "{MARK}\\u001b[31m"\n',
        f"{MARK}\x1b[31m\x9b\n",
    ],
)
def test_what_is_wrong_with_a_configuration_is_said_in_clean_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(IbtuiError) as error:
        load(file)
    assert clean(error.value.message)


def test_what_is_written_to_logs_is_clean(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as raised:
        raise RuntimeError(EVIL + MARK)
    error = raised.value
    record = logging.LogRecord("ib", logging.ERROR, "", 0, "%s failed", (EVIL,), (type(error), error, None))
    CrashLog(tmp_path / "crash.log").add(error)
    assert MARK in in_words(error)
    assert clean(in_words(error))
    written = CleanFormatter("%(levelname)s %(message)s").format(record)
    for text in (written, (tmp_path / "crash.log").read_text()):
        assert MARK in text
        assert clean(text.replace("\n", "")), text


@pytest.mark.parametrize(
    "arguments",
    [
        (EVIL,),
        ("backtest", EVIL, "--data", "none.csv"),
        ("backtest", "sma_cross", "--data", EVIL),
        ("backtest", f"{EVIL}.py", "--data", EVIL),
        ("strategies", "show", EVIL),
        ("strategies", "new", EVIL),
        ("status", "--profile", EVIL),
        ("do", f"buy 1 {EVIL} market"),
        ("do", os.fsdecode(b"buy 1 \xff\xfe market")),
        ("signal", EVIL, EVIL),
        ("settle", EVIL),
    ],
)
def test_a_command_line_says_in_clean_words_what_is_wrong(arguments: tuple[str, ...], tmp_path: Path) -> None:
    environment = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("STATE", "CONFIG", "DATA", "CACHE")}
    done = subprocess.run(
        [sys.executable, "-m", "ibtui", *arguments], env={**os.environ, **environment}, capture_output=True, check=False
    )
    assert done.returncode > 1, done.stderr
    said = (done.stdout + done.stderr).decode()
    assert clean(said.replace("\n", "")), said
