"""The clients for Node against the gateway: @stoqey/ib, and `ib` of before version 100."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.scenario import findings, judge, judge_modern, judge_old

_DRIVERS = Path(__file__).parent / "drivers"


@pytest.mark.timeout(400)
async def test_stoqey(node_modules: Path, caplog: pytest.LogCaptureFixture) -> None:
    program = str(_DRIVERS / "stoqey.cjs")
    seen = await findings(caplog, "node", program, "PORT", environment={"NODE_PATH": str(node_modules)})
    judge(seen, 178)
    judge_modern(seen)


@pytest.mark.timeout(400)
async def test_npm_ib(node_modules: Path, caplog: pytest.LogCaptureFixture) -> None:
    program = str(_DRIVERS / "npm_ib.cjs")
    seen = await findings(caplog, "node", program, "PORT", environment={"NODE_PATH": str(node_modules)})
    judge(seen, 69)
    judge_old(seen)
