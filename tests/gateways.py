"""A gateway on a free port for the length of a test, in the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from ibtui.exchange.exchange import Exchange
from ibtui.gateway.running.json_log import JsonLog
from ibtui.gateway.server import Gateway
from tests.clocks import MORNING as MORNING


@asynccontextmanager
async def running_gateway(
    *,
    exchange: Exchange | None = None,
    seed: int = 7,
    start: datetime = MORNING,
    accounts: Sequence[str] = ("DU1234567",),
    cash: float = 1_000_000.0,
    port: int = 0,
    speed: float = 1.0,
    read_only: bool = False,
    pacing: bool = False,
    log: JsonLog | None = None,
    stress: float = 0.0,
) -> AsyncIterator[Gateway]:
    """A started Gateway with its `port`, `faults` and `backend.exchange`; stopped when the block ends."""
    if exchange is None:
        exchange = Exchange(seed=seed, start=start, accounts=accounts, cash=cash)
    gateway = Gateway(exchange, port=port, speed=speed, read_only=read_only, pacing=pacing, log=log, stress=stress)
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()
