"""Orders of no client, as someone places them in TWS: client 0 takes them over, the master client sees everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from ibtui.domain.order import Side
from ibtui.exchange.told.reports import ClientOrder
from ibtui.gateway.server import Gateway
from ibtui.gateway.wire import requests
from tests.gateway.raw import CON_ID, RawClient, started_client
from tests.gateways import running_gateway
from tests.insync import IB


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=1000, ask_size=1000)
        yield gateway


def by_hand(gateway: Gateway, limit: str = "180") -> int:
    """A limit order to buy 100 AAPL of no client; its number at the exchange."""
    number = gateway.backend.exchange.place(
        ClientOrder(
            account="DU1234567",
            con_id=CON_ID,
            side=Side.BUY,
            quantity=Decimal(100),
            type="LMT",
            limit_price=Decimal(limit),
        )
    )
    gateway.tell()
    return number


async def told(client: RawClient) -> list[str]:
    """What came up to now."""
    client.send(requests.REQ_CURRENT_TIME)
    return [message.name for message in (await client.until("currentTime"))[:-1]]


async def test_client_0_takes_over_what_is_open_when_it_asks_for_its_own(gateway: Gateway) -> None:
    first, second = by_hand(gateway), by_hand(gateway)
    async with started_client(gateway, 0) as client, started_client(gateway, 5) as other:
        other.send(requests.REQ_ALL_OPEN_ORDERS)
        seen = await other.until("openOrderEnd")
        assert {item.values["orderId"] for item in seen if item.name == "openOrder"} == {0}
        other.send(requests.REQ_OPEN_ORDERS)
        assert [item.name for item in await other.until("openOrderEnd")] == ["openOrderEnd"]
        client.send(requests.REQ_OPEN_ORDERS)
        seen = await client.until("openOrderEnd")
        bound = [item.values for item in seen if item.name == "orderBound"]
        assert [(item["permId"], item["apiClientId"], item["apiOrderId"]) for item in bound] == [
            (first, 0, -1),
            (second, 0, -2),
        ]
        assert [item.values["orderId"] for item in seen if item.name == "openOrder"] == [-1, -2]
        client.send(requests.CANCEL_ORDER, orderId=-1)
        await client.one("orderStatus", orderId=-1, status="Cancelled")
        client.place(-2, orderType="LMT", lmtPrice="187.25")
        await client.one("orderStatus", orderId=-2, status="Filled")
        client.send(requests.REQ_IDS, numIds=1)
        assert (await client.one("nextValidId"))["orderId"] == 1


async def test_client_0_takes_over_what_comes_once_it_has_said_so(gateway: Gateway) -> None:
    async with started_client(gateway, 0) as client:
        by_hand(gateway)
        assert await told(client) == []
        client.send(requests.REQ_AUTO_OPEN_ORDERS, autoBind=True)
        assert await told(client) == []
        by_hand(gateway, "187.25")
        names = [item.name for item in await client.until("commissionReport")]
        assert names[:3] == ["orderBound", "openOrder", "orderStatus"]
        assert "execDetails" in names
        client.send(requests.REQ_AUTO_OPEN_ORDERS, autoBind=False)
        assert await told(client) == []
        by_hand(gateway)
        assert await told(client) == []
    async with started_client(gateway, 3) as client:
        client.send(requests.REQ_AUTO_OPEN_ORDERS, autoBind=True)
        assert (await client.one("error"))["errorCode"] == 321


async def test_the_master_client_hears_of_everybody_s_orders(gateway: Gateway) -> None:
    gateway.backend.master = 9
    async with started_client(gateway, 9) as master, started_client(gateway, 5) as client:
        client.place(1)
        seen = await master.until("commissionReport")
        orders = [item.values for item in seen if item.name in ("openOrder", "orderStatus")]
        assert {(item["clientId"], item["orderId"]) for item in orders} == {(5, 1)}
        fill = next(item.values for item in seen if item.name == "execDetails")
        assert (fill["clientId"], fill["orderId"], fill["reqId"]) == (5, 1, -1)
        await client.until("commissionReport")
        by_hand(gateway)
        order = await master.one("openOrder")
        assert (order["clientId"], order["orderId"]) == (0, 0)
        assert await told(client) == []
        master.place(1, orderType="LMT", lmtPrice="1.25")
        await master.one("orderStatus", orderId=1, clientId=9)
        assert await told(client) == []


async def test_ib_insync_follows_a_manual_order(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    ib = IB()
    await ib.connectAsync("127.0.0.1", gateway.port, clientId=0)
    try:
        ib.reqAutoOpenOrders(True)
        await ib.reqCurrentTimeAsync()
        by_hand(gateway)
        await ib.reqCurrentTimeAsync()
        (trade,) = ib.openTrades()
        assert (trade.order.orderId, trade.orderStatus.status) == (-1, "Submitted")
        trade.order.lmtPrice = 187.25
        ib.placeOrder(trade.contract, trade.order)
        while not trade.fills:
            await ib.updateEvent
        assert trade.orderStatus.status == "Filled"
        assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]
    finally:
        ib.disconnect()
