"""Interactive Brokers' own client against the gateway, over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ibapi.execution import ExecutionFilter
from ibapi.order import Order

from ibtui.gateway.server import Gateway
from tests.gateway.clients.official import App, aapl, scene
from tests.gateway.raw import CON_ID
from tests.gateways import running_gateway


def order(action: str, kind: str, quantity: float = 100, **attributes: Any) -> Order:
    made = Order()
    made.action, made.orderType, made.totalQuantity = action, kind, quantity
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=1000, ask_size=1000)
        yield gateway


async def test_quotes_and_details(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, _: int) -> None:
        app.reqContractDetails(42, aapl())
        assert app.until("contractDetails")[1].contract.conId == CON_ID
        app.until("contractDetailsEnd")
        app.reqMktData(43, aapl(), "", False, False, [])
        assert app.until("marketDataType") == (43, 1)
        assert app.until("tickPrice", lambda _, kind, *__: kind == 2)[2] == 187.25
        contract = aapl()
        contract.symbol = "MSFT"
        app.reqMktData(44, contract, "233", False, False, [])
        app.until("tickSize", lambda request, kind, *_: (request, kind) == (44, 8))
        app.until("tickString", lambda request, kind, _: (request, kind) == (44, 48))
        app.cancelMktData(44)
        app.reqHistoricalData(45, aapl(), "", "600 S", "1 min", "TRADES", 0, 1, False, [])
        app.until("historicalDataEnd")

    await scene(gateway, caplog, play)


async def test_market_order_fills(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, next_id: int) -> None:
        app.placeOrder(next_id, aapl(), order("BUY", "MKT"))
        app.until("openOrder", lambda number, *_: number == next_id)
        app.until("orderStatus", lambda number, status, *_: (number, status) == (next_id, "Submitted"))
        request, _, execution = app.until("execDetails")
        assert (request, execution.shares, execution.price) == (-1, 100, 187.25)
        assert app.until("orderStatus")[1:4] == ("Filled", 100, 0)
        assert app.until("commissionReport")[0].execId == execution.execId
        app.reqExecutions(46, ExecutionFilter())
        assert app.until("execDetails")[2].execId == execution.execId
        app.until("execDetailsEnd")
        app.reqCompletedOrders(False)
        assert app.until("completedOrder")[2].status == "Filled"
        app.until("completedOrdersEnd")

    await scene(gateway, caplog, play)


async def test_limit_order_is_cancelled(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, next_id: int) -> None:
        app.placeOrder(next_id, aapl(), order("BUY", "LMT", lmtPrice=180.0))
        app.until("orderStatus", lambda _, status, *__: status == "Submitted")
        app.reqOpenOrders()
        assert app.until("openOrder")[2].lmtPrice == 180.0
        app.until("openOrderEnd")
        app.cancelOrder(next_id)
        app.until("orderStatus", lambda _, status, *__: status == "Cancelled")
        assert app.until("error", lambda number, *_: number == next_id)[1] == 202

    await scene(gateway, caplog, play)


async def test_bracket(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, parent: int) -> None:
        app.placeOrder(parent, aapl(), order("BUY", "LMT", lmtPrice=187.25, transmit=False))
        app.placeOrder(parent + 1, aapl(), order("SELL", "LMT", lmtPrice=190.0, parentId=parent, transmit=False))
        app.placeOrder(parent + 2, aapl(), order("SELL", "STP", auxPrice=185.0, parentId=parent))
        app.until("orderStatus", lambda number, status, *_: (number, status) == (parent, "Filled"))
        app.until("orderStatus", lambda number, status, *_: (number, status) == (parent + 1, "Submitted"))
        app.cancelOrder(parent + 1)
        app.until("orderStatus", lambda number, status, *_: (number, status) == (parent + 1, "Cancelled"))
        app.reqAllOpenOrders()
        number, _, left, _ = app.until("openOrder")
        assert (number, left.auxPrice, left.parentId) == (parent + 2, 185.0, parent)

    await scene(gateway, caplog, play)


async def test_account(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, next_id: int) -> None:
        app.placeOrder(next_id, aapl(), order("BUY", "MKT"))
        app.until("commissionReport")
        app.reqPositions()
        assert app.until("position")[2:] == (100, pytest.approx(187.26))
        app.until("positionEnd")
        app.reqAccountUpdates(True, "")
        app.until("updateAccountValue", lambda key, *_: key == "NetLiquidation")
        assert app.until("updatePortfolio")[1] == 100
        app.until("accountDownloadEnd")
        app.reqAccountSummary(47, "All", "NetLiquidation,BuyingPower")
        app.until("accountSummaryEnd")
        app.reqPnL(48, "DU1234567", "")
        app.until("pnl")
        app.reqPnLSingle(49, "DU1234567", "", CON_ID)
        assert app.until("pnlSingle")[1] == 100
        app.reqPnLSingle(50, "DU1234567", "", 272093)
        assert app.until("pnlSingle", lambda number, *_: number == 50)[1] == 0
        app.reqCurrentTime()
        app.until("currentTime")
        app.reqMatchingSymbols(51, "AAPL")
        app.until("symbolSamples")
        app.reqMarketRule(26)
        app.until("marketRule")

    await scene(gateway, caplog, play)


async def test_burst_that_ends_on_a_read_is_not_lost(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, _: int) -> None:
        app.reqCurrentTime()
        app.until("currentTime")
        answer = 4 + len("4\x002\x00-1\x001\x00\x00")
        gateway_loop.call_soon_threadsafe(gateway.announce, -1, 1, "x" * (4096 - answer))
        app.until("error", lambda _, code, *__: code == 1)

    gateway_loop = asyncio.get_running_loop()
    await scene(gateway, caplog, play)
