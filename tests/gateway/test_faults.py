"""Faults do what they say, and stop when they are undone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from ibtui.gateway.server import Gateway
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.orders import PLACE_ORDER
from tests.clocks import PATIENCE
from tests.gateway.raw import RawClient, raw_client, started_client
from tests.gateways import running_gateway


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(265598, bid=187.20, ask=187.25)
        yield gateway


async def now(client: RawClient) -> list[str]:
    """Names of what came up to the answer to a question asked now."""
    client.send(requests.REQ_CURRENT_TIME)
    return [message.name for message in await client.until("currentTime")]


async def ended(client: RawClient) -> bool:
    """Whether the connection ends; a cut may show as a reset."""
    with suppress(ConnectionResetError):
        await asyncio.wait_for(client.reader.read(), PATIENCE)
    return client.reader.at_eof() or client.reader.exception() is not None


async def test_drop(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as first, raw_client(gateway) as second:
        gateway.faults.drop()
        for client in (first, second):
            assert await ended(client)


async def test_refuse_and_accept(gateway: Gateway) -> None:
    port = gateway.port
    async with started_client(gateway, 1) as standing:
        await gateway.faults.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        assert await now(standing) == ["currentTime"]
        await gateway.faults.accept()
        assert gateway.port == port
        async with started_client(gateway, 2):
            pass


async def test_freeze_and_thaw(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        gateway.faults.freeze()
        client.send(requests.REQ_CURRENT_TIME)
        async with raw_client(gateway) as late:
            late.writer.write(b"API\0\0\0\0\x09v157..176")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(late.reader.read(1), 0.2)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.reader.read(1), 0.2)
            gateway.faults.thaw()
            await client.until("currentTime")
            assert await asyncio.wait_for(late.reader.read(1), PATIENCE)


@pytest.mark.parametrize(
    ("layout", "end"),
    [(requests.REQ_POSITIONS, 62), (requests.REQ_OPEN_ORDERS, 53), (requests.REQ_COMPLETED_ORDERS, 102)],
)
async def test_list_without_end(gateway: Gateway, layout: Layout, end: int) -> None:
    async with started_client(gateway, 1) as client:
        restore = gateway.faults.suppress(end)
        client.send(layout, apiOnly=False)
        assert await now(client) == ["currentTime"]
        restore()
        client.send(layout, apiOnly=False)
        assert len(await now(client)) == 2


async def test_order_without_acknowledgement(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        restore = gateway.faults.suppress(3, 5)
        client.place(1, orderType="LMT", lmtPrice=180)
        assert await now(client) == ["currentTime"]
        assert len(gateway.backend.exchange.orders()) == 1
        restore()
        client.send(requests.REQ_OPEN_ORDERS)
        assert (await client.one("openOrder"))["orderId"] == 1


async def test_one_order_is_never_spoken_of(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        restore = gateway.faults.mute(1)
        client.place(1, orderType="LMT", lmtPrice=180)
        client.place(2, orderType="LMT", lmtPrice=181)
        client.send(requests.REQ_OPEN_ORDERS)
        told = [message.values for message in await client.until("openOrderEnd") if "orderId" in message.values]
        assert {values["orderId"] for values in told} == {2}
        restore()
        client.send(requests.REQ_OPEN_ORDERS)
        await client.one("openOrder", orderId=1)


async def test_order_that_never_arrives(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        restore = gateway.faults.swallow(PLACE_ORDER.id)
        client.place(1)
        assert await now(client) == ["currentTime"]
        assert gateway.backend.exchange.completed() == []
        restore()
        client.place(2)
        await client.one("orderStatus", orderId=2, status="Filled")


async def test_error_from_nowhere(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        gateway.faults.error(1100, "Connectivity between IB and Trader Workstation has been lost.")
        error = await client.one("error")
        assert (error["reqId"], error["errorCode"]) == (-1, 1100)


async def test_ids_roll_back(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        client.place(10, orderType="LMT", lmtPrice=180)
        client.send(requests.REQ_IDS, numIds=1)
        assert (await client.one("nextValidId"))["orderId"] == 11
        gateway.faults.roll_back(1, 8)
        client.send(requests.REQ_IDS, numIds=1)
        assert (await client.one("nextValidId"))["orderId"] == 3


async def test_messages_twice_and_backwards(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        gateway.faults.duplicate(59)
        gateway.faults.reverse(3, 5, 11)
        client.place(1)
        names = [message.name for message in await client.until("commissionReport")]
        assert names[0] == "orderStatus"
        assert await client.message() is not None
        gateway.faults.reset()
        client.place(2)
        seen = await client.until("commissionReport")
        assert next(message.name for message in seen if message.name in ("openOrder", "orderStatus")) == "openOrder"


async def test_orders_and_cancels_wait_for_the_connection_to_ib(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        client.place(1, orderType="LMT", lmtPrice=180)
        await client.one("orderStatus", orderId=1)
        gateway.faults.outage(2110)
        assert (await client.one("error"))["errorCode"] == 2110
        client.send(requests.CANCEL_ORDER, orderId=1, manualCancelOrderTime="")
        client.place(2)
        assert await now(client) == ["currentTime"]
        gateway.faults.recover(1101)
        seen = await client.until("error", errorCode=1101)
        states = [(m.values["orderId"], m.values["status"]) for m in seen if m.name == "orderStatus"]
        assert states[0] == (1, "Cancelled")
        assert states[-1] == (2, "Filled")


async def test_what_waits_for_ib_is_sent_though_its_client_has_gone(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        gateway.faults.outage()
        client.place(1)
        assert (await now(client))[-1] == "currentTime"
    async with started_client(gateway, 2):
        gateway.faults.reset()
        assert [order.state for order in gateway.backend.exchange.completed()] == ["Filled"]


async def test_denied_requests_do_nothing(gateway: Gateway) -> None:
    async with started_client(gateway, 1) as client:
        client.place(1, orderType="LMT", lmtPrice=180)
        await client.one("orderStatus", orderId=1)
        allow = gateway.faults.deny(321, "The API interface is currently in Read-Only mode.", 3, 4)
        client.place(2, whatIf=True)
        assert (await client.one("error", reqId=2))["errorCode"] == 321
        client.send(requests.CANCEL_ORDER, orderId=1, manualCancelOrderTime="")
        assert (await client.one("error", reqId=1))["errorCode"] == 321
        assert len(gateway.backend.exchange.orders()) == 1
        allow()
        limit = gateway.faults.deny(100, "Max rate of messages per second has been exceeded:max=50 rec=51 (1)")
        client.send(requests.CANCEL_ORDER, orderId=1, manualCancelOrderTime="")
        assert (await client.one("error", reqId=1))["errorCode"] == 100
        limit()
        client.send(requests.CANCEL_ORDER, orderId=1, manualCancelOrderTime="")
        await client.one("orderStatus", orderId=1, status="Cancelled")
