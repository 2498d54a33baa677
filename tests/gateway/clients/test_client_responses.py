"""What the gateway writes is read by the real clients whole, with every value under its own name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ibapi.decoder import Decoder as OfficialDecoder

from ibtui.gateway.wire import responses
from ibtui.gateway.wire.codec import Values, encode
from ibtui.gateway.wire.contracts import CONTRACT_DETAILS, MARKET_RULE, SYMBOL_SAMPLES
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import split
from ibtui.gateway.wire.orders import COMPLETED_ORDER, OPEN_ORDER, ORDER_BOUND, ORDER_STATUS
from tests.gateway.clients.decoding import Calls, Fields, insync, left_over
from tests.insync import InsyncDecoder, ib_insync, of_ib_insync

CONTRACT = {
    "conId": 265598,
    "symbol": "AAPL",
    "secType": "STK",
    "lastTradeDateOrContractMonth": "20261218",
    "right": "C",
    "multiplier": "100",
    "exchange": "SMART",
    "currency": "USD",
    "localSymbol": "AAPL",
    "tradingClass": "NMS",
}
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
    "orderRef": "ibtui/you/abc",
    "permId": 1376327563,
    "outsideRth": True,
    "discretionaryAmt": 0.25,
    "goodAfterTime": "20261123 10:00:00",
    "modelCode": "model",
    "rule80A": "I",
    "exemptCode": 4,
    "displaySize": 12,
    "minQty": 11,
    "volatility": 33.5,
    "trailingPercent": 1.5,
    "scaleInitLevelSize": 10,
    "hedgeType": "P",
    "hedgeParam": "2",
    "clearingIntent": "Away",
    "algoStrategy": "Vwap",
    "solicited": True,
    "randomizePrice": True,
    "trailStopPrice": 180.25,
    "lmtPriceOffset": 0.125,
    "cashQty": 1000.5,
    "isOmsContainer": True,
}
OPEN_ONLY = {
    "orderId": 7,
    "clientId": 3,
    "parentId": 6,
    "blockOrder": True,
    "auctionStrategy": 1,
    "triggerPrice": 190.5,
}
OPEN_STATE = {"status": "Submitted", "commission": 1.25, "commissionCurrency": "USD", "warningText": "careful"}
LISTS: Values = {
    "algoParams": [{"tag": "a", "value": "b"}],
    "conditions": [{"type": 3, "conjunction": "a", "isMore": True, "time": "20261123 10:00:00"}],
    "conditionsIgnoreRth": True,
    "conditionsCancelOrder": False,
}
COMPLETED_STATE = {"completedTime": "20261123 11:00:11 US/Eastern", "completedStatus": "Filled Size: 100"}


def official(layout: Layout, values: Values) -> tuple[str, tuple[Any, ...]]:
    """The one callback that a message makes in the official client, which must read all of it."""
    calls, fields = Calls(), Fields(split(encode(layout, values, 157)))
    OfficialDecoder(calls, 157).interpret([field.encode() for field in fields])
    (call,) = calls.calls
    return call


def attributes(thing: Any, expected: Values) -> Values:
    return {name: getattr(thing, name) for name in expected}


@pytest.mark.parametrize("version", [157, 160, 163, 169, 176])
def test_open_order(version: int, caplog: pytest.LogCaptureFixture) -> None:
    name, (order_id, contract, order, state) = insync(
        OPEN_ORDER, CONTRACT | ORDER | OPEN_ONLY | OPEN_STATE | LISTS, version, caplog
    )
    assert name == "openOrder"
    assert order_id == 7
    assert attributes(contract, CONTRACT) == CONTRACT
    assert attributes(order, ORDER | OPEN_ONLY) == ORDER | OPEN_ONLY
    assert attributes(state, OPEN_STATE) == OPEN_STATE
    assert order.conditions[0].time == "20261123 10:00:00"
    assert state.initMarginChange == "1.7976931348623157E308"
    assert order.adjustedStopPrice == ib_insync.util.UNSET_DOUBLE


def test_open_order_in_the_official_client() -> None:
    values = CONTRACT | ORDER | OPEN_ONLY | OPEN_STATE | LISTS
    assert left_over(OPEN_ORDER, values, "processOpenOrder") == []
    _, (order_id, contract, order, state) = official(OPEN_ORDER, values)
    assert order_id == 7
    assert attributes(contract, CONTRACT) == CONTRACT
    assert attributes(order, ORDER | OPEN_ONLY) == ORDER | OPEN_ONLY
    assert attributes(state, OPEN_STATE) == OPEN_STATE


@pytest.mark.parametrize("version", [157, 169, 170, 176])
def test_completed_order(version: int, caplog: pytest.LogCaptureFixture) -> None:
    values = CONTRACT | ORDER | LISTS | COMPLETED_STATE | {"status": "Filled", "filledQuantity": Decimal(100)}
    name, (contract, order, state) = insync(COMPLETED_ORDER, values, version, caplog)
    assert name == "completedOrder"
    assert attributes(contract, CONTRACT) == CONTRACT
    assert attributes(order, ORDER) == ORDER
    assert order.filledQuantity == 100
    assert attributes(state, COMPLETED_STATE) == COMPLETED_STATE


def test_completed_order_in_the_official_client() -> None:
    values = CONTRACT | ORDER | LISTS | COMPLETED_STATE | {"status": "Filled", "filledQuantity": Decimal(100)}
    assert left_over(COMPLETED_ORDER, values, "processCompletedOrderMsg") == []
    _, (_, order, state) = official(COMPLETED_ORDER, values)
    assert attributes(order, ORDER) == ORDER
    assert attributes(state, COMPLETED_STATE) == COMPLETED_STATE


EXECUTION = {
    "orderId": 7,
    "execId": "0000e0d5.69dd7411.01.01",
    "acctNumber": "DU1",
    "side": "BOT",
    "shares": 100.0,
    "price": 187.25,
    "permId": 5,
    "clientId": 3,
    "cumQty": 100.0,
    "avgPrice": 187.25,
    "orderRef": "ref",
    "lastLiquidity": 2,
}


@of_ib_insync
@pytest.mark.parametrize("version", [157, 176])
def test_execution(version: int, caplog: pytest.LogCaptureFixture) -> None:
    values = CONTRACT | EXECUTION | {"reqId": -1, "time": "20261123 10:00:00 US/Eastern", "execExchange": "SMART"}
    _, (request, contract, execution) = insync(responses.EXEC_DETAILS, values, version, caplog)
    assert request == -1
    assert attributes(contract, CONTRACT) == CONTRACT
    assert attributes(execution, EXECUTION) == EXECUTION
    assert execution.time.isoformat() == "2026-11-23T15:00:00+00:00"
    assert left_over(responses.EXEC_DETAILS, values, "processExecutionDataMsg") == []


DETAILS = {
    "marketName": "NMS",
    "orderTypes": "LMT,MKT",
    "validExchanges": "SMART,NASDAQ",
    "underConId": 4,
    "longName": "APPLE INC",
    "contractMonth": "202612",
    "industry": "Technology",
    "category": "Computers",
    "subcategory": "Phones",
    "timeZoneId": "US/Eastern",
    "tradingHours": "20261123:0400-20261123:2000",
    "liquidHours": "20261123:0930-20261123:1600",
    "marketRuleIds": "26,26",
    "stockType": "COMMON",
}


@pytest.mark.parametrize("version", [157, 163, 164, 176])
def test_contract_details(version: int, caplog: pytest.LogCaptureFixture) -> None:
    name, (request, details) = insync(CONTRACT_DETAILS, detailed(), version, caplog)
    assert (name, request) == ("contractDetails", 42)
    assert attributes(details, DETAILS) == DETAILS
    assert details.minTick == 0.01
    assert details.contract.primaryExchange == "NASDAQ"
    assert details.secIdList[0].value == "US0378331005"


def test_contract_details_in_the_official_client() -> None:
    assert left_over(CONTRACT_DETAILS, detailed(), "processContractDataMsg") == []
    _, (_, details) = official(CONTRACT_DETAILS, detailed())
    assert attributes(details, DETAILS) == DETAILS


def detailed() -> Values:
    sizes = dict.fromkeys(("minSize", "sizeIncrement", "suggestedSizeIncrement"), Decimal(1))
    return (
        {"reqId": 42, "minTick": Decimal("0.01"), "secIdList": [{"tag": "ISIN", "value": "US0378331005"}]}
        | CONTRACT
        | {"primaryExchange": "NASDAQ"}
        | DETAILS
        | sizes
    )


@pytest.mark.parametrize(
    ("layout", "values", "insync_arguments"),
    [
        (responses.CURRENT_TIME, {"time": 1795000000}, (1795000000,)),
        (responses.TICK_SIZE, {"reqId": 42, "tickType": 0, "size": 300.0}, (42, 0, 300.0)),
        (responses.TICK_STRING, {"reqId": 42, "tickType": 45, "value": "1795000000"}, (42, 45, "1795000000")),
        (responses.TICK_GENERIC, {"reqId": 42, "tickType": 49, "value": 0.0}, (42, 49, 0.0)),
        (responses.MARKET_DATA_TYPE, {"reqId": 42, "marketDataType": 1}, (42, 1)),
        (
            responses.TICK_REQ_PARAMS,
            {"reqId": 42, "minTick": Decimal("0.01"), "bboExchange": "9c0001", "snapshotPermissions": 3},
            (42, 0.01, "9c0001", 3),
        ),
        (
            ORDER_STATUS,
            {
                "orderId": 7,
                "status": "Filled",
                "filled": Decimal(100),
                "remaining": Decimal(0),
                "avgFillPrice": 187.25,
                "permId": 5,
                "parentId": 6,
                "lastFillPrice": 187.5,
                "clientId": 3,
            },
            (7, "Filled", 100.0, 0.0, 187.25, 5, 6, 187.5, 3, "", 0.0),
        ),
        (ORDER_BOUND, {"permId": 5, "apiClientId": 0, "apiOrderId": -1}, (5, 0, -1)),
        (
            responses.ACCOUNT_VALUE,
            {"key": "NetLiquidation", "value": "1.00", "currency": "USD", "account": "DU1"},
            ("NetLiquidation", "1.00", "USD", "DU1"),
        ),
        (
            responses.PNL_SINGLE,
            {"reqId": 42, "pos": Decimal(5), "dailyPnL": 1.5, "unrealizedPnL": None, "realizedPnL": 0.0, "value": 9.5},
            (42, 5.0, 1.5, 1.7976931348623157e308, 0.0, 9.5),
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Layout) else "",
)
def test_plain_messages(
    layout: Layout, values: Values, insync_arguments: tuple[Any, ...], caplog: pytest.LogCaptureFixture
) -> None:
    assert insync(layout, values, 176, caplog)[1] == insync_arguments
    name, arguments = official(layout, values)
    assert (
        tuple(type(ours)(theirs) for ours, theirs in zip(insync_arguments, arguments, strict=True)) == insync_arguments
    )
    assert name.lower().replace("status", "") == layout.name.lower().replace("status", "")


@pytest.mark.parametrize("version", [157, 176])
def test_lists(version: int, caplog: pytest.LogCaptureFixture) -> None:
    bar = {"date": "1795000000", "open": 1.0, "high": 3.0, "low": 0.5, "close": 2.0, "average": 1.5, "barCount": 7}
    history = {"reqId": 42, "start": "a", "end": "b", "bars": [bar | {"volume": 900.0}]}
    samples = {
        "reqId": 42,
        "samples": [
            {
                "conId": 1,
                "symbol": "AAPL",
                "secType": "STK",
                "primaryExchange": "NASDAQ",
                "currency": "USD",
                "derivativeSecTypes": [{"secType": "OPT"}],
                "description": "APPLE INC",
            }
        ],
    }
    rule = {"marketRuleId": 26, "priceIncrements": [{"lowEdge": 0.0, "increment": Decimal("0.01")}]}
    assert insync(SYMBOL_SAMPLES, samples, version, caplog)[1][1][0].contract.symbol == "AAPL"
    assert insync(MARKET_RULE, rule, version, caplog)[1][1][0].increment == 0.01
    calls = Calls()
    InsyncDecoder(calls, version).interpret(split(encode(responses.HISTORICAL_DATA, history, version)))
    assert [name for name, _ in calls.calls] == ["historicalData", "historicalDataEnd"]
    read = calls.calls[0][1][1]
    assert (read.open, read.high, read.low, read.close, read.volume, read.average, read.barCount) == (
        1.0,
        3.0,
        0.5,
        2.0,
        900.0,
        1.5,
        7,
    )


def test_growing_bar_has_its_own_order(caplog: pytest.LogCaptureFixture) -> None:
    values = {
        "reqId": 42,
        "barCount": 7,
        "date": "20261123 10:00:00 US/Eastern",
        "open": 1.0,
        "close": 2.0,
        "high": 3.0,
        "low": 0.5,
        "average": 1.5,
        "volume": 900.0,
    }
    _, (_, bar) = insync(responses.HISTORICAL_DATA_UPDATE, values, 176, caplog)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.barCount) == (1.0, 3.0, 0.5, 2.0, 900.0, 7)
    _, (_, official_bar) = official(responses.HISTORICAL_DATA_UPDATE, values)
    assert (official_bar.open, official_bar.close, official_bar.volume) == (1.0, 2.0, 900)
