"""Files that grow by gzip members, cut and damaged in every way."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.recording.members import append, read_lines, repair

LINES = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20), max_size=6)
TEXTS = st.lists(LINES, min_size=1, max_size=4)


def written(path: Path, texts: list[list[str]]) -> list[int]:
    path.unlink(missing_ok=True)
    return [append(path, "".join(line + "\n" for line in lines)) for lines in texts]


@given(texts=TEXTS)
def test_lines_come_back_and_gzip_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("members") / "a.csv.gz"
    sizes = written(path, texts)
    lines = [line for part in texts for line in part]
    assert list(read_lines(path)) == lines
    assert gzip.decompress(path.read_bytes()).decode() == "".join(line + "\n" for line in lines)
    assert sizes[-1] == path.stat().st_size
    assert repair(path) is False


def test_a_file_cut_anywhere_keeps_every_whole_line_and_can_go_on(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    texts = [[f"{part},{row},{row * 7919 % 101}" for row in range(30)] for part in range(3)]
    sizes = written(path, texts)
    whole = path.read_bytes()
    everything = [line for part in texts for line in part]
    for cut in range(sizes[0] + 1, len(whole)):
        path.write_bytes(whole[:cut])
        kept = list(read_lines(path))
        assert kept == everything[: len(kept)]
        assert len(kept) >= sum(30 for size in sizes if size <= cut)
        repair(path)
        append(path, "after\n")
        assert list(read_lines(path)) == [*kept, "after"]
        assert gzip.decompress(path.read_bytes()).decode().splitlines() == [*kept, "after"]


@given(texts=TEXTS, junk=st.binary(min_size=1, max_size=40))
def test_junk_behind_whole_members_is_dropped(
    tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]], junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("members") / "a.csv.gz"
    written(path, texts)
    lines = [line for part in texts for line in part]
    path.write_bytes(path.read_bytes() + bytes(8) + junk)
    assert list(read_lines(path)) == lines
    assert repair(path) is True
    assert list(read_lines(path)) == lines


def test_a_file_without_a_whole_line_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    written(path, [["only"]])
    path.write_bytes(path.read_bytes()[:9])
    assert repair(path) is True
    assert not path.exists()


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv.gz"
    written(path, [["first"]])

    def half(file: int, data: bytes) -> None:
        import os

        os.write(file, data[:7])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ibtui.recording.members._write_all", half)
    with pytest.raises(OSError, match="No space"):
        append(path, "second\n")
    assert list(read_lines(path)) == ["first"]
    assert repair(path) is False
