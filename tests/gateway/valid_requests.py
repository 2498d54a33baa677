"""Random requests that a client could send: every message of the wire tables, with fields that make sense."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ibtui.gateway.wire import market, requests, research, settings
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Each, Field, Item, SinceVersion, When
from ibtui.gateway.wire.orders import PLACE_ORDER
from ibtui.gateway.wire.values import FieldKind
from tests.gateway.raw import AAPL, blank_order

Strategy = st.SearchStrategy[Any]

LAYOUTS = {layout.name: layout for layout in requests.BY_ID.values() if layout is not requests.START_API}
Request = tuple[str, Values]
"""A message by its name, and its values; short to print when it fails."""

CONTRACTS: list[Values] = [
    AAPL | contract
    for contract in (
        {},
        {"conId": 0, "symbol": "MSFT"},
        {"conId": 0, "symbol": "SPY"},
        {"conId": 0, "symbol": "ES", "secType": "FUT", "exchange": "CME"},
        {"conId": 0, "symbol": "ES", "secType": "CONTFUT", "exchange": "CME"},
        {"conId": 0, "symbol": "EUR", "secType": "CASH", "exchange": "IDEALPRO"},
        {"conId": 0, "symbol": "SPX", "secType": "IND", "exchange": "CBOE"},
        {"conId": 0, "symbol": "BTC", "secType": "CRYPTO", "exchange": "PAXOS"},
        {"conId": 0, "symbol": "SPY", "secType": "OPT", "right": "C", "strike": 670.0},
        {"conId": 0, "symbol": "BRFG:BRFG_ALL", "secType": "NEWS", "exchange": "BRFG"},
        {"conId": 0, "symbol": "NOSUCH"},
        {"conId": 0, "symbol": ""},
        {"conId": 999, "exchange": ""},
        {"conId": 0, "secType": "BAG", "symbol": "SPY"},
    )
]
_TIMES = ["", "20261123 09:45:00", "20261123-14:00:00", "20261120 15:59:00 US/Eastern", "20200101 00:00:00 UTC", "noon"]
_PRICE = st.sampled_from([None, 1.0, 186.5, 187.25, 400.0, 0.01])

FIELDS: dict[str, Strategy] = {
    "barSizeSetting": st.sampled_from(
        ["1 secs", "5 secs", "1 min", "5 mins", "1 hour", "1 day", "1 week", "7 mins", ""]
    ),
    "durationStr": st.sampled_from(["60 S", "900 S", "7200 S", "1 D", "2 D", "1 X", ""]),
    "whatToShow": st.sampled_from(
        [
            "TRADES",
            "MIDPOINT",
            "BID",
            "ASK",
            "BID_ASK",
            "ADJUSTED_LAST",
            "HISTORICAL_VOLATILITY",
            "SCHEDULE",
            "NOISE",
            "",
        ]
    ),
    "endDateTime": st.sampled_from(_TIMES),
    "startDateTime": st.sampled_from(_TIMES),
    "formatDate": st.sampled_from([1, 2, 0]),
    "numberOfTicks": st.sampled_from([0, 1, 10, 300, 5000, -1]),
    "numRows": st.sampled_from([0, 1, 5, 10, 50, -3]),
    "tickType": st.sampled_from(["Last", "AllLast", "BidAsk", "MidPoint", "Noise", ""]),
    "timePeriod": st.sampled_from(["3 days", "1 week", "60 seconds", "0 days", "soon"]),
    "genericTickList": st.sampled_from(
        [
            "",
            "233",
            "100,101,104,106,165,225,233,236,293,294,295,318,375,411,456,588",
            "mdoff,292",
            "292:BRFG",
            "258",
            "x",
        ]
    ),
    "providerCodes": st.sampled_from(["BRFG", "BRFG+DJNL", "", "NOSUCH"]),
    "providerCode": st.sampled_from(["BRFG", ""]),
    "articleId": st.sampled_from(["BRFG$1", "BRFG$x0", ""]),
    "totalResults": st.sampled_from([10, 0, 500]),
    "scanCode": st.sampled_from(["TOP_PERC_GAIN", "MOST_ACTIVE", "HOT_BY_VOLUME", "NOSUCH", ""]),
    "locationCode": st.sampled_from(["STK.US.MAJOR", "STK.EU", "FUT.US", "MOON"]),
    "instrument": st.sampled_from(["STK", "STOCK.EU", "FUT.US", "X"]),
    "scannerSubscriptionFilterOptions": st.sampled_from(["", "priceAbove=5;changePercAbove=0;", "priceAbove=nan;"]),
    "stockTypeFilter": st.sampled_from(["", "ALL", "ETF", "STOCK"]),
    "acctCode": st.sampled_from(["", "DU1234567", "DU9"]),
    "account": st.sampled_from(["", "DU1234567", "DU9"]),
    "groupName": st.sampled_from(["All", "DU1234567", "", "Friends"]),
    "tags": st.sampled_from(["NetLiquidation,BuyingPower", "$LEDGER:ALL", "$LEDGER", "", "Nothing"]),
    "conId": st.sampled_from([265598, 272093, 0, -1, 999]),
    "underlyingConId": st.sampled_from([265598, 756733, 0]),
    "underlyingSymbol": st.sampled_from(["AAPL", "SPY", "ES", ""]),
    "underlyingSecType": st.sampled_from(["STK", "FUT", "IND", ""]),
    "pattern": st.sampled_from(["AAP", "apple", "E", "", "zzz"]),
    "marketRuleId": st.sampled_from([26, 67, 239, 1, 99999]),
    "bboExchange": st.sampled_from(["9c0001", "a60001", ""]),
    "groupId": st.integers(0, 9),
    "contractInfo": st.sampled_from(["265598@SMART", "none", "x"]),
    "faDataType": st.integers(0, 4),
    "marketDataType": st.integers(0, 5),
    "clientId": st.integers(0, 3),
    "secType": st.sampled_from(["", "STK", "FUT"]),
    "side": st.sampled_from(["", "BUY", "SELL"]),
    "time": st.sampled_from(_TIMES),
    "optionPrice": st.sampled_from([None, 0.5, 12.0, 0.0]),
    "volatility": st.sampled_from([None, 0.25, 0.0, 3.0]),
    "underPrice": st.sampled_from([None, 671.0, 0.0]),
}
"""What makes sense in a field of this name; others are drawn by their kind."""

BY_KIND: dict[FieldKind, Strategy] = {
    FieldKind.TEXT: st.sampled_from(["", "x", "A b", "0"]),
    FieldKind.INTEGER: st.sampled_from([0, 1, -1, 2, 100, 2**31 - 2]),
    FieldKind.FLAG: st.booleans(),
    FieldKind.NUMBER: st.sampled_from([0.0, 1.0, 187.25, -5.0, 1e9]),
    FieldKind.DECIMAL: st.sampled_from([Decimal(0), Decimal(100), Decimal("0.5"), Decimal(-3)]),
    FieldKind.SIZE: st.sampled_from([Decimal(0), Decimal(100)]),
}

_LEG = {"ratio": 1, "exchange": "SMART", "openClose": 0, "shortSaleSlot": 0, "designatedLocation": "", "exemptCode": -1}
LEGS: list[list[Values]] = [
    [],
    [_LEG | {"conId": 756733, "action": "BUY"}, _LEG | {"conId": 265598, "action": "SELL"}],
    [_LEG | {"conId": 1, "action": "BUY"}, _LEG | {"conId": 265598, "action": "HOLD"}],
]
_MARKET = {"conId": 265598, "exchange": "SMART", "isMore": True}
CONDITIONS: list[list[Values]] = [
    [{"conjunction": "a", **condition}]
    for condition in (
        _MARKET | {"type": 1, "price": 200.0, "triggerMethod": 0},
        {"type": 3, "isMore": True, "time": "20261123 12:00:00 US/Eastern"},
        {"type": 4, "isMore": False, "percent": Decimal(10)},
        {"type": 5, "secType": "STK", "exchange": "SMART", "symbol": "AAPL"},
        _MARKET | {"type": 6, "volume": 1000},
        _MARKET | {"type": 7, "changePercent": 1.0, "conId": 0},
        {"type": 3, "isMore": True, "time": "soon"},
    )
]

ORDERS: dict[str, Strategy] = {
    "orderType": st.sampled_from(
        [
            "MKT",
            "LMT",
            "STP",
            "STP LMT",
            "TRAIL",
            "TRAIL LIMIT",
            "MIT",
            "LIT",
            "MOC",
            "LOC",
            "MTL",
            "MIDPRICE",
            "REL",
            "X",
        ]
    ),
    "action": st.sampled_from(["BUY", "SELL", "SSHORT", "HOLD", ""]),
    "totalQuantity": st.sampled_from(
        [Decimal(1), Decimal(100), Decimal(5000), Decimal(0), Decimal(-5), Decimal("0.5")]
    ),
    "lmtPrice": _PRICE.map(lambda price: None if price is None else Decimal(str(price))),
    "auxPrice": _PRICE.map(lambda price: None if price is None else Decimal(str(price))),
    "tif": st.sampled_from(["DAY", "GTC", "IOC", "FOK", "OPG", "GTD", "", "XXX"]),
    "goodTillDate": st.sampled_from(["", "20261124 10:00:00 US/Eastern", "x"]),
    "goodAfterTime": st.sampled_from(["", "20261123 11:00:00 US/Eastern"]),
    "ocaGroup": st.sampled_from(["", "", "one"]),
    "ocaType": st.integers(0, 4),
    "account": FIELDS["account"],
    "outsideRth": st.booleans(),
    "whatIf": st.sampled_from([False, False, False, True]),
    "trailingPercent": st.sampled_from([None, None, 1.0, 200.0]).map(lambda value: value and Decimal(str(value))),
    "trailStopPrice": st.sampled_from([None, None, 180.0]).map(lambda value: value and Decimal(str(value))),
    "parentId": st.sampled_from([0, 0, 0, 1, 5]),
    "minQty": st.sampled_from([None, None, 10]),
    "displaySize": st.sampled_from([None, 0, 100]),
    "allOrNone": st.booleans(),
    "hidden": st.booleans(),
    "algoStrategy": st.sampled_from(["", "", "", "Adaptive", "Twap", "Vwap", "Nope"]),
    "algoParams": st.sampled_from([[], [{"tag": "adaptivePriority", "value": "Normal"}], [{"tag": "x", "value": "y"}]]),
    "conditions": st.sampled_from([[], [], [], *CONDITIONS]),
    "conditionsIgnoreRth": st.booleans(),
    "conditionsCancelOrder": st.booleans(),
    "transmit": st.sampled_from([True, True, True, False]),
    "cashQty": st.sampled_from([None, None, 1000.0]).map(lambda value: value and Decimal(str(value))),
}
"""Fields of an order that vary; the others are as a client leaves them."""


@st.composite
def valid_requests(draw: st.DrawFn) -> Request:
    """One request; its number, or order id, is for the sender to choose."""
    layout = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))]
    contract = draw(st.sampled_from(CONTRACTS))
    if layout is PLACE_ORDER:
        chosen = {name: draw(strategy) for name, strategy in ORDERS.items()}
        legs: Values = {"comboLegs": draw(st.sampled_from(LEGS)), "orderComboLegs": [], "smartComboRoutingParams": []}
        return layout.name, blank_order() | {"strike": None} | contract | legs | chosen
    values: Values = {}
    _fill(layout.items, draw, values)
    if {"localSymbol", "tradingClass"} <= values.keys():
        values |= {"strike": None} | contract
        values["comboLegs"] = draw(st.sampled_from(LEGS))
    return layout.name, values


def _fill(items: tuple[Item, ...], draw: st.DrawFn, values: Values) -> None:
    for item in items:
        match item:
            case Field(name=name):
                values[name] = draw(_drawn(item))
            case SinceVersion(items=inner):
                _fill(inner, draw, values)
            case Each(name=name):
                values[name] = []
            case When(items=inner):
                _fill(inner, draw, values)
            case _:
                pass


def _drawn(field: Field) -> Strategy:
    strategy = FIELDS.get(field.name, BY_KIND[field.kind])
    return strategy if field.unset is None or field.name in FIELDS else st.none() | strategy


ANSWERS: dict[int, str] = {
    requests.REQ_CURRENT_TIME.id: "currentTime",
    requests.REQ_IDS.id: "nextValidId",
    requests.REQ_MANAGED_ACCTS.id: "managedAccounts",
    requests.REQ_MARKET_RULE.id: "marketRule",
    requests.REQ_MKT_DEPTH_EXCHANGES.id: "mktDepthExchanges",
    requests.REQ_NEWS_PROVIDERS.id: "newsProviders",
    requests.REQ_OPEN_ORDERS.id: "openOrderEnd",
    requests.REQ_ALL_OPEN_ORDERS.id: "openOrderEnd",
    requests.REQ_COMPLETED_ORDERS.id: "completedOrdersEnd",
    requests.REQ_POSITIONS.id: "positionEnd",
    requests.REQ_ACCOUNT_UPDATES.id: "accountDownloadEnd",
    research.REQ_SCANNER_PARAMETERS.id: "scannerParameters",
    settings.REQ_FAMILY_CODES.id: "familyCodes",
}
"""What answers a request that has no number, unless an error does."""

SILENT = frozenset(
    layout.id
    for layout in (
        requests.SET_SERVER_LOG_LEVEL,
        requests.REQ_AUTO_OPEN_ORDERS,
        requests.REQ_GLOBAL_CANCEL,
        requests.REQ_MARKET_DATA_TYPE,
        requests.EXERCISE_OPTIONS,
        research.REQ_NEWS_BULLETINS,
        market.REQ_REAL_TIME_BARS,
        market.REQ_TICK_BY_TICK_DATA,
        *(layout for layout in LAYOUTS.values() if layout.name.startswith(("cancel", "unsubscribe"))),
    )
)
"""What TWS takes without a word when all is well, or answers when the market next moves."""
