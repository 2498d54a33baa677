"""Market data, news, scanners and settings: the real clients read every message whole, each value in its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ibapi.decoder import Decoder as OfficialDecoder

from ibtui.gateway.wire import market, research, settings
from ibtui.gateway.wire.codec import Values, encode
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import split
from tests.gateway.clients.decoding import Calls, Fields, insync, left_over
from tests.insync import InsyncDecoder, ib_insync, of_ib_insync

TIME = 1795000000
MOMENT = datetime.fromtimestamp(TIME, UTC)
CONTRACT = {
    "conId": 265598,
    "symbol": "AAPL",
    "secType": "OPT",
    "lastTradeDateOrContractMonth": "20261218",
    "strike": 187.5,
    "right": "C",
    "exchange": "SMART",
    "currency": "USD",
    "localSymbol": "AAPL  261218C00187500",
    "tradingClass": "AAPL",
}


def official(layout: Layout, values: Values) -> list[tuple[str, tuple[Any, ...]]]:
    """The callbacks that a message makes in the official client."""
    calls, fields = Calls(), Fields(split(encode(layout, values, 157)))
    OfficialDecoder(calls, 157).interpret([field.encode() for field in fields])
    return calls.calls


def flat(value: Any) -> Any:
    """A client's object as the values it holds."""
    if isinstance(value, (list, tuple)):
        return [flat(item) for item in value]
    if hasattr(value, "__dict__") and type(value).__module__.startswith((ib_insync.__name__, "ibapi")):
        return [flat(item) for item in vars(value).values()]
    return value


PLAIN: list[tuple[Layout, Values, tuple[Any, ...]]] = [
    (
        market.MKT_DEPTH,
        {"reqId": 42, "position": 3, "operation": 1, "side": 1, "price": 187.25, "size": 300.0},
        (42, 3, 1, 1, 187.25, 300.0),
    ),
    (
        market.MKT_DEPTH_L2,
        {
            "reqId": 42,
            "position": 3,
            "marketMaker": "ARCA",
            "operation": 0,
            "side": 0,
            "price": 187.25,
            "size": 300.0,
            "isSmartDepth": True,
        },
        (42, 3, "ARCA", 0, 0, 187.25, 300.0, True),
    ),
    (
        market.REAL_TIME_BAR,
        {
            "reqId": 42,
            "time": TIME,
            "open": 1.5,
            "high": 3.0,
            "low": 1.0,
            "close": 2.0,
            "volume": 900.0,
            "wap": 1.75,
            "count": 7,
        },
        (42, TIME, 1.5, 3.0, 1.0, 2.0, 900.0, 1.75, 7),
    ),
    (
        market.HEAD_TIMESTAMP,
        {"reqId": 42, "headTimestamp": "19801212-14:30:00"},
        (42, "19801212-14:30:00"),
    ),
    (
        market.TICK_OPTION_COMPUTATION,
        {
            "reqId": 42,
            "tickType": 13,
            "impliedVol": 0.25,
            "delta": 0.5,
            "optPrice": 3.5,
            "pvDividend": 0.125,
            "gamma": 0.01,
            "vega": 0.2,
            "theta": -0.05,
            "undPrice": 187.5,
        },
        (42, 13, 1, 0.25, 0.5, 3.5, 0.125, 0.01, 0.2, -0.05, 187.5),
    ),
    (
        research.NEWS_BULLETIN,
        {"msgId": 5, "msgType": 2, "message": "NASDAQ halted", "origExchange": "NASDAQ"},
        (5, 2, "NASDAQ halted", "NASDAQ"),
    ),
    (
        research.NEWS_ARTICLE,
        {"reqId": 42, "articleType": 0, "articleText": "text"},
        (42, 0, "text"),
    ),
    (
        research.TICK_NEWS,
        {
            "reqId": 42,
            "timeStamp": TIME * 1000,
            "providerCode": "BRFG",
            "articleId": "BRFG$1",
            "headline": "Up",
            "extraData": "K:1",
        },
        (42, TIME * 1000, "BRFG", "BRFG$1", "Up", "K:1"),
    ),
    (
        research.HISTORICAL_NEWS,
        {
            "reqId": 42,
            "time": "2026-11-20 14:00:00.0",
            "providerCode": "BRFG",
            "articleId": "BRFG$1",
            "headline": "Up",
        },
        (42, "2026-11-20 14:00:00.0", "BRFG", "BRFG$1", "Up"),
    ),
    (research.HISTORICAL_NEWS_END, {"reqId": 42, "hasMore": True}, (42, True)),
    (research.SCANNER_PARAMETERS, {"xml": "<a/>"}, ("<a/>",)),
    (settings.DISPLAY_GROUP_LIST, {"reqId": 42, "groups": "1|2"}, (42, "1|2")),
    (settings.DISPLAY_GROUP_UPDATED, {"reqId": 42, "contractInfo": "265598@SMART"}, (42, "265598@SMART")),
]


