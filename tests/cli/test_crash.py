"""A command that fails inside: one sentence, exit code 1, the traceback in the log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clocks import PATIENCE

PROGRAM = """
import importlib, sys
main = importlib.import_module("ibtui.cli.main")

def fail(*arguments):
    raise ZeroDivisionError("nothing divides\\nby 0")

main.profile_of = fail
sys.argv = ["ibtui", *sys.argv[1:]]
main.run()
"""


def run(folder: Path, *command: str, out: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    environment = {f"XDG_{kind}_HOME": str(folder) for kind in ("STATE", "CONFIG", "DATA", "CACHE")}
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("command", [("stop",), ("engine",), ("stop", "--json")], ids=" ".join)
def test_a_crash_is_one_sentence_exit_1_and_a_traceback_in_the_log(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(tmp_path, "-c", PROGRAM, *command)
    log = tmp_path / "ibtui" / "cli.log"
    sentence = f"ibtui failed inside (ZeroDivisionError: nothing divides by 0). The traceback is in {log}."
    assert done.returncode == 1
    if "--json" in command:
        assert json.loads(done.stdout) == {"error": {"code": "internal", "message": sentence}}
        assert done.stderr == ""
    else:
        assert done.stderr == f"ibtui: {sentence}\n"
    assert "in fail" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "ibtui").write_text("a file where the folder should be")
    done = run(tmp_path, "-c", PROGRAM, "stop")
    assert done.returncode == 1
    assert "The traceback could not be written to" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command", [("strategies", "show", "sma_cross"), ("strategies", "show", "sma_cross", "--json")], ids=" ".join
)
def test_output_that_takes_nothing_is_one_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = run(tmp_path, "-m", "ibtui", *command, out=full)
    finally:
        os.close(full)
    assert done.returncode == 1
    assert done.stderr.startswith("ibtui: ibtui failed inside (OSError")
    assert done.stderr.count("\n") == 1
