"""Field tables of orders: placeOrder, openOrder, completedOrder, orderStatus.

Defaults and the texts for what is not set are those a real TWS writes.
"""

from __future__ import annotations

from ibtui.gateway.wire.contracts import CONTRACT, CONTRACT_HELD, DELTA_NEUTRAL
from ibtui.gateway.wire.fields import (
    Choice,
    Each,
    Fixed,
    Item,
    Layout,
    SinceVersion,
    When,
    decimal,
    flag,
    given,
    integer,
    layouts,
    number,
    one_of,
    positive,
    text,
)
from ibtui.gateway.wire.values import DOUBLE_MAX, INTEGER_MAX, LONG_MAX

NO_DELTA_NEUTRAL = "None"
"""TWS's word for no delta neutral order type; the block after it is there all the same."""

_COMBO_LEG: tuple[Item, ...] = (
    integer("conId"),
    integer("ratio"),
    text("action"),
    text("exchange"),
    integer("openClose"),
    integer("shortSaleSlot"),
    text("designatedLocation"),
    integer("exemptCode"),
)
_COMBO: tuple[Item, ...] = (
    Each("comboLegs", _COMBO_LEG),
    Each("orderComboLegs", (number("price", unset=""),)),
    Each("smartComboRoutingParams", (text("tag"), text("value"))),
)
_SCALE = When(
    "scalePriceIncrement",
    positive,
    (
        number("scalePriceAdjustValue", unset=""),
        integer("scalePriceAdjustInterval", unset=""),
        number("scaleProfitOffset", unset=""),
        flag("scaleAutoReset"),
        integer("scaleInitPosition", unset=""),
        integer("scaleInitFillQty", unset=""),
        flag("scaleRandomPercent"),
    ),
)
_HEDGE: tuple[Item, ...] = (text("hedgeType", ""), When("hedgeType", given, (text("hedgeParam"),)))
_ALGO: tuple[Item, ...] = (
    text("algoStrategy", ""),
    When("algoStrategy", given, (Each("algoParams", (text("tag"), text("value"))),)),
)
_PEG_BENCH = When(
    "orderType",
    one_of("PEG BENCH", "PEGBENCH"),
    (
        integer("referenceContractId"),
        flag("isPeggedChangeAmountDecrease"),
        number("peggedChangeAmount", unset=""),
        number("referenceChangeAmount", unset=""),
        text("referenceExchangeId"),
    ),
)
_CONDITIONS: tuple[Item, ...] = (
    Each(
        "conditions",
        (
            integer("type"),
            text("conjunction"),
            Choice(
                "type",
                {
                    1: (
                        flag("isMore"),
                        number("price"),
                        integer("conId"),
                        text("exchange"),
                        integer("triggerMethod"),
                    ),
                    3: (flag("isMore"), text("time")),
                    4: (flag("isMore"), decimal("percent")),  # clients read a whole number: 10, not 10.0
                    5: (text("secType"), text("exchange"), text("symbol")),
                    6: (flag("isMore"), integer("volume"), integer("conId"), text("exchange")),
                    7: (flag("isMore"), number("changePercent"), integer("conId"), text("exchange")),
                },
            ),
        ),
    ),
    When("conditions", given, (flag("conditionsIgnoreRth"), flag("conditionsCancelOrder"))),
)
_PEG_OFFSETS: tuple[Item, ...] = (number("midOffsetAtWhole", unset=""), number("midOffsetAtHalf", unset=""))

