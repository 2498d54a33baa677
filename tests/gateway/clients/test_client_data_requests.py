"""What the real clients write when they ask for data, news and settings fits the tables, every value in its place."""

from __future__ import annotations

import asyncio
from typing import Any

from ibapi.client import EClient
from ibapi.contract import Contract as OfficialContract
from ibapi.scanner import ScannerSubscription as OfficialSubscription
from ibapi.tag_value import TagValue as OfficialTagValue
from ibapi.wrapper import EWrapper

from ibtui.gateway.wire import market, research, settings
from ibtui.gateway.wire.codec import decode
from tests.gateway.recorder import AAPL, Recorder, connected, fields_of, recording
from tests.insync import ScannerSubscription, TagValue, WshEventData, ib_insync

LAYOUTS = {layout.name: layout for layout in (*market.REQUESTS, *research.REQUESTS, *settings.REQUESTS)}
SCAN = {
    "numberOfRows": 17,
    "instrument": "STK",
    "locationCode": "STK.US.MAJOR",
    "scanCode": "TOP_PERC_GAIN",
    "abovePrice": 5.5,
    "belowPrice": 400.5,
    "aboveVolume": 1000,
    "marketCapAbove": 2.5,
    "moodyRatingAbove": "A",
    "couponRateAbove": 1.5,
    "averageOptionVolumeAbove": 7,
    "stockTypeFilter": "ETF",
}
Calls = list[tuple[str, tuple[Any, ...], dict[str, Any]]]


def calls(contract: Any, subscription: Any, tag: Any) -> Calls:
    """Method, arguments and the values to find again, for what both clients know."""
    return [
        ("reqMktDepth", (42, contract, 7, True, []), {**AAPL, "numRows": 7, "isSmartDepth": True}),
        ("cancelMktDepth", (42, True), {"isSmartDepth": True}),
        ("reqSmartComponents", (42, "9c0001"), {"bboExchange": "9c0001"}),
        ("reqRealTimeBars", (42, contract, 5, "BID", True, []), {**AAPL, "whatToShow": "BID", "useRTH": True}),
        ("cancelRealTimeBars", (42,), {}),
        (
            "reqTickByTickData",
            (42, contract, "BidAsk", 9, True),
            {**AAPL, "tickType": "BidAsk", "numberOfTicks": 9, "ignoreSize": True},
        ),
        ("cancelTickByTickData", (42,), {}),
        ("reqHeadTimeStamp", (42, contract, "BID", True, 2), {**AAPL, "whatToShow": "BID", "formatDate": 2}),
        ("cancelHeadTimeStamp", (42,), {}),
        ("reqHistogramData", (42, contract, True, "3 days"), {**AAPL, "useRTH": True, "timePeriod": "3 days"}),
        ("cancelHistogramData", (42,), {}),
        (
            "reqHistoricalTicks",
            (42, contract, "a", "b", 9, "BID_ASK", True, True, []),
            {**AAPL, "startDateTime": "a", "endDateTime": "b", "numberOfTicks": 9, "useRth": True, "ignoreSize": True},
        ),
        (
            "calculateImpliedVolatility",
            (42, contract, 3.5, 187.5, []),
            {**AAPL, "optionPrice": 3.5, "underPrice": 187.5},
        ),
        ("calculateOptionPrice", (42, contract, 0.25, 187.5, []), {**AAPL, "volatility": 0.25, "underPrice": 187.5}),
        ("cancelCalculateImpliedVolatility", (42,), {}),
        ("cancelCalculateOptionPrice", (42,), {}),
        ("reqNewsBulletins", (True,), {"allMsgs": True}),
        ("cancelNewsBulletins", (), {}),
        ("reqNewsArticle", (42, "BRFG", "BRFG$1", []), {"providerCode": "BRFG", "articleId": "BRFG$1"}),
        (
            "reqHistoricalNews",
            (42, 265598, "BRFG+DJNL", "a", "b", 9, []),
            {"conId": 265598, "providerCodes": "BRFG+DJNL", "startDateTime": "a", "totalResults": 9},
        ),
        ("reqScannerParameters", (), {}),
        (
            "reqScannerSubscription",
            (42, subscription, [], [tag("priceAbove", "5")]),
            {**SCAN, "marketCapBelow": None, "scannerSubscriptionFilterOptions": "priceAbove=5;"},
        ),
        ("cancelScannerSubscription", (42,), {}),
        (
            "reqFundamentalData",
            (42, contract, "ReportSnapshot", []),
            {"symbol": "AAPL", "reportType": "ReportSnapshot"},
        ),
        ("cancelFundamentalData", (42,), {}),
        ("queryDisplayGroups", (42,), {}),
        ("subscribeToGroupEvents", (42, 4), {"groupId": 4}),
        ("updateDisplayGroup", (42, "265598@SMART"), {"contractInfo": "265598@SMART"}),
        ("unsubscribeFromGroupEvents", (42,), {}),
        ("requestFA", (1,), {"faDataType": 1}),
        ("replaceFA", (42, 1, "<a/>"), {"faDataType": 1, "xml": "<a/>"}),
        ("reqSoftDollarTiers", (42,), {}),
        ("reqFamilyCodes", (), {}),
    ]


async def found_again(recorder: Recorder, client: Any, wanted: Calls) -> None:
    for method, arguments, expected in wanted:
        layout = LAYOUTS[method]
        getattr(client, method)(*arguments)
        values = decode(layout, await recorder.request(layout.id), recorder.version)
        given = {name: value for name, value in expected.items() if value is not None}
        assert fields_of(values, given) == given, method
        assert all(values[name] is None for name in expected.keys() - given.keys()), method
        assert values.get("reqId", 42) == 42, method


async def test_ib_insync(recorder: Recorder) -> None:
    event = WshEventData(conId=265598, filter="f", startDate="20261101", totalLimit=9)
    wanted: Calls = [
        ("reqWshMetaData", (42,), {}),
        ("cancelWshMetaData", (42,), {}),
        ("reqWshEventData", (42, event), {"conId": 265598}),
        ("cancelWshEventData", (42,), {}),
    ]
    async with connected(recorder) as client:
        await found_again(
            recorder, client, calls(ib_insync.Contract(**AAPL), ScannerSubscription(**SCAN), TagValue) + wanted
        )
        if recorder.version >= 173:
            client.reqWshEventData(42, event)
            values = decode(research.REQ_WSH_EVENT_DATA, await recorder.request(102), recorder.version)
            assert (values["filter"], values["startDate"], values["totalLimit"]) == ("f", "20261101", 9)


async def test_official_client() -> None:
    contract, subscription = OfficialContract(), OfficialSubscription()
    for name, value in AAPL.items():
        setattr(contract, name, value)
    for name, value in SCAN.items():
        setattr(subscription, name, value)
    async with recording(157) as recorder:
        client = EClient(EWrapper())
        await asyncio.to_thread(client.connect, "127.0.0.1", recorder.port, 1)
        await found_again(recorder, client, calls(contract, subscription, OfficialTagValue))
        client.conn.disconnect()
