"""A start on a disk that takes nothing: one sentence that says what to do, an exit code, and nothing started."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from ibtui.cli import launch
from ibtui.config import Folders, prepare
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.disk import cure

IBTUI = (sys.executable, "-m", "ibtui")
STARTS = [("engine",), ("demo", "--headless"), ("engine", "--profile", "demo")]


def _run(folder: Path, *arguments: str, largest: int = resource.RLIM_INFINITY) -> tuple[int, str, str]:
    """`ibtui ARGUMENTS` with its state below `folder`, no file larger than so many bytes."""
    kinds = ("STATE", "CACHE", "DATA")
    done = subprocess.run(
        [*IBTUI, *arguments],
        env={**os.environ, **{f"XDG_{kind}_HOME": str(folder) for kind in kinds}, "XDG_CONFIG_HOME": str(folder / "c")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("arguments", STARTS, ids=" ".join)
def test_a_file_in_place_of_the_state_folder_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    name = "demo" if "demo" in arguments else "paper"
    folder = tmp_path / "ibtui" / name
    folder.parent.mkdir()
    folder.touch()
    code, out, err = _run(tmp_path, *arguments)
    told = (
        f"ibtui: Nothing can be kept in {folder}: a file stands where a folder belongs; move it away, then try again.\n"
    )
    assert (code, out, err) == (3, "", told)


@pytest.mark.parametrize("arguments", STARTS[:2], ids=" ".join)
def test_a_disk_that_takes_nothing_more_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, out, err = _run(tmp_path, *arguments, largest=8192)
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert "larger than this process may write" in err
    assert not any(tmp_path.rglob(".probe*"))


def test_a_command_for_an_engine_that_does_not_run_says_that(tmp_path: Path) -> None:
    (tmp_path / "ibtui").touch()
    code, _, err = _run(tmp_path, "do", "buy 1 AAPL market")
    assert (code, err.count("\n")) == (3, 1)
    assert "No engine runs for profile 'paper'" in err


def test_a_terminal_starts_nothing_on_such_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "paper").touch()
    monkeypatch.setattr(launch, "detach", lambda *_: pytest.fail("an engine was started"))
    with pytest.raises(IbtuiError, match="a file stands where a folder belongs") as refused:
        launch.ensure("paper", Folders(tmp_path / "paper"), ["engine"], lambda: None)
    assert refused.value.code == "start_failed"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EROFS, "the disk is mounted read-only; mount it for writing, or set XDG_STATE_HOME"),
        (errno.EACCES, "you have no permission there; give the folder to your user, or set XDG_STATE_HOME"),
        (errno.ENOTDIR, "a part of that path is a file and no folder"),
    ],
)
def test_each_kind_of_refusal_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(IbtuiError) as refused:
        prepare(tmp_path / "paper")
    assert f"Nothing can be kept in {tmp_path / 'paper'}: {words}" in refused.value.message
    assert refused.value.message.endswith(".")


def test_a_refusal_that_no_table_knows_is_told_as_the_system_calls_it() -> None:
    assert cure(OSError(errno.EMFILE, "Too many open files")).startswith("Too many open files; look at the disk")
