"""What a package pulls in when it is imported, seen in a fresh process."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORBIDDEN = {
    "ibtui.domain.order": ("ib_insync", "textual", "asyncio", "click"),
    "ibtui.commands.grammar": ("ib_insync", "textual", "asyncio"),
    "ibtui.config": ("ib_insync", "textual", "asyncio"),
    "ibtui.risk.gate": ("ib_insync", "textual", "asyncio"),
    "ibtui.link.caller": ("ib_insync", "textual", "asyncio", "numpy"),
    "ibtui.cli.main": ("ib_insync", "textual", "asyncio", "numpy", "ibtui.engine", "ibtui.gateway"),
    "ibtui.strategies": ("ib_insync", "textual", "numpy"),
    "ibtui.exchange": ("ib_insync", "textual", "asyncio"),
    "ibtui.recording.reading": ("ib_insync", "textual", "asyncio", "numpy", "pyarrow"),
    "ibtui.gateway.server": ("ib_insync", "textual", "ibtui.broker"),
    "ibtui.worker.load": ("ib_insync", "textual", "ibtui.broker", "ibtui.engine"),
    "ibtui.engine.engine": ("textual", "ibtui.gateway", "ibtui.exchange", "ibtui.strategies"),
    "ibtui.terminal.app": ("ib_insync", "ibtui.broker", "ibtui.engine", "ibtui.gateway"),
}


@pytest.mark.parametrize("module", FORBIDDEN)
def test_importing_stays_light(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {FORBIDDEN[module]!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
