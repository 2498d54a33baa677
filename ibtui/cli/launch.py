"""Finding, starting and ending the processes of a profile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from ibtui.config import Folders, prepare
from ibtui.config import folders as folders_of
from ibtui.domain.failure import IbtuiError

START_SECONDS = 15.0
RACE_SECONDS = 10.0
"""How long a launcher whose engine lost the race for the profile keeps trying to reach the winner."""


class EngineFacts(Struct, frozen=True):
    """The facts an engine leaves about itself."""

    pid: int
    socket: str


def running(folders: Folders) -> EngineFacts | None:
    """The profile's engine, if its process is alive."""
    try:
        facts = msgspec.json.decode(folders.facts.read_bytes(), type=EngineFacts)
    except (OSError, msgspec.MsgspecError):
        return None
    return facts if alive(facts.pid) else None


def alive(pid: int) -> bool:
    """Whether a process of that id exists; a zombie does not count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def socket_of(profile: str, folders: Folders) -> Path:
    """The socket of the running engine; raises IbtuiError `no_engine`."""
    facts = running(folders)
    if facts is None:
        command = "ibtui demo" if profile == "demo" else f"ibtui --profile {profile}"
        told = f"No engine runs for profile {profile!r}; start it with `{command}`."
        if profile != "demo" and running(folders_of("demo")):
            told += " The demo runs: add --profile demo to speak with it."
        raise IbtuiError("no_engine", told)
    return Path(facts.socket)


def ensure(profile: str, folders: Folders, command: list[str], meanwhile: Callable[[], object]) -> Path:
    """The socket of the profile's engine, which is started with `ibtui COMMAND` when none runs.

    `meanwhile` is called while it starts. Raises IbtuiError `start_failed` with the last line of its log.
    """
    facts = running(folders)
    if facts is not None:
        return Path(facts.socket)
    prepare(folders.state)
    process = detach(command, folders.log)
    meanwhile()
    return _await_socket(profile, folders, process)


def detach(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start `ibtui COMMAND` in a session of its own: no terminal, standard input null, errors to its log."""
    with log.open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "ibtui", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            umask=0o077,
            cwd=log.parent,
        )


def _await_socket(profile: str, folders: Folders, process: subprocess.Popen[bytes]) -> Path:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        facts = running(folders)
        if facts is not None and Path(facts.socket).exists():
            return Path(facts.socket)
        if process.poll() is not None:
            deadline = min(deadline, time.monotonic() + (RACE_SECONDS if _raced(process) else 0.0))
        time.sleep(0.02)
    raise IbtuiError("start_failed", f"The engine of {profile!r} did not start: {_last_line(folders.log)}")


def _raced(process: subprocess.Popen[bytes]) -> bool:
    from ibtui.cli.exits import status_of

    return process.returncode == status_of("engine_running")


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1].removeprefix("ibtui: ") if lines else f"see {log}."


def end(facts: EngineFacts, within: float = 10.0) -> None:
    """Wait until an engine that was asked to end is gone; kill it when it is not gone in time."""
    deadline = time.monotonic() + within
    while alive(facts.pid):
        if time.monotonic() > deadline:
            os.kill(facts.pid, signal.SIGKILL)
            return
        time.sleep(0.02)
