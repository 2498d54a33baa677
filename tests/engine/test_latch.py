"""The halt's latch on its own journal: its first reason stays, it is told once, and is on disk when it says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from ibtui.domain.clock import ManualClock
from ibtui.engine.halt import Halted, Latch
from ibtui.engine.journal import Journal
from tests.clocks import MORNING

LATER = MORNING + timedelta(minutes=5)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = _opened(tmp_path)
    yield journal
    await journal.close()


def _opened(folder: Path) -> Journal:
    journal = Journal(folder / "journal.sqlite", ManualClock(MORNING), "run", lambda failure: None)
    journal.open(MORNING)
    journal.start()
    return journal


async def test_the_first_halt_keeps_its_time_and_reason_and_is_told_once(journal: Journal) -> None:
    told: list[str] = []
    latch = Latch(journal, told.append)
    latch.set(MORNING, "by hand")
    latch.set(LATER, "a part failed")
    assert (latch.halted, told) == (Halted(since=MORNING, reason="by hand"), ["by hand"])
    latch.clear()
    latch.set(LATER, "a part failed")
    assert (latch.halted, told) == (Halted(since=LATER, reason="a part failed"), ["by hand", "a part failed"])


@pytest.mark.parametrize("cleared", [False, True])
async def test_what_is_saved_outlives_the_engine(tmp_path: Path, cleared: bool) -> None:
    journal = _opened(tmp_path)
    latch = Latch(journal)
    latch.set(MORNING, "by hand")
    if cleared:
        latch.clear()
    assert await latch.saved()
    await journal.close()
    again = _opened(tmp_path)
    assert Latch(again).halted == (None if cleared else latch.halted)
    await again.close()


async def test_it_is_not_saved_while_the_disk_refuses(journal: Journal) -> None:
    latch = Latch(journal)
    assert await latch.saved()
    journal._connection.execute("PRAGMA query_only = ON")
    latch.set(MORNING, "by hand")
    assert not await latch.saved()
    journal._connection.execute("PRAGMA query_only = OFF")
    assert await latch.saved()
