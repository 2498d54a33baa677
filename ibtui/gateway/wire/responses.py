"""Field tables of what the gateway sends, by message id; names and numbers are those of IB's client library.

The official client reads many of these by signature: one field too few and the message is dropped, one empty number
and its reader dies. So a number here has a value or a text for unset, never nothing.
"""

from __future__ import annotations

from ibtui.gateway.wire import contracts, market, orders, research, settings
from ibtui.gateway.wire.contracts import CONTRACT_HELD, CONTRACT_PRIMARY
from ibtui.gateway.wire.fields import Fixed, decimal, each, flag, integer, layouts, message, number, size, text
from ibtui.gateway.wire.values import DOUBLE_MAX, INTEGER_MAX

REQ_ID = integer("reqId")
V1 = Fixed("1")
V6 = Fixed("6")

MANAGED_ACCOUNTS = message(15, "managedAccounts", V1, text("accountsList"))
NEXT_VALID_ID = message(9, "nextValidId", V1, integer("orderId"))
CURRENT_TIME = message(49, "currentTime", V1, integer("time"))
ERROR = message(
    4,
    "error",
    Fixed("2"),
    REQ_ID,
    integer("errorCode"),
    text("errorString"),
    text("advancedOrderRejectJson", "", since=166),
)
USER_INFO = message(107, "userInfo", REQ_ID, text("whiteBrandingId"))

TICK_PRICE = message(
    1, "tickPrice", V6, REQ_ID, integer("tickType"), number("price"), size("size"), integer("attribMask")
)
TICK_SIZE = message(2, "tickSize", V6, REQ_ID, integer("tickType"), size("size"))
TICK_GENERIC = message(45, "tickGeneric", V6, REQ_ID, integer("tickType"), number("value"))
TICK_STRING = message(46, "tickString", V6, REQ_ID, integer("tickType"), text("value"))
TICK_SNAPSHOT_END = message(57, "tickSnapshotEnd", V1, REQ_ID)
MARKET_DATA_TYPE = message(58, "marketDataType", V1, REQ_ID, integer("marketDataType"))
TICK_REQ_PARAMS = message(
    81, "tickReqParams", REQ_ID, decimal("minTick"), text("bboExchange"), integer("snapshotPermissions")
)
MKT_DEPTH_EXCHANGES = message(
    80,
    "mktDepthExchanges",
    each(
        "exchanges",
        text("exchange"),
        text("secType"),
        text("listingExch"),
        text("serviceDataType"),
        integer("aggGroup", unset=INTEGER_MAX),
    ),
)

HISTORICAL_DATA = message(
    17,
    "historicalData",
    REQ_ID,
    text("start"),
    text("end"),
    each(
        "bars",
        text("date"),
        number("open"),
        number("high"),
        number("low"),
        number("close"),
        size("volume"),
        number("average"),
        integer("barCount"),
    ),
)
HISTORICAL_DATA_UPDATE = message(
    90,
    "historicalDataUpdate",
    REQ_ID,
    integer("barCount"),
    text("date"),
    number("open"),
    number("close"),
    number("high"),
    number("low"),
    number("average"),
    size("volume"),
)

SEC_DEF_OPT_PARAMS_END = message(76, "securityDefinitionOptionParameterEnd", REQ_ID)
NEWS_PROVIDERS = message(85, "newsProviders", each("providers", text("code"), text("name")))

EXEC_DETAILS = message(
    11,
    "execDetails",
    REQ_ID,
    integer("orderId"),
    *CONTRACT_HELD,
    text("execId"),
    text("time"),
    text("acctNumber"),
    text("execExchange"),
    text("side"),
    decimal("shares"),
    number("price"),
    integer("permId"),
    integer("clientId"),
    integer("liquidation", 0),
    decimal("cumQty"),
    number("avgPrice"),
    text("orderRef"),
    text("evRule", ""),
    text("evMultiplier", ""),
    text("modelCode", ""),
    integer("lastLiquidity"),
    flag("pendingPriceRevision", False, since=178),
)
EXEC_DETAILS_END = message(55, "execDetailsEnd", V1, REQ_ID)
COMMISSION_REPORT = message(
    59,
    "commissionReport",
    V1,
    text("execId"),
    number("commission"),
    text("currency"),
    number("realizedPNL", unset=DOUBLE_MAX),
    number("yield", None, unset=DOUBLE_MAX),
    text("yieldRedemptionDate", ""),
)

ACCOUNT_VALUE = message(
    6, "updateAccountValue", Fixed("2"), text("key"), text("value"), text("currency"), text("account")
)
PORTFOLIO = message(
    7,
    "updatePortfolio",
    Fixed("8"),
    *CONTRACT_PRIMARY,
    decimal("position"),
    number("marketPrice"),
    number("marketValue"),
    number("averageCost"),
    number("unrealizedPNL"),
    number("realizedPNL"),
    text("account"),
)
ACCOUNT_TIME = message(8, "updateAccountTime", V1, text("time"))
ACCOUNT_DOWNLOAD_END = message(54, "accountDownloadEnd", V1, text("account"))
ACCOUNT_SUMMARY = message(
    63, "accountSummary", V1, REQ_ID, text("account"), text("tag"), text("value"), text("currency")
)
ACCOUNT_SUMMARY_END = message(64, "accountSummaryEnd", V1, REQ_ID)
ACCOUNT_UPDATE_MULTI = message(
    73,
    "accountUpdateMulti",
    V1,
    REQ_ID,
    text("account"),
    text("modelCode", ""),
    text("key"),
    text("value"),
    text("currency"),
)
ACCOUNT_UPDATE_MULTI_END = message(74, "accountUpdateMultiEnd", V1, REQ_ID)
POSITION = message(61, "position", Fixed("3"), text("account"), *CONTRACT_HELD, decimal("position"), number("avgCost"))
POSITION_END = message(62, "positionEnd", V1)
POSITION_MULTI = message(
    71,
    "positionMulti",
    V1,
    REQ_ID,
    text("account"),
    *CONTRACT_HELD,
    decimal("position"),
    number("avgCost"),
    text("modelCode", ""),
)
POSITION_MULTI_END = message(72, "positionMultiEnd", V1, REQ_ID)
PNL = message(
    94,
    "pnl",
    REQ_ID,
    number("dailyPnL", unset=DOUBLE_MAX),
    number("unrealizedPnL", unset=DOUBLE_MAX),
    number("realizedPnL", unset=DOUBLE_MAX),
)
PNL_SINGLE = message(
    95,
    "pnlSingle",
    REQ_ID,
    decimal("pos"),
    number("dailyPnL", unset=DOUBLE_MAX),
    number("unrealizedPnL", unset=DOUBLE_MAX),
    number("realizedPnL", unset=DOUBLE_MAX),
    number("value", unset=DOUBLE_MAX),
)

ALL = (
    *layouts(globals()),
    *contracts.RESPONSES,
    *orders.RESPONSES,
    *market.RESPONSES,
    *research.RESPONSES,
    *settings.RESPONSES,
)
BY_ID = {layout.id: layout for layout in ALL}
