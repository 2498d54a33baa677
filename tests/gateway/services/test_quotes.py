"""Quotes message by message, and what a client that does not read still gets of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.server import Gateway
from ibtui.gateway.services.quotes import QuotesService
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Layout
from tests.gateway.raw import AAPL, CON_ID, RawClient, started_client
from tests.gateways import MORNING, running_gateway


def request(number: int, **values: Any) -> Values:
    plain = {"genericTickList": "", "snapshot": False, "regulatorySnapshot": False, "mktDataOptions": ""}
    return {"reqId": number, "strike": None, **AAPL, **plain, **values}


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=300, ask_size=400)
        yield gateway


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[RawClient]:
    async with started_client(gateway, 1) as client:
        yield client


async def test_first_answers(client: RawClient) -> None:
    client.send(requests.REQ_MKT_DATA, **request(42, snapshot=True))
    seen = await client.until("tickSnapshotEnd")
    first = ["tickReqParams", "marketDataType", "tickGeneric", *["tickString"] * 4, "tickPrice"]
    assert [message.name for message in seen[:8]] == first
    texts = {message.values["tickType"]: message.values["value"] for message in seen if message.name == "tickString"}
    assert (texts[32], texts[33], texts[84]) == ("Q", "Q", "Q")
    assert int(texts[45]) <= MORNING.timestamp() + 5
    prices = {
        message.values["tickType"]: (message.values["price"], message.values["size"])
        for message in seen
        if message.name == "tickPrice"
    }
    assert (prices[1], prices[2]) == ((187.20, 300), (187.25, 400))
    assert set(prices) == {1, 2, 4, 6, 7, 9, 14}


async def test_only_what_changed_follows(client: RawClient, gateway: Gateway) -> None:
    client.send(requests.REQ_MKT_DATA, **request(42))
    await client.until("tickPrice", tickType=14)
    gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.30, bid_size=300, ask_size=400)
    gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.35, bid_size=500, ask_size=400)
    first, second = await client.message(), await client.message()
    assert first is not None
    assert second is not None
    assert (first.name, first.values["tickType"], first.values["size"]) == ("tickSize", 0, 500)
    assert (second.name, second.values["tickType"], second.values["price"]) == ("tickPrice", 2, 187.35)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"exchange": ""}, 321),
        ({"currency": ""}, 321),
        ({"symbol": "NOSUCH", "conId": 0}, 200),
        ({"symbol": "ES", "secType": "FUT", "exchange": "CME", "conId": 0}, 200),
        ({"genericTickList": "9999"}, 321),
        ({"genericTickList": "233", "snapshot": True}, 321),
    ],
)
async def test_refusals(client: RawClient, wrong: Values, code: int) -> None:
    client.send(requests.REQ_MKT_DATA, **request(42, **{"conId": 0} | wrong))
    error = await client.one("error")
    assert (error["reqId"], error["errorCode"]) == (42, code)


async def test_number_in_use_and_number_unknown(client: RawClient) -> None:
    for _ in range(2):
        client.send(requests.REQ_MKT_DATA, **request(42))
    assert (await client.one("error"))["errorCode"] == 322
    client.send(requests.CANCEL_MKT_DATA, reqId=43)
    assert (await client.one("error"))["errorCode"] == 300


class Stalled:
    """A client that may or may not read."""

    id, version = 1, 176

    def __init__(self) -> None:
        self.congested = False
        self.sent: list[tuple[str, Values]] = []

    def send(self, layout: Layout, **values: Any) -> None:
        self.sent.append((layout.name, values))

    def error(self, request: int, code: int, text: str) -> None:
        raise AssertionError(text)


def test_stalled_client_gets_the_newest_when_it_reads_again() -> None:
    exchange, client = Exchange(start=MORNING), Stalled()
    backend = Backend(exchange)
    quotes = QuotesService(client, backend)
    quotes.handlers()[requests.REQ_MKT_DATA.id](request(42, genericTickList="233"))
    client.sent.clear()
    client.congested = True
    for step in range(100):
        exchange.set_price(CON_ID, 190.0 + step)
        for report in backend.take():
            quotes.report(report)
        quotes.settle()
    assert client.sent == []
    client.congested = False
    quotes.settle()
    last = [values["price"] for name, values in client.sent if name == "tickPrice" and values["tickType"] == 4]
    assert last == [289.0]
