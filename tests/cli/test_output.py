"""What is printed where the locale is not UTF-8, and where nobody reads to the end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ibtui.domain.text.sanitize import ascii_form

IBTUI = (sys.executable, "-m", "ibtui")
PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
DAYS = "date,open,high,low,close,volume\n" + "".join(
    f"2026-03-{day:02},{day},{day + 1},{day - 1},{day},100\n" for day in range(2, 28)
)


def printed(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    homes = {f"XDG_{kind}_HOME": str(folder) for kind in ("STATE", "CONFIG", "DATA", "CACHE")}
    return subprocess.run(
        [*IBTUI, *arguments], env={**os.environ, **homes, **environment}, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("environment", "encoding"), [({"PYTHONIOENCODING": "latin-1"}, "latin-1"), (PLAIN, "ascii")], ids=["latin-1", "C"]
)
def test_a_result_prints_in_any_locale(tmp_path: Path, environment: dict[str, str], encoding: str) -> None:
    (tmp_path / "AAPL.csv").write_text(DAYS)
    run = printed(tmp_path, "backtest", "sma_cross", "--data", str(tmp_path / "AAPL.csv"), **environment)
    assert (run.returncode, run.stderr) == (0, b"")
    assert "final equity" in run.stdout.decode(encoding)


def test_a_refusal_prints_what_was_typed_in_any_locale(tmp_path: Path) -> None:
    run = printed(tmp_path, "backtest", "größe–", "--data", "x", **PLAIN)
    assert run.returncode in (2, 9)
    assert run.stderr.decode("ascii").startswith("ibtui: ")
    assert b"Traceback" not in run.stderr


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["status", "--json"], 3)])
def test_a_reader_that_leaves_is_no_failure_and_hides_none(tmp_path: Path, arguments: list[str], code: int) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        run = subprocess.run(
            [*IBTUI, *arguments],
            env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    assert (run.returncode, run.stderr) == (code, b"")


def test_signs_become_the_ascii_ones_that_look_alike() -> None:
    assert ascii_form("−174.00 – AAPL … é ▲ 株") == "-174.00 - AAPL ~ e ^ ?"