@pytest.mark.parametrize("version", [157, 176])
@pytest.mark.parametrize(("layout", "values", "arguments"), PLAIN, ids=lambda value: getattr(value, "name", ""))
def test_plain_messages(
    layout: Layout, values: Values, arguments: tuple[Any, ...], version: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert insync(layout, values, version, caplog) == (layout.name, arguments)
    ((name, read),) = official(layout, values)
    assert (name, read) == (layout.name, arguments)
    assert not caplog.records


@of_ib_insync
@pytest.mark.parametrize("version", [157, 176])
@pytest.mark.parametrize(
    ("layout", "values", "items"),
    [
        (
            market.HISTORICAL_TICKS,
            {"ticks": [{"time": TIME, "price": 187.25, "size": 0.0}, {"time": TIME, "price": 187.5, "size": 0.0}]},
            [[MOMENT, 187.25, 0.0], [MOMENT, 187.5, 0.0]],
        ),
        (
            market.HISTORICAL_TICKS_BID_ASK,
            {
                "ticks": [
                    {
                        "time": TIME,
                        "mask": 2,
                        "priceBid": 187.25,
                        "priceAsk": 187.5,
                        "sizeBid": 300.0,
                        "sizeAsk": 400.0,
                    }
                ]
            },
            [[MOMENT, [True, False], 187.25, 187.5, 300.0, 400.0]],
        ),
        (
            market.HISTORICAL_TICKS_LAST,
            {
                "ticks": [
                    {
                        "time": TIME,
                        "mask": 1,
                        "price": 187.25,
                        "size": 300.0,
                        "exchange": "ARCA",
                        "specialConditions": "T",
                    }
                ]
            },
            [[MOMENT, [True, False], 187.25, 300.0, "ARCA", "T"]],
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_historical_ticks(
    layout: Layout, values: Values, items: list[Any], version: int, caplog: pytest.LogCaptureFixture
) -> None:
    message = {"reqId": 42, "done": True, **values}
    name, (number, ticks, done) = insync(layout, message, version, caplog)
    assert (name, number, done) == (layout.name, 42, True)
    assert [flat(tick) for tick in ticks] == items
    ((_, (number, ticks, done)),) = official(layout, message)
    assert (number, len(ticks), done) == (42, len(items), True)
    method = {96: "processHistoricalTicks", 97: "processHistoricalTicksBidAsk", 98: "processHistoricalTicksLast"}
    assert left_over(layout, message, method[layout.id]) == []


LAST = {"price": 187.25, "size": 300.0, "mask": 2, "exchange": "ARCA", "specialConditions": "T"}
QUOTES = {"bidPrice": 187.25, "askPrice": 187.5, "bidSize": 300.0, "askSize": 400.0, "mask": 1}


@pytest.mark.parametrize("version", [157, 176])
@pytest.mark.parametrize(
    ("kind", "values", "name", "arguments"),
    [
        (1, LAST, "tickByTickAllLast", [42, 1, TIME, 187.25, 300.0, [False, True], "ARCA", "T"]),
        (2, LAST, "tickByTickAllLast", [42, 2, TIME, 187.25, 300.0, [False, True], "ARCA", "T"]),
        (3, QUOTES, "tickByTickBidAsk", [42, TIME, 187.25, 187.5, 300.0, 400.0, [True, False]]),
        (4, {"midPoint": 187.375}, "tickByTickMidPoint", [42, TIME, 187.375]),
    ],
)
def test_tick_by_tick(
    kind: int, values: Values, name: str, arguments: list[Any], version: int, caplog: pytest.LogCaptureFixture
) -> None:
    message = {"reqId": 42, "tickType": kind, "time": TIME, **values}
    called, read = insync(market.TICK_BY_TICK, message, version, caplog)
    assert (called, [flat(value) for value in read]) == (name, arguments)
    ((called, read),) = official(market.TICK_BY_TICK, message)
    assert (called, [flat(value) for value in read]) == (name, arguments)
    assert left_over(market.TICK_BY_TICK, message, "processTickByTickMsg") == []


def test_scanner_rows(caplog: pytest.LogCaptureFixture) -> None:
    row = {**CONTRACT, "rank": 0, "marketName": "NMS", "distance": "d", "benchmark": "b", "projection": "p"}
    message = {"reqId": 42, "rows": [row, row | {"rank": 1}]}
    calls = Calls()
    InsyncDecoder(calls, 176).interpret(split(encode(research.SCANNER_DATA, message, 176)))
    assert [name for name, _ in calls.calls] == ["scannerData", "scannerData", "scannerDataEnd"]
    assert not caplog.records
    _, rank, details, *texts = calls.calls[1][1]
    assert (rank, texts) == (1, ["d", "b", "p", ""])
    assert {name: getattr(details.contract, name) for name in CONTRACT} == CONTRACT
    read = official(research.SCANNER_DATA, message)
    assert [name for name, _ in read] == ["scannerData", "scannerData", "scannerDataEnd"]
    assert {name: getattr(read[0][1][2].contract, name) for name in CONTRACT} == CONTRACT
    assert left_over(research.SCANNER_DATA, message, "processScannerDataMsg") == []


@of_ib_insync
@pytest.mark.parametrize(
    ("layout", "values", "items", "method"),
    [
        (
            market.HISTOGRAM_DATA,
            {"reqId": 42, "items": [{"price": 187.25, "count": 300}, {"price": 187.5, "count": 7}]},
            [[187.25, 300], [187.5, 7]],
            "processHistogramData",
        ),
        (
            market.SMART_COMPONENTS,
            {"reqId": 42, "components": [{"bitNumber": 3, "exchange": "ARCA", "exchangeLetter": "P"}]},
            [[3, "ARCA", "P"]],
            "processSmartComponents",
        ),
        (
            settings.SOFT_DOLLAR_TIERS,
            {"reqId": 42, "tiers": [{"name": "n", "val": "v", "displayName": "d"}]},
            [["n", "v", "d"]],
            "processSoftDollarTiersMsg",
        ),
        (
            settings.FAMILY_CODES,
            {"familyCodes": [{"accountID": "DU1", "familyCodeStr": "F1"}]},
            [["DU1", "F1"]],
            "processFamilyCodesMsg",
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_lists(layout: Layout, values: Values, items: list[Any], method: str, caplog: pytest.LogCaptureFixture) -> None:
    assert [flat(item) for item in insync(layout, values, 176, caplog)[1][-1]] == items
    ((_, read),) = official(layout, values)
    assert [flat(item) for item in read[-1]] == items
    assert left_over(layout, values, method) == []


def test_schedule(caplog: pytest.LogCaptureFixture) -> None:
    session = {"startDateTime": "20261123-09:30:00", "endDateTime": "20261123-16:00:00", "refDate": "20261123"}
    message = {"reqId": 42, "startDateTime": "a", "endDateTime": "b", "timeZone": "US/Eastern", "sessions": [session]}
    _, (number, start, end, zone, sessions) = insync(market.HISTORICAL_SCHEDULE, message, 176, caplog)
    assert (number, start, end, zone) == (42, "a", "b", "US/Eastern")
    assert flat(sessions) == [list(session.values())]


def test_what_is_not_computed_is_none(caplog: pytest.LogCaptureFixture) -> None:
    message = {"reqId": 42, "tickType": 10}
    _, read = insync(market.TICK_OPTION_COMPUTATION, message, 176, caplog)
    assert read[3:] == (-1.0, -2.0, -1.0, -1.0, -2.0, -2.0, -2.0, -1.0)
    ((_, values),) = official(market.TICK_OPTION_COMPUTATION, message)
    assert values[3:] == (None,) * 8
