"""The safety file alone: two copies, written in place in turn, whole after any kill, flip of a byte or full disk."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.failure import IbtuiError
from ibtui.engine.journal import safety, safety_copies
from ibtui.engine.journal.safety import ORDER_IDS, Safety
from ibtui.engine.journal.safety_copies import ROOM, Copies, Kept


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Safety]:
    told: list[str] = []
    it = Safety(folder, told.append)
    found, _ = it.open()
    it.begin(found or Kept())
    it.start()
    try:
        yield it
    finally:
        await it.close()


async def test_what_is_kept_is_read_by_the_next_engine(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        it.put("halted", "by hand")
        it.put("account", "DU1")
        await it.kept()
        found, wrong = Copies(tmp_path).read()
        assert found is not None
        assert (found.texts, wrong) == ({"halted": "by hand", "account": "DU1"}, [])
    assert {stat.S_IMODE(path.stat().st_mode) for path in Copies(tmp_path).paths} == {0o600}
    async with opened(tmp_path) as it:
        assert (it.text("halted"), it.text("account"), it.text("holds")) == ("by hand", "DU1", "")


async def test_the_copies_take_turns_and_the_one_before_stands(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        for number in range(5):
            it.put("n", str(number))
            await it.kept()
    numbers = sorted(safety_copies._read(path).texts["n"] for path in Copies(tmp_path).paths)  # type: ignore[union-attr]
    assert numbers == ["3", "4"]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("how", ["missing", "emptied", "edited", "cut", "folder"])
async def test_one_copy_that_is_lost_or_edited_leaves_the_other_and_is_named(
    tmp_path: Path, which: int, how: str
) -> None:
    async with opened(tmp_path) as it:
        it.put("halted", "by hand")
        await it.kept()
        it.put("more", "x")
        await it.kept()
    path = Copies(tmp_path).paths[which]
    data = path.read_bytes()
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how != "missing":
        path.write_bytes(
            {"emptied": b"", "edited": data.replace(b"by hand", b"by Hand"), "cut": data.strip()[:-5]}[how]
        )
    found, wrong = Copies(tmp_path).read()
    assert found is not None
    assert found.texts["halted"] == "by hand"
    assert len(wrong) == 1
    assert path.name in wrong[0]


async def test_a_first_engine_killed_between_the_copies_lost_nothing(tmp_path: Path) -> None:
    Copies(tmp_path).write(Kept(number=1))
    assert Copies(tmp_path).read() == (Kept(number=1), [])
    async with opened(tmp_path):
        assert Copies(tmp_path).read()[1] == []


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12), st.data())
def test_a_write_that_ends_anywhere_leaves_the_change_before_it(sizes: list[int], data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        copies = Copies(Path(name))
        for number, size in enumerate(sizes, 1):
            copies.write(Kept(number=number, texts={"t": "x" * size * 100}))
        last = len(sizes)
        if last < 3:
            return
        older = copies.paths[copies._older]
        after = safety_copies._sealed(Kept(number=last + 1, texts={"t": "y" * 9000}))
        cut = data.draw(st.integers(0, len(after)))
        with older.open("r+b") as file:
            file.write(after[:cut])
        found, _ = Copies(Path(name)).read()
        assert found is not None
        assert found.number in (last, last + 1)
        assert found.texts["t"] in ("x" * sizes[-1] * 100, "y" * 9000)


async def test_a_full_disk_does_not_hinder_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as it:
        assert [path.stat().st_blocks * 512 for path in Copies(tmp_path).paths] >= [ROOM, ROOM]
        _no_more_room(monkeypatch)
        for number in range(4):
            it.put("halted", "by hand" * number * 500)
            await it.kept()
    assert Safety(tmp_path, print).open()[0].texts["halted"] == "by hand" * 1500  # type: ignore[union-attr]


def _no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing new and nothing longer fits on the disk."""
    opening, writing = os.open, os.pwrite

    def no_new(path: str, flags: int, *rest: int, **more: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opening(path, flags, *rest, **more)

    def no_longer(file: int, data: bytes, at: int) -> int:
        if at + len(data) > os.fstat(file).st_size:
            raise OSError(errno.ENOSPC, "No space left on device")
        return writing(file, data, at)

    monkeypatch.setattr(os, "open", no_new)
    monkeypatch.setattr(os, "pwrite", no_longer)


async def test_a_disk_that_refuses_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    again = asyncio.Event()
    it = Safety(tmp_path, lambda words: told.append(words) if words else again.set())
    it.open()
    it.begin(Kept())
    monkeypatch.setattr(safety, "RETRY_SECONDS", 0.01)
    it.start()
    with monkeypatch.context() as full:
        full.setattr(safety_copies, "_put", _refused)
        it.put("halted", "by hand")
        for _ in range(2):
            with pytest.raises(IbtuiError, match=r"cannot be written: the disk is full; free some space") as refused:
                await it.kept()
        assert refused.value.code == "journal_failed"
        assert len(told) == 1
        assert f"The safety file {Copies(tmp_path).paths[0]} cannot be written" in told[0]
    await again.wait()
    await it.kept()
    await it.close()
    assert Copies(tmp_path).read()[0].texts == {"halted": "by hand"}  # type: ignore[union-attr]


def _refused(file: int, data: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_slow_disk_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = threading.Event()
    put = safety_copies._put
    async with opened(tmp_path) as it:
        monkeypatch.setattr(safety_copies, "_put", lambda file, data: disk.wait() and put(file, data))
        monkeypatch.setattr(safety, "KEPT_SECONDS", 0.05)
        it.put("halted", "by hand")
        assert it.text("halted") == "by hand"
        with pytest.raises(IbtuiError, match=r"longer than 0\.05 s to write"):
            await it.kept()
        disk.set()
        monkeypatch.setattr(safety, "KEPT_SECONDS", 5.0)
        await it.kept()


async def test_an_order_id_is_on_the_disk_before_it_may_be_used(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        for order_id in range(1, 3 * ORDER_IDS):
            await it.reach(17, order_id)
            found, _ = Copies(tmp_path).read()
            assert found is not None
            assert found.order_ids["17"] >= order_id
        assert it.order_id(18) == 0


async def test_order_ids_are_taken_by_the_dozen_so_that_an_order_seldom_waits(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        marks = set()
        for order_id in range(1, 3 * ORDER_IDS):
            await it.reach(17, order_id)
            marks.add(it.order_id(17))
        assert len(marks) <= 6


def test_what_changes_after_the_last_turn_of_an_engine_is_kept(tmp_path: Path) -> None:
    it = Safety(tmp_path, print)
    it.open()
    it.begin(Kept())

    async def begin() -> None:
        it.start()
        it.put("halted", "by hand")
        await it.kept()

    asyncio.run(begin())
    for text in ("first", "last"):
        it.put("halted", text)
    asyncio.run(it.close())
    assert Copies(tmp_path).read()[0].texts == {"halted": "last"}  # type: ignore[union-attr]


async def test_an_order_id_that_the_disk_refused_is_refused_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as it:
        with monkeypatch.context() as full:
            full.setattr(safety_copies, "_put", _refused)
            for _ in range(2):
                with pytest.raises(IbtuiError, match="cannot be written"):
                    await it.reach(17, 41)
        await it.reach(17, 41)


async def test_another_versions_file_is_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    before = []
    for path in Copies(tmp_path).paths:
        path.write_bytes(safety_copies._sealed(Kept(format=2)))
        before.append(path.read_bytes())
    with pytest.raises(IbtuiError, match="was written by another version of ibtui; start that version"):
        Safety(tmp_path, print).open()
    assert [path.read_bytes() for path in Copies(tmp_path).paths] == before
