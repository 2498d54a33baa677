"""Field tables of news, scanners, fundamentals and corporate events."""

from __future__ import annotations

from ibtui.gateway.wire.fields import Fixed, Rest, each, flag, integer, layouts, message, number, since_version, text
from ibtui.gateway.wire.values import INTEGER_MAX

_REQ_ID = integer("reqId")
_V1 = Fixed("1")

REQ_NEWS_BULLETINS = message(12, "reqNewsBulletins", _V1, flag("allMsgs"))
CANCEL_NEWS_BULLETINS = message(13, "cancelNewsBulletins", _V1)
REQ_NEWS_ARTICLE = message(
    84, "reqNewsArticle", _REQ_ID, text("providerCode"), text("articleId"), text("newsArticleOptions")
)
REQ_HISTORICAL_NEWS = message(
    86,
    "reqHistoricalNews",
    _REQ_ID,
    integer("conId"),
    text("providerCodes"),
    text("startDateTime"),
    text("endDateTime"),
    integer("totalResults"),
    text("historicalNewsOptions"),
)
REQ_SCANNER_PARAMETERS = message(24, "reqScannerParameters", _V1)
REQ_SCANNER_SUBSCRIPTION = message(
    22,
    "reqScannerSubscription",
    _REQ_ID,
    integer("numberOfRows", unset="-1"),
    text("instrument"),
    text("locationCode"),
    text("scanCode"),
    number("abovePrice", unset=""),
    number("belowPrice", unset=""),
    integer("aboveVolume", unset=""),
    number("marketCapAbove", unset=""),
    number("marketCapBelow", unset=""),
    text("moodyRatingAbove"),
    text("moodyRatingBelow"),
    text("spRatingAbove"),
    text("spRatingBelow"),
    text("maturityDateAbove"),
    text("maturityDateBelow"),
    number("couponRateAbove", unset=""),
    number("couponRateBelow", unset=""),
    flag("excludeConvertible"),
    integer("averageOptionVolumeAbove", unset=""),
    text("scannerSettingPairs"),
    text("stockTypeFilter"),
    text("scannerSubscriptionFilterOptions"),
    text("scannerSubscriptionOptions"),
)
CANCEL_SCANNER_SUBSCRIPTION = message(23, "cancelScannerSubscription", _V1, _REQ_ID)
REQ_FUNDAMENTAL_DATA = message(
    52,
    "reqFundamentalData",
    Fixed("2"),
    _REQ_ID,
    integer("conId"),
    text("symbol"),
    text("secType"),
    text("exchange"),
    text("primaryExchange"),
    text("currency"),
    text("localSymbol"),
    text("reportType"),
    Rest(),
)
CANCEL_FUNDAMENTAL_DATA = message(53, "cancelFundamentalData", _V1, _REQ_ID)
REQ_WSH_META_DATA = message(100, "reqWshMetaData", _REQ_ID)
CANCEL_WSH_META_DATA = message(101, "cancelWshMetaData", _REQ_ID)
REQ_WSH_EVENT_DATA = message(
    102,
    "reqWshEventData",
    _REQ_ID,
    integer("conId", unset=INTEGER_MAX),
    since_version(171, text("filter"), flag("fillWatchlist"), flag("fillPortfolio"), flag("fillCompetitors")),
    since_version(173, text("startDate"), text("endDate"), integer("totalLimit", unset=INTEGER_MAX)),
)
CANCEL_WSH_EVENT_DATA = message(103, "cancelWshEventData", _REQ_ID)

REQUESTS = layouts(globals())

NEWS_BULLETIN = message(
    14, "updateNewsBulletin", _V1, integer("msgId"), integer("msgType"), text("message"), text("origExchange")
)
NEWS_ARTICLE = message(83, "newsArticle", _REQ_ID, integer("articleType", 0), text("articleText"))
TICK_NEWS = message(
    84,
    "tickNews",
    _REQ_ID,
    integer("timeStamp"),
    text("providerCode"),
    text("articleId"),
    text("headline"),
    text("extraData", ""),
)
HISTORICAL_NEWS = message(
    86, "historicalNews", _REQ_ID, text("time"), text("providerCode"), text("articleId"), text("headline")
)
HISTORICAL_NEWS_END = message(87, "historicalNewsEnd", _REQ_ID, flag("hasMore"))
SCANNER_PARAMETERS = message(19, "scannerParameters", _V1, text("xml"))
SCANNER_DATA = message(
    20,
    "scannerData",
    Fixed("3"),
    _REQ_ID,
    each(
        "rows",
        integer("rank"),
        integer("conId"),
        text("symbol"),
        text("secType"),
        text("lastTradeDateOrContractMonth"),
        number("strike", 0.0, unset=""),
        text("right"),
        text("exchange"),
        text("currency"),
        text("localSymbol"),
        text("marketName"),
        text("tradingClass"),
        text("distance", ""),
        text("benchmark", ""),
        text("projection", ""),
        text("legsStr", ""),
    ),
)

RESPONSES = layouts(globals())[len(REQUESTS) :]
