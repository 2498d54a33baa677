"""The terminal in a process of its own, on a pseudo-terminal that answers as a real one does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tests.screens import Screen
from tests.terminal.scripted import ScriptedEngine, scripted_engine

PROGRAM = (
    "import sys; from pathlib import Path; from ibtui.terminal.app import run; "
    "from ibtui.config import Config; "
    "print('RETURNED', run(Path(sys.argv[1]), Config(), Path(sys.argv[1]).with_name('terminal.log')))"
)
T = TypeVar("T")


@asynccontextmanager
async def on_device(
    tmp_path: Path,
    environment: dict[str, str] | None = None,
    *,
    silent: bool = False,
    config: str = "Config()",
    size: tuple[int, int] = (100, 40),
    rate: float | None = None,
    engine: ScriptedEngine | None = None,
) -> AsyncIterator[tuple[Screen, ScriptedEngine]]:
    """The program once it shows the engine's state; `rate` is what the link to the person carries a second."""
    async with scripted_engine(tmp_path / "socket", engine) as running:
        program = PROGRAM.replace("Config()", config)
        command = [sys.executable, "-c", program, str(tmp_path / "socket")]
        with await aside(lambda: Screen(command, *size, environment, silent, rate)) as screen:
            await aside(lambda: screen.until("AAPL"))
            if rate is None:  # the rest of the first picture follows at once
                await aside(lambda: screen.settle(0.3))
            yield screen, running


async def aside(deed: Callable[[], T]) -> T:
    """Do what blocks without holding up the engine, which lives in this loop."""
    return await asyncio.to_thread(deed)
