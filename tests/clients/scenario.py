"""What every client must find: drivers run against a gateway whose AAPL is held still, and are judged."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.drivers.findings import AAPL
from tests.gateways import MORNING, running_gateway

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 60

Findings = dict[str, dict[str, Any]]


async def findings(
    caplog: pytest.LogCaptureFixture, *command: str, environment: Mapping[str, str] | None = None
) -> Findings:
    """What a driver found, by name; `PORT` in its command is the gateway's.

    Fails when the driver fails, when its client complains of what it was sent, and when the gateway logs anything.
    """
    caplog.set_level(logging.WARNING)
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(AAPL, bid=187.20, ask=187.25, bid_size=1000, ask_size=1000)
        command = tuple(str(gateway.port) if word == "PORT" else word for word in command)
        out, err, status = await _run(command, dict(os.environ) | dict(environment or {}))
    rows = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    complaints = [row["text"] for row in rows if row["finding"] == "trouble"]
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("ibtui")]
    assert not complaints, complaints
    assert not logged, logged
    assert status == 0, f"{err}\nafter {rows[-1:]}"
    assert rows[-1]["finding"] == "done", err
    return {row.pop("finding"): row for row in rows}


async def _run(command: tuple[str, ...], environment: dict[str, str]) -> tuple[str, str, int]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe)
    try:
        out, err = await asyncio.wait_for(process.communicate(), MOST_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return out.decode(), err.decode(), process.returncode


def judge(seen: Findings, version: int) -> None:
    """Assert everything that a client of any age must find."""
    assert seen["connected"]["accounts"] == ["DU1234567"]
    assert seen["connected"]["next_id"] >= 1
    assert seen["connected"]["version"] == version
    assert seen["details"] == {"con_id": AAPL, "min_tick": 0.01, "name": "APPLE INC"}
    assert seen["quotes"] == {"bid": 187.20, "ask": 187.25, "bid_size": 1000, "ask_size": 1000}
    assert seen["stream"]["ticks"] >= 3
    assert len(seen["history"]["bars"]) == 10
    for start, high, low, end, volume in seen["history"]["bars"]:
        assert 0 < low <= min(start, end) <= max(start, end) <= high
        assert volume > 0
    assert seen["what_if"]["commission"] == 1.0
    assert seen["what_if"]["margin"] > 0
    assert seen["limit"] == {"placed": "Submitted", "modified": 181.5, "cancelled": "Cancelled"}
    assert seen["market"] == {"status": "Filled", "filled": 100, "price": 187.25, "commission": 1.0}
    assert seen["bracket"]["types"] == ["LMT", "LMT", "STP"]
    assert seen["bracket"]["statuses"] == ["Submitted", "PreSubmitted", "PreSubmitted"]
    assert seen["bracket_cancelled"]["statuses"] == ["Cancelled"] * 3
    assert seen["positions"]["held"] == [["AAPL", 100, pytest.approx(187.26)]]
    assert seen["account"]["worth"] == pytest.approx(999_999, abs=50)
    assert seen["account"]["summary"] == pytest.approx(999_999, abs=50)
    assert seen["portfolio"]["held"] == [["AAPL", 100]]
    assert seen["executions"]["fills"] == [["BOT", 100]]
    assert seen["depth"] == {"bids": 5, "asks": 5, "bid": 187.20, "ask": 187.25}
    assert seen["scanner"]["ranks"] == [0, 1, 2, 3, 4]
    assert all(seen["scanner"]["symbols"])


def judge_modern(seen: Findings) -> None:
    """Assert what came to the API after the clients of before version 100."""
    done = [["LMT", "Cancelled"]] * 3 + [["MKT", "Filled"], ["STP", "Cancelled"]]
    assert seen["completed"]["orders"] == done
    assert seen["pnl"]["position"] == 100
    assert seen["pnl"]["daily"] == pytest.approx(-1.0, abs=50)
    assert 0 < seen["tick_by_tick"]["bid"] < seen["tick_by_tick"]["ask"]
    assert "BRFG" in seen["news"]["providers"]
    assert len(seen["news"]["headlines"]) == 3
    assert all(seen["news"]["headlines"])
    assert seen["news"]["article"]


def judge_old(seen: Findings) -> None:
    """Assert what the clients of before version 100 are asked besides."""
    assert seen["open"]["orders"] == 0
    assert seen["time"]["seconds"] == pytest.approx(MORNING.timestamp(), abs=MOST_SECONDS)
