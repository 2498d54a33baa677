"""Field tables of what clients send, by message id; names and numbers are those of IB's client library."""

from __future__ import annotations

from ibtui.gateway.wire import market, orders, research, settings
from ibtui.gateway.wire.contracts import CONTRACT, CONTRACT_HELD, DELTA_NEUTRAL, LEGS
from ibtui.gateway.wire.fields import Fixed, flag, integer, layouts, message, text

REQ_ID = integer("reqId")
V1 = Fixed("1")
V2 = Fixed("2")

START_API = message(71, "startApi", V2, integer("clientId"), text("optionalCapabilities"))
SET_SERVER_LOG_LEVEL = message(14, "setServerLogLevel", V1, integer("level"))
REQ_CURRENT_TIME = message(49, "reqCurrentTime", V1)
REQ_IDS = message(8, "reqIds", V1, integer("numIds"))
REQ_MANAGED_ACCTS = message(17, "reqManagedAccts", V1)
REQ_USER_INFO = message(104, "reqUserInfo", REQ_ID)

REQ_MKT_DATA = message(
    1,
    "reqMktData",
    Fixed("11"),
    REQ_ID,
    *CONTRACT,
    LEGS,
    *DELTA_NEUTRAL,
    text("genericTickList"),
    flag("snapshot"),
    flag("regulatorySnapshot"),
    text("mktDataOptions"),
)
CANCEL_MKT_DATA = message(2, "cancelMktData", V2, REQ_ID)
REQ_MARKET_DATA_TYPE = message(59, "reqMarketDataType", V1, integer("marketDataType"))
REQ_MKT_DEPTH_EXCHANGES = message(82, "reqMktDepthExchanges")

REQ_HISTORICAL_DATA = message(
    20,
    "reqHistoricalData",
    REQ_ID,
    *CONTRACT,
    flag("includeExpired"),
    text("endDateTime"),
    text("barSizeSetting"),
    text("durationStr"),
    flag("useRTH"),
    text("whatToShow"),
    integer("formatDate"),
    LEGS,
    flag("keepUpToDate"),
    text("chartOptions"),
)
CANCEL_HISTORICAL_DATA = message(25, "cancelHistoricalData", V1, REQ_ID)

REQ_CONTRACT_DETAILS = message(
    9,
    "reqContractDetails",
    Fixed("8"),
    REQ_ID,
    *CONTRACT,
    flag("includeExpired"),
    text("secIdType"),
    text("secId"),
    text("issuerId", "", since=176),
)
REQ_MATCHING_SYMBOLS = message(81, "reqMatchingSymbols", REQ_ID, text("pattern"))
REQ_MARKET_RULE = message(91, "reqMarketRule", integer("marketRuleId"))
REQ_SEC_DEF_OPT_PARAMS = message(
    78,
    "reqSecDefOptParams",
    REQ_ID,
    text("underlyingSymbol"),
    text("futFopExchange"),
    text("underlyingSecType"),
    integer("underlyingConId"),
)
REQ_NEWS_PROVIDERS = message(85, "reqNewsProviders")

CANCEL_ORDER = message(4, "cancelOrder", V1, integer("orderId"), text("manualOrderCancelTime", "", since=169))
REQ_GLOBAL_CANCEL = message(58, "reqGlobalCancel", V1)
REQ_OPEN_ORDERS = message(5, "reqOpenOrders", V1)
REQ_ALL_OPEN_ORDERS = message(16, "reqAllOpenOrders", V1)
REQ_AUTO_OPEN_ORDERS = message(15, "reqAutoOpenOrders", V1, flag("autoBind"))
REQ_COMPLETED_ORDERS = message(99, "reqCompletedOrders", flag("apiOnly"))
REQ_EXECUTIONS = message(
    7,
    "reqExecutions",
    Fixed("3"),
    REQ_ID,
    integer("clientId"),
    text("acctCode"),
    text("time"),
    text("symbol"),
    text("secType"),
    text("exchange"),
    text("side"),
)

REQ_ACCOUNT_UPDATES = message(6, "reqAccountUpdates", V2, flag("subscribe"), text("acctCode"))
REQ_ACCOUNT_SUMMARY = message(62, "reqAccountSummary", V1, REQ_ID, text("groupName"), text("tags"))
CANCEL_ACCOUNT_SUMMARY = message(63, "cancelAccountSummary", V1, REQ_ID)
REQ_ACCOUNT_UPDATES_MULTI = message(
    76, "reqAccountUpdatesMulti", V1, REQ_ID, text("account"), text("modelCode"), flag("ledgerAndNLV")
)
CANCEL_ACCOUNT_UPDATES_MULTI = message(77, "cancelAccountUpdatesMulti", V1, REQ_ID)
REQ_POSITIONS = message(61, "reqPositions", V1)
CANCEL_POSITIONS = message(64, "cancelPositions", V1)
REQ_POSITIONS_MULTI = message(74, "reqPositionsMulti", V1, REQ_ID, text("account"), text("modelCode"))
CANCEL_POSITIONS_MULTI = message(75, "cancelPositionsMulti", V1, REQ_ID)
REQ_PNL = message(92, "reqPnL", REQ_ID, text("account"), text("modelCode"))
CANCEL_PNL = message(93, "cancelPnL", REQ_ID)
REQ_PNL_SINGLE = message(94, "reqPnLSingle", REQ_ID, text("account"), text("modelCode"), integer("conId"))
CANCEL_PNL_SINGLE = message(95, "cancelPnLSingle", REQ_ID)

EXERCISE_OPTIONS = message(
    21,
    "exerciseOptions",
    V2,
    REQ_ID,
    *CONTRACT_HELD,
    integer("exerciseAction"),
    integer("exerciseQuantity"),
    text("account"),
    flag("override"),
)

UNSUPPORTED = settings.VERIFICATIONS
"""Requests that exist and that this gateway refuses."""

SUPPORTED = (orders.PLACE_ORDER, *layouts(globals()), *market.REQUESTS, *research.REQUESTS, *settings.REQUESTS)

BY_ID = {layout.id: layout for layout in (*SUPPORTED, *UNSUPPORTED)}
