"""Running `ibtui` as a user's shell does: real processes, an own home, JSON read back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.clocks import PATIENCE
from tests.screens import Screen

IBTUI = (sys.executable, "-m", "ibtui")


class Done:
    """What a finished command left: exit code, JSON object, error text."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def json(self) -> dict[str, Any]:
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> str:
        return str(self.json["error"]["code"])


class Home:
    """A user with empty folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kinds = ("STATE", "CONFIG", "CACHE", "DATA", "RUNTIME")
        self.environment = {f"XDG_{kind}_{'DIR' if kind == 'RUNTIME' else 'HOME'}": str(folder) for kind in kinds}

    def run(self, *arguments: str, within: float = PATIENCE) -> Done:
        """`ibtui ARGUMENTS` to its end."""
        return Done(
            subprocess.run(
                [*IBTUI, *arguments],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=within,
                check=False,
            )
        )

    def configure(self, text: str) -> None:
        """Write the configuration file."""
        file = self.folder / "ibtui" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """`ibtui ARGUMENTS` in the foreground; yields the process and what follows `ready` on its first line."""
        process = subprocess.Popen(
            [*IBTUI, *arguments],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            first = process.stdout.readline()
            assert first.startswith("ready "), process.stderr.read()
            yield process, first.removeprefix("ready ").strip()
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
            process.stderr.close()

    def screen(self, *arguments: str, columns: int = 160, rows: int = 45, **environment: str) -> Screen:
        """`ibtui ARGUMENTS` in a terminal."""
        return Screen([*IBTUI, *arguments], columns, rows, {**self.environment, **environment})


class Trader:
    """A person or script at one profile of a home."""

    def __init__(self, home: Home, profile: str) -> None:
        self.home = home
        self.profile = profile

    def status(self) -> dict[str, Any]:
        done = self.home.run("status", "--profile", self.profile, "--json")
        assert done.code == 0, done.out + done.err
        return done.json

    def do(self, text: str) -> Done:
        return self.home.run("do", text, "--yes", "--json", "--profile", self.profile)

    def preview(self, text: str) -> Done:
        return self.home.run("do", text, "--json", "--profile", self.profile)

    def until(self, fits: Callable[[Mapping[str, Any]], bool], within: float = PATIENCE) -> dict[str, Any]:
        """The first status that fits; AssertionError with the last one when none does in time."""
        deadline = time.monotonic() + within
        while True:
            status = self.status()
            if fits(status):
                return status
            assert time.monotonic() < deadline, json.dumps(status, indent=1)

    def order(self, ref: str) -> dict[str, Any]:
        return next(order for order in self.status()["orders"] if order["ref"] == ref)

    def position(self, symbol: str) -> float:
        return quantity(self.status(), symbol)


def quantity(status: Mapping[str, Any], symbol: str) -> float:
    """What a status says is held of one symbol."""
    return float(sum(p["quantity"] for p in status["positions"] if p["symbol"] == symbol))


def processes_of(folder: Path) -> list[str]:
    """Command lines of every live process that was started with this home."""
    mark = str(folder).encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [line for line in found if "ibtui" in line]


def assert_gone(home: Home) -> None:
    """Nothing that was started with this home goes on; what was told to end is given the time it needs."""
    deadline = time.monotonic() + PATIENCE
    while (left := processes_of(home.folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


@contextmanager
def engine(trader: Trader, state: str = "active") -> Iterator[subprocess.Popen[str]]:
    """An engine of the trader's profile, once it is in that state and quotes flow."""
    with trader.home.serving("engine", "--profile", "paper") as (process, _):
        trader.until(lambda status: status["state"] == state and any(q["bid"] for q in status["quotes"]))
        yield process
