"""Orders message by message: what a client hears, in which order, and under whose number."""

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


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=1000, ask_size=1000)
        yield gateway


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[RawClient]:
    async with started_client(gateway, 1) as client:
        yield client


async def test_market_order(client: RawClient) -> None:
    client.place(1, orderRef="ref")
    seen = await client.until("commissionReport")
    assert [(message.name, message.values.get("status", "")) for message in seen] == [
        ("openOrder", "PreSubmitted"),
        ("orderStatus", "PreSubmitted"),
        ("openOrder", "Submitted"),
        ("orderStatus", "Submitted"),
        ("execDetails", ""),
        ("openOrder", "Filled"),
        ("orderStatus", "Filled"),
        ("commissionReport", ""),
    ]
    assert seen[4].values["reqId"] == -1
    assert seen[4].values["execId"] == seen[7].values["execId"]
    assert seen[7].values["realizedPNL"] is None
    assert {message.values["orderId"] for message in seen[:7]} == {1}


async def test_profit_of_a_closing_order(client: RawClient) -> None:
    client.place(1)
    await client.until("commissionReport")
    client.place(2, action="SELL")
    report = await client.one("commissionReport")
    assert report["realizedPNL"] == pytest.approx(-5.0 - 1.0 - report["commission"])


async def test_execution_ids_are_ib_shaped_and_stable(client: RawClient) -> None:
    for number in (1, 2):
        client.place(number)
    ids = [(await client.one("execDetails"))["execId"] for _ in range(2)]
    assert len(set(ids)) == 2
    assert all(len(part) == size for name in ids for part, size in zip(name.split("."), (8, 8, 2, 2), strict=True))
    client.send(
        requests.REQ_EXECUTIONS,
        reqId=9,
        **dict.fromkeys(("acctCode", "time", "symbol", "secType", "exchange", "side"), ""),
        clientId=0,
    )
    seen = await client.until("execDetailsEnd")
    assert [message.values["execId"] for message in seen if message.name == "execDetails"] == ids


async def test_cancel(client: RawClient) -> None:
    client.place(1, orderType="LMT", lmtPrice=180)
    await client.until("orderStatus", status="Submitted")
    client.send(requests.CANCEL_ORDER, orderId=1)
    status, error = [await client.message() for _ in range(2)]
    assert status is not None
    assert (status.name, status.values["status"], status.values["remaining"]) == ("orderStatus", "Cancelled", 100)
    assert error is not None
    assert (error.name, error.values["reqId"], error.values["errorCode"]) == ("error", 1, 202)


async def test_echo_is_as_tws_writes_it(client: RawClient) -> None:
    client.place(1, orderType="LMT", lmtPrice=180, tif="", account="", orderRef="mine")
    order = await client.one("openOrder")
    expected = {
        "tif": "DAY",
        "account": "DU1234567",
        "orderRef": "mine",
        "clientId": 1,
        "clearingIntent": "IB",
        "deltaNeutralOrderType": "None",
        "adjustedOrderType": "None",
        "displaySize": None,
        "lmtPrice": 180,
        "initMarginChange": None,
        "exchange": "SMART",
        "conId": CON_ID,
    }
    assert {name: order[name] for name in expected} == expected


async def test_ids_below_one_that_was_used(client: RawClient) -> None:
    client.place(5, orderType="LMT", lmtPrice=180)
    client.place(4)
    error = await client.one("error")
    assert (error["reqId"], error["errorCode"]) == (4, 103)


@pytest.mark.parametrize("order_id", [2**31 - 1, 2**31, 2**33])
async def test_ids_of_more_than_31_bits_are_refused_and_not_counted(client: RawClient, order_id: int) -> None:
    client.place(order_id, orderType="LMT", lmtPrice=180)
    error = await client.one("error")
    assert (error["reqId"], error["errorCode"]) == (-1, 320)
    assert str(order_id) in error["errorString"]
    client.send(requests.REQ_IDS, numIds=1)
    assert (await client.one("nextValidId"))["orderId"] == 1


async def test_id_of_a_refused_order_is_used(client: RawClient) -> None:
    client.place(3, orderType="LMT", lmtPrice="180.001")
    assert (await client.one("error"))["errorCode"] == 110
    client.send(requests.REQ_IDS, numIds=1)
    assert (await client.one("nextValidId"))["orderId"] == 4


async def test_orders_and_ids_outlive_a_connection(gateway: Gateway) -> None:
    async with started_client(gateway, 6) as first:
        first.place(20, orderType="LMT", lmtPrice=180)
        await first.until("orderStatus", status="Submitted")
        first.writer.close()
        await first.writer.wait_closed()
    async with started_client(gateway, 7) as other:
        other.send(requests.REQ_OPEN_ORDERS)
        assert (await other.until("openOrderEnd"))[0].name == "openOrderEnd"
        other.send(requests.CANCEL_ORDER, orderId=20)
        assert (await other.one("error"))["errorCode"] == 10147
        other.send(requests.REQ_ALL_OPEN_ORDERS)
        seen = await other.one("openOrder")
        assert (seen["clientId"], seen["orderId"]) == (6, 20)
    async with started_client(gateway, 6) as again:
        seen = await again.one("openOrder")
        assert seen["orderId"] == 20
        again.send(requests.REQ_IDS, numIds=1)
        assert (await again.one("nextValidId"))["orderId"] == 21
        again.send(requests.CANCEL_ORDER, orderId=20)
        await again.one("orderStatus", status="Cancelled")


async def test_stop_order_waits_for_its_trigger(client: RawClient, gateway: Gateway) -> None:
    client.place(1, action="SELL", orderType="STP", auxPrice=185)
    status = await client.one("orderStatus")
    assert (status["status"], status["whyHeld"]) == ("PreSubmitted", "trigger")
    gateway.backend.exchange.set_book(CON_ID, bid=184.0, ask=184.05)
    gateway.backend.exchange.set_price(CON_ID, 184.0)
    await client.one("orderStatus", status="Filled")


async def test_partial_fills_add_up(client: RawClient, gateway: Gateway) -> None:
    gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=100, ask_size=60)
    client.place(1, orderType="LMT", lmtPrice="187.25")
    first = await client.one("execDetails")
    assert first["shares"] == 60
    status = await client.one("orderStatus")
    assert (status["status"], status["filled"], status["remaining"]) == ("Submitted", 60, 40)
    gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=100, ask_size=500)
    second = await client.one("execDetails")
    assert (second["shares"], second["cumQty"]) == (40, 100)
    await client.one("orderStatus", status="Filled")


async def test_order_of_nobody_is_listed_without_ids(client: RawClient, gateway: Gateway) -> None:
    ticket = ClientOrder(
        account="DU1234567",
        con_id=CON_ID,
        side=Side.BUY,
        quantity=Decimal(10),
        type="LMT",
        limit_price=Decimal(180),
    )
    gateway.backend.exchange.place(ticket)
    client.send(requests.REQ_ALL_OPEN_ORDERS)
    order = await client.one("openOrder")
    assert (order["orderId"], order["clientId"]) == (0, 0)
