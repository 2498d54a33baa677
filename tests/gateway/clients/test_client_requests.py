"""What the real clients write fits the tables, with every value under its own name."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ibapi.client import EClient
from ibapi.contract import Contract as OfficialContract
from ibapi.order import Order as OfficialOrder
from ibapi.wrapper import EWrapper

from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import decode
from ibtui.gateway.wire.orders import PLACE_ORDER
from tests.gateway.recorder import AAPL, Recorder, connected, fields_of, recording
from tests.insync import ib_insync, of_ib_insync

ORDER = {
    "action": "BUY",
    "totalQuantity": 100.0,
    "orderType": "LMT",
    "lmtPrice": 187.25,
    "auxPrice": 186.5,
    "tif": "GTC",
    "ocaGroup": "group",
    "ocaType": 2,
    "account": "DU1",
    "openClose": "C",
    "origin": 1,
    "orderRef": "ibtui/you/abc",
    "transmit": False,
    "parentId": 6,
    "blockOrder": True,
    "displaySize": 5,
    "triggerMethod": 7,
    "outsideRth": True,
    "hidden": True,
    "discretionaryAmt": 0.25,
    "goodAfterTime": "20261123 10:00:00",
    "goodTillDate": "20261124 10:00:00",
    "shortSaleSlot": 1,
    "exemptCode": 3,
    "allOrNone": True,
    "minQty": 11,
    "percentOffset": 0.5,
    "nbboPriceCap": 200.5,
    "delta": 0.75,
    "volatility": 33.5,
    "volatilityType": 2,
    "deltaNeutralOrderType": "MKT",
    "deltaNeutralAuxPrice": 1.25,
    "deltaNeutralSettlingFirm": "firm",
    "continuousUpdate": True,
    "trailStopPrice": 180.25,
    "trailingPercent": 1.5,
    "scaleInitLevelSize": 10,
    "scalePriceIncrement": 0.05,
    "scaleInitPosition": 4,
    "hedgeType": "P",
    "hedgeParam": "2",
    "clearingIntent": "IB",
    "notHeld": True,
    "algoStrategy": "Vwap",
    "whatIf": True,
    "solicited": True,
    "randomizePrice": True,
    "adjustedOrderType": "STP",
    "triggerPrice": 190.5,
    "adjustedTrailingAmount": 0.5,
    "extOperator": "me",
    "cashQty": 1000.5,
    "mifid2DecisionMaker": "maker",
    "isOmsContainer": True,
    "discretionaryUpToLimitPrice": True,
    "usePriceMgmtAlgo": True,
}


@of_ib_insync
async def test_ib_insync_orders(recorder: Recorder) -> None:
    order = ib_insync.Order(
        **ORDER,
        orderId=7,
        algoParams=[ib_insync.TagValue("a", "b")],
        conditions=[ib_insync.PriceCondition(price=5.5, conId=1), ib_insync.TimeCondition(time="t")],
    )
    async with connected(recorder) as client:
        client.placeOrder(7, ib_insync.Contract(**AAPL), order)
        values = decode(PLACE_ORDER, await recorder.request(3), recorder.version)
    assert values["orderId"] == 7
    assert fields_of(values, AAPL) == AAPL
    assert fields_of(values, ORDER) == ORDER
    assert values["algoParams"] == [{"tag": "a", "value": "b"}]
    assert [condition["type"] for condition in values["conditions"]] == [1, 3]


async def test_ib_insync_requests(recorder: Recorder) -> None:
    contract = ib_insync.Contract(**AAPL)
    filters = ib_insync.ExecutionFilter(clientId=3, acctCode="DU1", time="20261123-10:00:00", symbol="AAPL", side="BUY")
    async with connected(recorder) as client:
        calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
            (
                client.reqMktData,
                (42, contract, "233", True, False, []),
                {**AAPL, "genericTickList": "233", "snapshot": True},
            ),
            (client.cancelMktData, (42,), {}),
            (client.reqMarketDataType, (3,), {"marketDataType": 3}),
            (client.reqContractDetails, (42, contract), AAPL),
            (client.reqMatchingSymbols, (42, "app"), {"pattern": "app"}),
            (client.reqMarketRule, (26,), {"marketRuleId": 26}),
            (client.reqSecDefOptParams, (42, "AAPL", "", "STK", 265598), {"underlyingConId": 265598}),
            (
                client.reqHistoricalData,
                (42, contract, "", "1 D", "1 min", "TRADES", True, 2, True, []),
                {**AAPL, "barSizeSetting": "1 min", "durationStr": "1 D", "formatDate": 2, "keepUpToDate": True},
            ),
            (client.cancelHistoricalData, (42,), {}),
            (client.cancelOrder, (42, ""), {"orderId": 42}),
            (client.reqGlobalCancel, (), {}),
            (client.reqOpenOrders, (), {}),
            (client.reqAllOpenOrders, (), {}),
            (client.reqAutoOpenOrders, (True,), {"autoBind": True}),
            (client.reqCompletedOrders, (True,), {"apiOnly": True}),
            (client.reqExecutions, (42, filters), {"clientId": 3, "acctCode": "DU1", "symbol": "AAPL", "side": "BUY"}),
            (client.reqAccountUpdates, (True, "DU1"), {"subscribe": True, "acctCode": "DU1"}),
            (client.reqAccountSummary, (42, "All", "NetLiquidation"), {"groupName": "All", "tags": "NetLiquidation"}),
            (client.cancelAccountSummary, (42,), {}),
            (client.reqAccountUpdatesMulti, (42, "DU1", "", False), {"account": "DU1", "ledgerAndNLV": False}),
            (client.cancelAccountUpdatesMulti, (42,), {}),
            (client.reqPositions, (), {}),
            (client.cancelPositions, (), {}),
            (client.reqPositionsMulti, (42, "DU1", ""), {"account": "DU1"}),
            (client.cancelPositionsMulti, (42,), {}),
            (client.reqPnL, (42, "DU1", ""), {"account": "DU1"}),
            (client.cancelPnL, (42,), {}),
            (client.reqPnLSingle, (42, "DU1", "", 265598), {"account": "DU1", "conId": 265598}),
            (client.cancelPnLSingle, (42,), {}),
            (client.reqCurrentTime, (), {}),
            (client.reqIds, (1,), {}),
            (client.reqManagedAccts, (), {}),
            (client.setServerLogLevel, (2,), {"level": 2}),
            (client.reqMktDepthExchanges, (), {}),
            (client.reqNewsProviders, (), {}),
            (client.reqUserInfo, (42,), {}),
        ]
        named = {layout.name.lower(): layout for layout in requests.SUPPORTED}
        for call, arguments, expected in calls:
            call(*arguments)
            layout = named[call.__name__.lower()]
            values = decode(layout, await recorder.request(layout.id), recorder.version)
            assert fields_of(values, expected) == expected, layout.name
            assert values.get("reqId", 42) == 42


@pytest.mark.parametrize("version", [157])
async def test_official_orders(version: int) -> None:
    order = OfficialOrder()
    for name, value in ORDER.items():
        setattr(order, name, value)
    contract = OfficialContract()
    for name, value in AAPL.items():
        setattr(contract, name, value)
    async with recording(version) as recorder:
        client = EClient(EWrapper())
        await asyncio.to_thread(client.connect, "127.0.0.1", recorder.port, 1)
        client.placeOrder(7, contract, order)
        values = decode(PLACE_ORDER, await recorder.request(3), version)
        client.reqMktData(42, contract, "233", False, False, [])
        market = decode(requests.REQ_MKT_DATA, await recorder.request(1), version)
        client.reqHistoricalData(42, contract, "", "1 D", "1 min", "TRADES", 1, 1, False, [])
        history = decode(requests.REQ_HISTORICAL_DATA, await recorder.request(20), version)
        client.conn.disconnect()
    assert fields_of(values, AAPL) == AAPL
    expected = {name: value for name, value in ORDER.items() if name != "algoStrategy"}
    assert fields_of(values, expected) == expected
    assert fields_of(market, AAPL) == AAPL
    assert history["barSizeSetting"] == "1 min"