PLACE_ORDER = Layout(
    3,
    "placeOrder",
    (
        integer("orderId"),
        *CONTRACT,
        text("secIdType"),
        text("secId"),
        text("action"),
        decimal("totalQuantity", unset=""),
        text("orderType"),
        decimal("lmtPrice", unset=""),
        decimal("auxPrice", unset=""),
        text("tif"),
        text("ocaGroup"),
        text("account"),
        text("openClose"),
        integer("origin"),
        text("orderRef"),
        flag("transmit"),
        integer("parentId"),
        flag("blockOrder"),
        flag("sweepToFill"),
        integer("displaySize", unset="0"),
        integer("triggerMethod"),
        flag("outsideRth"),
        flag("hidden"),
        When("secType", one_of("BAG"), _COMBO),
        Fixed(""),  # sharesAllocation, deprecated
        number("discretionaryAmt", unset="0"),
        text("goodAfterTime"),
        text("goodTillDate"),
        text("faGroup"),
        text("faMethod"),
        text("faPercentage"),
        text("faProfile", "", until=177),
        text("modelCode"),
        integer("shortSaleSlot"),
        text("designatedLocation"),
        integer("exemptCode"),
        integer("ocaType"),
        text("rule80A"),
        text("settlingFirm"),
        flag("allOrNone"),
        integer("minQty", unset=""),
        number("percentOffset", unset=""),
        flag("eTradeOnly"),
        flag("firmQuoteOnly"),
        number("nbboPriceCap", unset=""),
        integer("auctionStrategy"),
        number("startingPrice", unset=""),
        number("stockRefPrice", unset=""),
        number("delta", unset=""),
        number("stockRangeLower", unset=""),
        number("stockRangeUpper", unset=""),
        flag("overridePercentageConstraints"),
        number("volatility", unset=""),
        integer("volatilityType", unset=""),
        text("deltaNeutralOrderType"),
        number("deltaNeutralAuxPrice", unset=""),
        When(
            "deltaNeutralOrderType",
            given,
            (
                integer("deltaNeutralOrderConId"),
                text("deltaNeutralSettlingFirm"),
                text("deltaNeutralClearingAccount"),
                text("deltaNeutralClearingIntent"),
                text("deltaNeutralOpenClose"),
                flag("deltaNeutralShortSale"),
                integer("deltaNeutralShortSaleSlot"),
                text("deltaNeutralDesignatedLocation"),
            ),
        ),
        flag("continuousUpdate"),
        integer("referencePriceType", unset=""),
        number("trailStopPrice", unset=""),
        number("trailingPercent", unset=""),
        integer("scaleInitLevelSize", unset=""),
        integer("scaleSubsLevelSize", unset=""),
        number("scalePriceIncrement", unset=""),
        _SCALE,
        text("scaleTable"),
        text("activeStartTime"),
        text("activeStopTime"),
        *_HEDGE,
        flag("optOutSmartRouting"),
        text("clearingAccount"),
        text("clearingIntent"),
        flag("notHeld"),
        *DELTA_NEUTRAL,
        *_ALGO,
        text("algoId"),
        flag("whatIf"),
        text("orderMiscOptions"),
        flag("solicited"),
        flag("randomizeSize"),
        flag("randomizePrice"),
        _PEG_BENCH,
        *_CONDITIONS,
        text("adjustedOrderType"),
        number("triggerPrice", unset=""),
        number("lmtPriceOffset", unset=""),
        number("adjustedStopPrice", unset=""),
        number("adjustedStopLimitPrice", unset=""),
        number("adjustedTrailingAmount", unset=""),
        integer("adjustableTrailingUnit"),
        text("extOperator"),
        text("softDollarTierName"),
        text("softDollarTierValue"),
        number("cashQty", unset=""),
        text("mifid2DecisionMaker"),
        text("mifid2DecisionAlgo"),
        text("mifid2ExecutionTrader"),
        text("mifid2ExecutionAlgo"),
        flag("dontUseAutoPriceForHedge"),
        flag("isOmsContainer"),
        flag("discretionaryUpToLimitPrice"),
        flag("usePriceMgmtAlgo"),
        integer("duration", unset="", since=158),
        integer("postToAts", unset="", since=160),
        flag("autoCancelParent", since=162),
        text("advancedErrorOverride", since=166),
        text("manualOrderTime", since=169),
        SinceVersion(
            170,
            (
                When("exchange", one_of("IBKRATS"), (integer("minTradeQty", unset=""),)),
                When(
                    "orderType",
                    one_of("PEG BEST", "PEGBEST"),
                    (
                        integer("minCompeteSize", unset=""),
                        text("competeAgainstBestOffset"),
                        When("competeAgainstBestOffset", one_of("Infinity", "Infinite"), _PEG_OFFSETS),
                    ),
                ),
                When("orderType", one_of("PEG MID", "PEGMID"), _PEG_OFFSETS),
            ),
        ),
    ),
)

_PEG_TAIL: tuple[Item, ...] = (
    integer("minTradeQty", None, unset="", since=170),
    integer("minCompeteSize", None, unset="", since=170),
    text("competeAgainstBestOffset", "", since=170),
    text("midOffsetAtWhole", "", since=170),
    text("midOffsetAtHalf", "", since=170),
)

