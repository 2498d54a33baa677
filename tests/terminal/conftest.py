"""The engine that a terminal under test is attached to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.terminal.scripted import ScriptedEngine, scripted_engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[ScriptedEngine]:
    async with scripted_engine(tmp_path / "socket") as running:
        yield running


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "socket"
