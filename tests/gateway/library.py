"""The client library that is installed, connected to a gateway, and what it complained of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ibtui.gateway.server import Gateway
from tests.clocks import PATIENCE
from tests.gateway.raw import CON_ID
from tests.insync import IB, Stock, ib_insync

AAPL = Stock("AAPL", "SMART", "USD", conId=CON_ID)


async def connected(gateway: Gateway, client_id: int) -> IB:
    ib = IB()
    ib.RaiseRequestErrors = True
    await ib.connectAsync("127.0.0.1", gateway.port, clientId=client_id, timeout=PATIENCE)
    return ib


def noise(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the client logged that is not the text of an error message which the gateway meant to send."""
    records = (record for record in caplog.records if record.name.startswith((ib_insync.__name__, "ibtui.gateway")))
    meant = ("Error ", "Warning ", "Canceled order")
    return [record.getMessage() for record in records if not record.getMessage().startswith(meant)]


async def until(ib: IB, condition: Callable[[], Any]) -> None:
    """Wait for a packet after which the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await ib.updateEvent