_HEAD: tuple[Item, ...] = (
    *CONTRACT_HELD,
    text("action"),
    decimal("totalQuantity"),
    text("orderType"),
    decimal("lmtPrice", unset="0.0"),
    decimal("auxPrice", unset="0.0"),
    text("tif"),
    text("ocaGroup", ""),
    text("account"),
    text("openClose", ""),
    integer("origin", 0),
    text("orderRef", ""),
)
"""Whose and what: the contract, and what the order asks for."""
_HOURS: tuple[Item, ...] = (
    flag("outsideRth", False),
    flag("hidden", False),
    number("discretionaryAmt", None, unset="0"),
    text("goodAfterTime", ""),
)
"""When and how it is displayed."""
_ALLOCATION: tuple[Item, ...] = (
    text("faGroup", ""),
    text("faMethod", ""),
    text("faPercentage", ""),
    text("faProfile", "", until=177),
    text("modelCode", ""),
    text("goodTillDate", ""),
    text("rule80A", ""),
    number("percentOffset", None, unset=""),
    text("settlingFirm", ""),
    integer("shortSaleSlot", 0),
    text("designatedLocation", ""),
    integer("exemptCode", -1),
)
"""For whom it is placed, until when it is good, and how it is settled."""
_STOCK_RANGE: tuple[Item, ...] = (
    number("startingPrice", None, unset=""),
    number("stockRefPrice", None, unset=""),
    number("delta", None, unset=""),
    number("stockRangeLower", None, unset=""),
    number("stockRangeUpper", None, unset=""),
    integer("displaySize", None, unset=INTEGER_MAX),
)
"""Prices of a stock that an option order follows, and the size that is displayed."""
_SWEEP: tuple[Item, ...] = (
    flag("sweepToFill", False),
    flag("allOrNone", False),
    integer("minQty", None, unset=""),
)
"""How it may be filled."""
_VOLATILITY: tuple[Item, ...] = (
    integer("triggerMethod", 0),
    number("volatility", None, unset=""),
    integer("volatilityType", None, unset="0"),
    text("deltaNeutralOrderType", NO_DELTA_NEUTRAL),
    number("deltaNeutralAuxPrice", None, unset=""),
)
"""What a volatility order asks for."""
_TRAIL: tuple[Item, ...] = (
    flag("continuousUpdate", False),
    integer("referencePriceType", None, unset="0"),
    number("trailStopPrice", None, unset=""),
    number("trailingPercent", None, unset=""),
)
"""What a trailing order asks for."""
_LEGS_AND_SCALE: tuple[Item, ...] = (
    text("comboLegsDescrip", ""),
    *_COMBO,
    integer("scaleInitLevelSize", None, unset=INTEGER_MAX),
    integer("scaleSubsLevelSize", None, unset=INTEGER_MAX),
    number("scalePriceIncrement", None, unset=""),
    _SCALE,
    *_HEDGE,
)
"""Legs of a combination, steps of a scale, and a hedge."""
_CLEARING: tuple[Item, ...] = (
    text("clearingAccount", ""),
    text("clearingIntent", "IB"),
    flag("notHeld", False),
    *DELTA_NEUTRAL,
    *_ALGO,
    flag("solicited", False),
)
"""Who clears it, and what trades against it."""
_CONDITIONED: tuple[Item, ...] = (
    flag("randomizeSize", False),
    flag("randomizePrice", False),
    _PEG_BENCH,
    *_CONDITIONS,
)
"""What it follows and what it waits for."""

