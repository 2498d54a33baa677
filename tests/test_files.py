"""Whose a file is, and who could change it: as sshd judges its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ibtui.config import load
from ibtui.domain.failure import IbtuiError
from ibtui.files import read_plain, untrusted

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
NOBODY = 65534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file two folders down, everything of it this user's alone."""
    folder = tmp_path / "config" / "ibtui"
    folder.mkdir(parents=True)
    made = folder / "config.toml"
    made.write_text("")
    for one in (tmp_path, folder.parent, folder):
        one.chmod(0o755)
    made.chmod(0o644)
    return made


def test_what_only_its_owner_writes_is_trusted_also_below_a_sticky_folder(file: Path) -> None:
    assert untrusted(file) == ""
    file.parents[2].chmod(0o1777)
    assert untrusted(file) == ""
    assert untrusted(file.parent / "none.toml") == ""


@pytest.mark.parametrize("above", [0, 1, 2])
def test_what_anybody_may_write_is_not_and_the_sentence_says_what_to_type(file: Path, above: int) -> None:
    open_to_all = (file, file.parent, file.parent.parent)[above]
    open_to_all.chmod(0o777)
    sentence = f"{open_to_all} can be written by others; run: chmod go-w {open_to_all}."
    assert untrusted(file) == sentence
    with pytest.raises(IbtuiError) as error:
        load(file)
    assert (error.value.code, error.value.message) == ("bad_config", sentence)


def test_a_sticky_folder_of_its_own_is_not(file: Path) -> None:
    file.parent.chmod(0o1777)
    assert "chmod go-w" in untrusted(file.parent)


def test_a_link_is_judged_by_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "open folder"
    folder.mkdir()
    (folder / "real.toml").write_text("")
    folder.chmod(0o777)
    file.unlink()
    file.symlink_to(folder / "real.toml")
    assert untrusted(file) == f"{folder} can be written by others; run: chmod go-w '{folder}'."


@AS_ROOT
def test_what_belongs_to_another_is_not(file: Path) -> None:
    os.chown(file, NOBODY, NOBODY)
    assert "who could change it; run: chown root" in untrusted(file)
    with pytest.raises(IbtuiError, match="belongs to"):
        read_plain(file, 100, own=True)


@AS_ROOT
def test_a_group_may_write_only_where_it_is_the_users_alone(file: Path) -> None:
    file.chmod(0o664)
    os.chown(file, 0, 0)
    assert untrusted(file) == ""
    os.chown(file, 0, NOBODY)
    assert "chmod go-w" in untrusted(file)
