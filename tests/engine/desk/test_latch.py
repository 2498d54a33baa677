"""The halt's latch: its first reason stays, it is told once, and both ends of it are on the disk when they say so."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.engine.desk.halt import Halted, Latch
from ibtui.engine.journal import safety_copies
from ibtui.engine.journal.journal import Journal
from ibtui.engine.journal.safety import Safety
from ibtui.engine.survival import Survival
from tests.clocks import MORNING, ManualClock

LATER = MORNING + timedelta(minutes=5)


class Kit:
    """A journal and a safety file at work, and the latch on both."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.sqlite", ManualClock(MORNING), "run", lambda failure: None)
        self.safety = Safety(folder, lambda failure: None)
        self.survival = Survival(self.journal, self.safety)
        self.told: list[str] = []

    def start(self) -> None:
        self.journal.open(MORNING)
        self.survival.open()
        self.journal.start()
        self.safety.start()
        self.survival.start()
        self.latch = Latch(self.journal, self.safety.kept)
        self.latch.listeners.append(self.told.append)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Kit]:
    kit = Kit(folder)
    kit.start()
    try:
        yield kit
    finally:
        await kit.journal.close()
        await kit.safety.close()


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    async with opened(tmp_path) as kit:
        yield kit


def _lose(folder: Path, name: str) -> None:
    for file in folder.glob(f"{name}*" if name else "none"):
        file.unlink()


def _refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """The safety file's disk takes nothing any more."""

    def refused(file: int, data: bytes) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(safety_copies, "_put", refused)


async def test_the_first_halt_keeps_its_time_and_reason_and_is_told_once(kit: Kit) -> None:
    latch = kit.latch
    latch.set(MORNING, "by hand")
    latch.set(LATER, "a part failed")
    assert (latch.halted, kit.told) == (Halted(since=MORNING, reason="by hand"), ["by hand"])
    await latch.clear()
    latch.set(LATER, "a part failed")
    assert (latch.halted, kit.told) == (Halted(since=LATER, reason="a part failed"), ["by hand", "a part failed"])


async def test_a_reason_that_is_found_at_a_start_stands_beside_the_one_before(kit: Kit) -> None:
    kit.latch.add(MORNING, "by hand")
    for _ in range(2):
        kit.latch.add(LATER, "the journal was lost")
    assert kit.latch.halted == Halted(since=MORNING, reason="by hand; the journal was lost")


@pytest.mark.parametrize("lost", ["", "journal", "safety"])
@pytest.mark.parametrize("cleared", [False, True])
async def test_what_is_saved_outlives_the_engine_and_one_of_its_files(tmp_path: Path, cleared: bool, lost: str) -> None:
    async with opened(tmp_path) as kit:
        kit.latch.set(MORNING, "by hand")
        if cleared:
            await kit.latch.clear()
        assert await kit.latch.saved()
    _lose(tmp_path, lost)
    async with opened(tmp_path) as kit:
        assert kit.latch.halted == (None if cleared else Halted(since=MORNING, reason="by hand"))
        assert [reason.split(":")[0] for reason in kit.survival.halts] == {
            "": [],
            "journal": ["The journal was lost; what must survive is taken from the safety file"],
            "safety": ["The safety file is damaged (it is missing) and is written anew"],
        }[lost]


async def test_one_of_the_two_files_is_enough_to_halt(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.journal._connection.execute("PRAGMA query_only = ON")
    kit.latch.set(MORNING, "by hand")
    assert await kit.latch.saved()
    _refuse(monkeypatch)
    kit.latch.add(LATER, "a part failed")
    assert not await kit.latch.saved()
    kit.journal._connection.execute("PRAGMA query_only = OFF")
    assert await kit.latch.saved()


@pytest.mark.parametrize("file", ["journal", "safety"])
async def test_a_resume_wants_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    async with opened(tmp_path) as kit:
        kit.latch.set(MORNING, "by hand")
        assert await kit.latch.saved()
        if file == "journal":
            kit.journal._connection.execute("PRAGMA query_only = ON")
        else:
            _refuse(monkeypatch)
        with pytest.raises(IbtuiError, match=r"Still halted: The .*cannot be written") as refused:
            await kit.latch.clear()
        assert refused.value.code == "journal_failed"
        assert kit.latch.halted is not None
    monkeypatch.undo()
    async with opened(tmp_path) as kit:
        assert kit.latch.halted is not None


async def test_a_halt_during_a_resume_stays(kit: Kit) -> None:
    kit.latch.set(MORNING, "by hand")
    resuming = asyncio.ensure_future(kit.latch.clear())
    await asyncio.sleep(0)
    kit.latch.set(LATER, "by hand again")
    with pytest.raises(IbtuiError, match="halted again meanwhile"):
        await resuming
    assert kit.latch.halted == Halted(since=LATER, reason="by hand again")
    assert kit.safety.text("halted") == kit.journal.latch("halted") != ""


async def test_two_who_resume_at_once_both_have_resumed(kit: Kit) -> None:
    kit.latch.set(MORNING, "by hand")
    await asyncio.gather(kit.latch.clear(), kit.latch.clear())
    assert kit.latch.halted is None
