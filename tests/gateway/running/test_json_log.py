"""The log of messages: everything, both ways, one JSON object a line."""

from __future__ import annotations

import io
import json
from typing import Any

from ibtui.gateway.running.json_log import JsonLog
from ibtui.gateway.wire import requests
from tests.gateway.raw import started_client
from tests.gateways import MORNING, running_gateway


class Broken(io.BytesIO):
    """A pipe that nobody reads any more."""

    def write(self, _: object) -> int:
        raise BrokenPipeError


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_both_directions() -> None:
    stream = io.BytesIO()
    async with running_gateway(log=JsonLog(stream, lambda: MORNING)) as gateway, started_client(gateway, 4) as client:
        client.place(1, whatIf=True, orderType="LMT", lmtPrice=180)
        await client.one("openOrder")
        client.send_fields(9999)
        await client.one("error")
    seen = lines(stream)
    assert seen[0] == {
        "time": "2026-11-23T15:00:00Z",
        "client": -1,
        "direction": "in",
        "id": 71,
        "message": "startApi",
        "fields": {"clientId": 4, "optionalCapabilities": ""},
    }
    (placed,) = [line for line in seen if line["message"] == "placeOrder"]
    assert placed["fields"]["lmtPrice"] == 180
    (answered,) = [line for line in seen if line["message"] == "openOrder"]
    assert (answered["direction"], answered["client"], answered["fields"]["whatIf"]) == ("out", 4, True)
    (unknown,) = [line for line in seen if line["message"] == "message id"]
    assert "9999" in unknown["flaw"]


async def test_broken_stream_ends_the_log_alone() -> None:
    async with running_gateway(log=JsonLog(Broken(), lambda: MORNING)) as gateway, started_client(gateway) as client:
        client.send(requests.REQ_CURRENT_TIME)
        await client.one("currentTime")
