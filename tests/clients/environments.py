"""Environments of other programs' clients: made once a machine and kept in the platform's cache folder."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

_FOLDER = user_cache_path("ibtui") / "clients"
_MOST_SECONDS = 300
_COMPLETE = "complete"


class UnavailableError(Exception):
    """An environment cannot be made here; the text says why."""


@cache
def python_environment(*packages: str) -> str:
    """The interpreter of an environment that holds these packages and what they need; raises UnavailableError."""

    def make(folder: Path) -> None:
        venv.create(folder, with_pip=True)
        _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages])

    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    return str(_made(packages, version, make) / "bin" / "python")


@cache
def node_environment(*packages: str) -> Path:
    """The module folder of a Node project that holds these packages; raises UnavailableError."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise UnavailableError(f"{program} is not installed")

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}\n')
        _run(["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", *packages])

    return _made(packages, "node", make) / "node_modules"


def _made(packages: tuple[str, ...], kind: str, make: Callable[[Path], None]) -> Path:
    """The folder of an environment; of several test processes that want it, one makes it and the others wait."""
    name = "-".join((*packages, kind)).replace("/", "_").replace("==", "_").strip("@")
    folder = _FOLDER / name
    with _alone(_FOLDER / f"{name}.lock"):
        if not (folder / _COMPLETE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            (folder / _COMPLETE).touch()
    return folder


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{' '.join(command[:4])} took more than {_MOST_SECONDS} s") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise UnavailableError(f"{' '.join(command[:4])} failed: {lines[-1] if lines else done.returncode}")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
