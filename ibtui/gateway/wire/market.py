"""Field tables of market data beyond the top of the book: depth, tick by tick, bars and ticks of the past, options."""

from __future__ import annotations

from ibtui.gateway.wire.contracts import CONTRACT
from ibtui.gateway.wire.fields import (
    Choice,
    Fixed,
    Item,
    Rest,
    each,
    flag,
    integer,
    layouts,
    message,
    number,
    size,
    text,
)

_REQ_ID = integer("reqId")
_V1 = Fixed("1")
_PAST: tuple[Item, ...] = (_REQ_ID, *CONTRACT, flag("includeExpired"))
"""How every request about the past begins."""

REQ_MKT_DEPTH = message(
    10, "reqMktDepth", Fixed("5"), _REQ_ID, *CONTRACT, integer("numRows"), flag("isSmartDepth"), text("mktDepthOptions")
)
CANCEL_MKT_DEPTH = message(11, "cancelMktDepth", _V1, _REQ_ID, flag("isSmartDepth"))
REQ_SMART_COMPONENTS = message(83, "reqSmartComponents", _REQ_ID, text("bboExchange"))
REQ_REAL_TIME_BARS = message(
    50,
    "reqRealTimeBars",
    Fixed("3"),
    _REQ_ID,
    *CONTRACT,
    integer("barSize"),
    text("whatToShow"),
    flag("useRTH"),
    text("realTimeBarsOptions"),
)
CANCEL_REAL_TIME_BARS = message(51, "cancelRealTimeBars", _V1, _REQ_ID)
REQ_TICK_BY_TICK_DATA = message(
    97, "reqTickByTickData", _REQ_ID, *CONTRACT, text("tickType"), integer("numberOfTicks"), flag("ignoreSize")
)
CANCEL_TICK_BY_TICK_DATA = message(98, "cancelTickByTickData", _REQ_ID)
REQ_HEAD_TIME_STAMP = message(87, "reqHeadTimeStamp", *_PAST, flag("useRTH"), text("whatToShow"), integer("formatDate"))
CANCEL_HEAD_TIME_STAMP = message(90, "cancelHeadTimeStamp", _REQ_ID)
REQ_HISTOGRAM_DATA = message(88, "reqHistogramData", *_PAST, flag("useRTH"), text("timePeriod"))
CANCEL_HISTOGRAM_DATA = message(89, "cancelHistogramData", _REQ_ID)
REQ_HISTORICAL_TICKS = message(
    96,
    "reqHistoricalTicks",
    *_PAST,
    text("startDateTime"),
    text("endDateTime"),
    integer("numberOfTicks"),
    text("whatToShow"),
    flag("useRth"),
    flag("ignoreSize"),
    text("miscOptions"),
)
CALCULATE_IMPLIED_VOLATILITY = message(
    54,
    "calculateImpliedVolatility",
    Fixed("3"),
    _REQ_ID,
    *CONTRACT,
    number("optionPrice", unset=""),
    number("underPrice", unset=""),
    Rest(),
)
CALCULATE_OPTION_PRICE = message(
    55,
    "calculateOptionPrice",
    Fixed("3"),
    _REQ_ID,
    *CONTRACT,
    number("volatility", unset=""),
    number("underPrice", unset=""),
    Rest(),
)
CANCEL_CALCULATE_IMPLIED_VOLATILITY = message(56, "cancelCalculateImpliedVolatility", _V1, _REQ_ID)
CANCEL_CALCULATE_OPTION_PRICE = message(57, "cancelCalculateOptionPrice", _V1, _REQ_ID)

REQUESTS = layouts(globals())

MKT_DEPTH = message(
    12,
    "updateMktDepth",
    _V1,
    _REQ_ID,
    integer("position"),
    integer("operation"),
    integer("side"),
    number("price"),
    size("size"),
)
MKT_DEPTH_L2 = message(
    13,
    "updateMktDepthL2",
    _V1,
    _REQ_ID,
    integer("position"),
    text("marketMaker"),
    integer("operation"),
    integer("side"),
    number("price"),
    size("size"),
    flag("isSmartDepth"),
)
SMART_COMPONENTS = message(
    82, "smartComponents", _REQ_ID, each("components", integer("bitNumber"), text("exchange"), text("exchangeLetter"))
)
REAL_TIME_BAR = message(
    50,
    "realtimeBar",
    Fixed("3"),
    _REQ_ID,
    integer("time"),
    number("open"),
    number("high"),
    number("low"),
    number("close"),
    size("volume"),
    number("wap"),
    integer("count"),
)

_TRADE: tuple[Item, ...] = (
    number("price"),
    size("size"),
    integer("mask"),
    text("exchange"),
    text("specialConditions"),
)
_QUOTES: tuple[Item, ...] = (
    number("bidPrice"),
    number("askPrice"),
    size("bidSize"),
    size("askSize"),
    integer("mask"),
)
_MIDDLE: tuple[Item, ...] = (number("midPoint"),)
_TICK: tuple[Item, ...] = (_REQ_ID, integer("tickType"), integer("time"))
_BY_TYPE = {1: _TRADE, 2: _TRADE, 3: _QUOTES, 4: _MIDDLE}
TICK_BY_TICK = message(99, "tickByTick", *_TICK, Choice("tickType", _BY_TYPE))
TICK_BY_TICK_OF = {kind: message(99, "tickByTick", *_TICK, *items) for kind, items in _BY_TYPE.items()}
"""The same message for one tick type alone: without a choice it is written several times as fast."""
HEAD_TIMESTAMP = message(88, "headTimestamp", _REQ_ID, text("headTimestamp"))
HISTOGRAM_DATA = message(89, "histogramData", _REQ_ID, each("items", number("price"), integer("count")))
HISTORICAL_TICKS = message(
    96,
    "historicalTicks",
    _REQ_ID,
    each("ticks", integer("time"), Fixed("0"), number("price"), size("size")),
    flag("done"),
)
HISTORICAL_TICKS_BID_ASK = message(
    97,
    "historicalTicksBidAsk",
    _REQ_ID,
    each(
        "ticks",
        integer("time"),
        integer("mask"),
        number("priceBid"),
        number("priceAsk"),
        size("sizeBid"),
        size("sizeAsk"),
    ),
    flag("done"),
)
HISTORICAL_TICKS_LAST = message(
    98,
    "historicalTicksLast",
    _REQ_ID,
    each(
        "ticks",
        integer("time"),
        integer("mask"),
        number("price"),
        size("size"),
        text("exchange"),
        text("specialConditions"),
    ),
    flag("done"),
)
HISTORICAL_SCHEDULE = message(
    106,
    "historicalSchedule",
    _REQ_ID,
    text("startDateTime"),
    text("endDateTime"),
    text("timeZone"),
    each("sessions", text("startDateTime"), text("endDateTime"), text("refDate")),
)
TICK_OPTION_COMPUTATION = message(
    21,
    "tickOptionComputation",
    _REQ_ID,
    integer("tickType"),
    integer("tickAttrib", 1),
    number("impliedVol", None, unset="-1"),
    number("delta", None, unset="-2"),
    number("optPrice", None, unset="-1"),
    number("pvDividend", None, unset="-1"),
    number("gamma", None, unset="-2"),
    number("vega", None, unset="-2"),
    number("theta", None, unset="-2"),
    number("undPrice", None, unset="-1"),
)

RESPONSES = layouts(globals())[len(REQUESTS) :]
