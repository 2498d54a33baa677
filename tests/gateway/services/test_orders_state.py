"""A gateway that is saved and started again from the file, as its clients see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.gateway.running.state import load, save
from ibtui.gateway.wire import requests
from tests.gateway.raw import CON_ID, listed, started_client
from tests.gateways import running_gateway


async def test_orders_ids_and_positions_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=1000, ask_size=1000)
        async with started_client(gateway, 5) as client:
            client.place(7)
            await client.one("commissionReport")
            row = {
                "type": 6,
                "conjunction": "a",
                "isMore": True,
                "volume": 2_000_000_000,
                "conId": CON_ID,
                "exchange": "",
            }
            client.place(
                9,
                orderType="LMT",
                lmtPrice="180.01",
                orderRef="kept",
                conditions=[row],
                conditionsIgnoreRth=False,
                conditionsCancelOrder=False,
            )
            await client.one("orderStatus", orderId=9)
            before = await listed(client)
        save(gateway.backend, path)
        account = gateway.backend.exchange.account("DU1234567")
    exchange, registry = load(path)
    assert exchange.account("DU1234567") == account
    async with running_gateway(exchange=exchange) as gateway:
        gateway.backend.registry = registry
        async with started_client(gateway, 5) as client:
            client.send(requests.REQ_IDS, numIds=1)
            assert (await client.one("nextValidId"))["orderId"] == 10
            assert await listed(client) == before
            client.send(requests.CANCEL_ORDER, orderId=9)
            await client.one("orderStatus", orderId=9, status="Cancelled")


@pytest.mark.parametrize("content", [b"", b"{}", b'{"exchange": 1}', None])
def test_a_file_that_is_no_state_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "state.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IbtuiError, match=r"state\.json") as failure:
        load(path)
    assert failure.value.code == "state_file"


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        with pytest.raises(IbtuiError, match="cannot be written"):
            save(gateway.backend, tmp_path / "missing" / "state.json")
