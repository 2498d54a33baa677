"""Field tables of news, scanners, fundamentals and corporate events."""

from __future__ import annotations

from ibtui.gateway.wire.fields import Each, Fixed, Layout, Rest, SinceVersion, flag, integer, layouts, number, text
from ibtui.gateway.wire.values import INTEGER_MAX

_REQ_ID = integer("reqId")
_V1 = Fixed("1")

REQ_NEWS_BULLETINS = Layout(12, "reqNewsBulletins", (_V1, flag("allMsgs")))
CANCEL_NEWS_BULLETINS = Layout(13, "cancelNewsBulletins", (_V1,))
REQ_NEWS_ARTICLE = Layout(
    84, "reqNewsArticle", (_REQ_ID, text("providerCode"), text("articleId"), text("newsArticleOptions"))
)
REQ_HISTORICAL_NEWS = Layout(
    86,
    "reqHistoricalNews",
    (
        _REQ_ID,
        integer("conId"),
        text("providerCodes"),
        text("startDateTime"),
        text("endDateTime"),
        integer("totalResults"),
        text("historicalNewsOptions"),
    ),
)
REQ_SCANNER_PARAMETERS = Layout(24, "reqScannerParameters", (_V1,))
REQ_SCANNER_SUBSCRIPTION = Layout(
    22,
    "reqScannerSubscription",
    (
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
    ),
)
CANCEL_SCANNER_SUBSCRIPTION = Layout(23, "cancelScannerSubscription", (_V1, _REQ_ID))
REQ_FUNDAMENTAL_DATA = Layout(
    52,
    "reqFundamentalData",
    (
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
    ),
)
CANCEL_FUNDAMENTAL_DATA = Layout(53, "cancelFundamentalData", (_V1, _REQ_ID))
REQ_WSH_META_DATA = Layout(100, "reqWshMetaData", (_REQ_ID,))
CANCEL_WSH_META_DATA = Layout(101, "cancelWshMetaData", (_REQ_ID,))
REQ_WSH_EVENT_DATA = Layout(
    102,
    "reqWshEventData",
    (
        _REQ_ID,
        integer("conId", unset=INTEGER_MAX),
        SinceVersion(171, (text("filter"), flag("fillWatchlist"), flag("fillPortfolio"), flag("fillCompetitors"))),
        SinceVersion(173, (text("startDate"), text("endDate"), integer("totalLimit", unset=INTEGER_MAX))),
    ),
)
CANCEL_WSH_EVENT_DATA = Layout(103, "cancelWshEventData", (_REQ_ID,))

REQUESTS = layouts(globals())

NEWS_BULLETIN = Layout(
    14, "updateNewsBulletin", (_V1, integer("msgId"), integer("msgType"), text("message"), text("origExchange"))
)
NEWS_ARTICLE = Layout(83, "newsArticle", (_REQ_ID, integer("articleType", 0), text("articleText")))
TICK_NEWS = Layout(
    84,
    "tickNews",
    (
        _REQ_ID,
        integer("timeStamp"),
        text("providerCode"),
        text("articleId"),
        text("headline"),
        text("extraData", ""),
    ),
)
HISTORICAL_NEWS = Layout(
    86,
    "historicalNews",
    (_REQ_ID, text("time"), text("providerCode"), text("articleId"), text("headline")),
)
HISTORICAL_NEWS_END = Layout(87, "historicalNewsEnd", (_REQ_ID, flag("hasMore")))
SCANNER_PARAMETERS = Layout(19, "scannerParameters", (_V1, text("xml")))
SCANNER_DATA = Layout(
    20,
    "scannerData",
    (
        Fixed("3"),
        _REQ_ID,
        Each(
            "rows",
            (
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
        ),
    ),
)

RESPONSES = layouts(globals())[len(REQUESTS) :]