OPEN_ORDER = Layout(
    5,
    "openOrder",
    (
        integer("orderId"),
        *_HEAD,
        integer("clientId"),
        integer("permId"),
        *_HOURS,
        text("sharesAllocation", ""),
        *_ALLOCATION,
        integer("auctionStrategy", 0),
        *_STOCK_RANGE,
        flag("blockOrder", False),
        *_SWEEP,
        integer("ocaType", 3),
        flag("eTradeOnly", False),
        flag("firmQuoteOnly", False),
        number("nbboPriceCap", None, unset=""),
        integer("parentId", 0),
        *_VOLATILITY,
        When(
            "deltaNeutralOrderType",
            given,
            (
                integer("deltaNeutralOrderConId", 0),
                text("deltaNeutralSettlingFirm", ""),
                text("deltaNeutralClearingAccount", ""),
                text("deltaNeutralClearingIntent", ""),
                text("deltaNeutralOpenClose", "?"),
                flag("deltaNeutralShortSale", False),
                integer("deltaNeutralShortSaleSlot", 0),
                text("deltaNeutralDesignatedLocation", ""),
            ),
        ),
        *_TRAIL,
        number("basisPoints", None, unset=""),
        integer("basisPointsType", None, unset=""),
        *_LEGS_AND_SCALE,
        flag("optOutSmartRouting", False),
        *_CLEARING,
        flag("whatIf", False),
        text("status"),
        number("initMarginBefore", None, unset=DOUBLE_MAX),
        number("maintMarginBefore", None, unset=DOUBLE_MAX),
        number("equityWithLoanBefore", None, unset=DOUBLE_MAX),
        number("initMarginChange", None, unset=DOUBLE_MAX),
        number("maintMarginChange", None, unset=DOUBLE_MAX),
        number("equityWithLoanChange", None, unset=DOUBLE_MAX),
        number("initMarginAfter", None, unset=DOUBLE_MAX),
        number("maintMarginAfter", None, unset=DOUBLE_MAX),
        number("equityWithLoanAfter", None, unset=DOUBLE_MAX),
        number("commission", None, unset=""),
        number("minCommission", None, unset=""),
        number("maxCommission", None, unset=""),
        text("commissionCurrency", ""),
        text("warningText", ""),
        *_CONDITIONED,
        text("adjustedOrderType", "None"),
        number("triggerPrice", None, unset=DOUBLE_MAX),
        number("trailStopPrice", None, unset=DOUBLE_MAX),  # a second time; ib_insync reads this one
        number("lmtPriceOffset", None, unset=DOUBLE_MAX),
        number("adjustedStopPrice", None, unset=DOUBLE_MAX),
        number("adjustedStopLimitPrice", None, unset=DOUBLE_MAX),
        number("adjustedTrailingAmount", None, unset=DOUBLE_MAX),
        integer("adjustableTrailingUnit", 0),
        text("softDollarTierName", ""),
        text("softDollarTierValue", ""),
        text("softDollarTierDisplayName", ""),
        number("cashQty", None, unset="0"),
        flag("dontUseAutoPriceForHedge", True),
        flag("isOmsContainer", False),
        flag("discretionaryUpToLimitPrice", False),
        flag("usePriceMgmtAlgo", False),
        integer("duration", None, unset="", since=158),
        integer("postToAts", None, unset="", since=160),
        flag("autoCancelParent", False, since=162),
        *_PEG_TAIL,
    ),
)

COMPLETED_ORDER = Layout(
    101,
    "completedOrder",
    (
        *_HEAD,
        integer("permId"),
        *_HOURS,
        *_ALLOCATION,
        *_STOCK_RANGE,
        *_SWEEP,
        integer("ocaType", 3),
        *_VOLATILITY,
        When(
            "deltaNeutralOrderType",
            given,
            (
                integer("deltaNeutralOrderConId", 0),
                flag("deltaNeutralShortSale", False),
                integer("deltaNeutralShortSaleSlot", 0),
                text("deltaNeutralDesignatedLocation", ""),
            ),
        ),
        *_TRAIL,
        *_LEGS_AND_SCALE,
        *_CLEARING,
        text("status"),
        *_CONDITIONED,
        number("trailStopPrice", None, unset=DOUBLE_MAX),
        number("lmtPriceOffset", None, unset=DOUBLE_MAX),
        number("cashQty", None, unset="0"),
        flag("dontUseAutoPriceForHedge", True),
        flag("isOmsContainer", False),
        text("autoCancelDate", ""),
        decimal("filledQuantity"),
        integer("refFuturesConId", None, unset=INTEGER_MAX),
        flag("autoCancelParent", False),
        text("shareholder", "Not an insider or substantial shareholder"),
        flag("imbalanceOnly", False),
        flag("routeMarketableToBbo", False),
        text("parentPermId", LONG_MAX),
        text("completedTime"),
        text("completedStatus"),
        *_PEG_TAIL,
    ),
)

ORDER_STATUS = Layout(
    3,
    "orderStatus",
    (
        integer("orderId"),
        text("status"),
        decimal("filled"),
        decimal("remaining"),
        number("avgFillPrice"),
        integer("permId"),
        integer("parentId"),
        number("lastFillPrice"),
        integer("clientId"),
        text("whyHeld", ""),
        number("mktCapPrice", 0.0),
    ),
)

OPEN_ORDER_END = Layout(53, "openOrderEnd", (Fixed("1"),))
COMPLETED_ORDERS_END = Layout(102, "completedOrdersEnd", ())
ORDER_BOUND = Layout(100, "orderBound", (integer("permId"), integer("apiClientId"), integer("apiOrderId")))

RESPONSES = tuple(layout for layout in layouts(globals()) if layout is not PLACE_ORDER)
