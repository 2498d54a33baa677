"""Field tables of contracts: the parts that requests and responses share, and contract details."""

from __future__ import annotations

from ibtui.gateway.wire.fields import (
    Fixed,
    Item,
    decimal,
    each,
    flag,
    integer,
    layouts,
    message,
    number,
    one_of,
    text,
    when,
)

_HEAD: tuple[Item, ...] = (
    integer("conId"),
    text("symbol"),
    text("secType"),
    text("lastTradeDateOrContractMonth"),
    number("strike", 0.0, unset=""),
    text("right"),
    text("multiplier"),
)
_TAIL: tuple[Item, ...] = (text("currency"), text("localSymbol"), text("tradingClass"))

CONTRACT: tuple[Item, ...] = (*_HEAD, text("exchange"), text("primaryExchange"), *_TAIL)
"""As requests describe a contract."""
CONTRACT_HELD: tuple[Item, ...] = (*_HEAD, text("exchange"), *_TAIL)
"""As responses describe it, and the two requests that leave out the primary exchange."""
CONTRACT_PRIMARY: tuple[Item, ...] = (*_HEAD, text("primaryExchange"), *_TAIL)
"""As a portfolio line describes it."""

LEGS = when(
    "secType", one_of("BAG"), each("comboLegs", integer("conId"), integer("ratio"), text("action"), text("exchange"))
)
DELTA_NEUTRAL = (
    flag("deltaNeutralContract", False),
    when(
        "deltaNeutralContract",
        bool,
        integer("deltaNeutralConId"),
        number("deltaNeutralDelta"),
        number("deltaNeutralPrice"),
    ),
)

_SIZES: tuple[Item, ...] = (
    decimal("minSize", since=164),
    decimal("sizeIncrement", since=164),
    decimal("suggestedSizeIncrement", since=164),
)

CONTRACT_DETAILS = message(
    10,
    "contractDetails",
    Fixed("8", until=164),
    integer("reqId"),
    text("symbol"),
    text("secType"),
    text("lastTradeDateOrContractMonth"),
    number("strike", 0.0),
    text("right", ""),
    text("exchange"),
    text("currency"),
    text("localSymbol"),
    text("marketName"),
    text("tradingClass"),
    integer("conId"),
    decimal("minTick"),
    integer("mdSizeMultiplier", 1, until=164),
    text("multiplier"),
    text("orderTypes"),
    text("validExchanges"),
    integer("priceMagnifier", 1),
    integer("underConId", 0),
    text("longName"),
    text("primaryExchange"),
    text("contractMonth"),
    text("industry"),
    text("category"),
    text("subcategory"),
    text("timeZoneId"),
    text("tradingHours"),
    text("liquidHours"),
    text("evRule", ""),
    text("evMultiplier", ""),
    each("secIdList", text("tag"), text("value")),
    integer("aggGroup", 1),
    text("underSymbol", ""),
    text("underSecType", ""),
    text("marketRuleIds"),
    text("realExpirationDate", ""),
    text("stockType", ""),
    decimal("sizeMinTick", 1, since=163, until=164),
    *_SIZES,
)

BOND_CONTRACT_DETAILS = message(
    18,
    "bondContractDetails",
    Fixed("6", until=164),
    integer("reqId"),
    text("symbol"),
    text("secType"),
    text("cusip"),
    integer("coupon"),
    text("maturity"),
    text("issueDate"),
    text("ratings"),
    text("bondType"),
    text("couponType"),
    flag("convertible", False),
    flag("callable", False),
    flag("putable", False),
    text("descAppend"),
    text("exchange"),
    text("currency"),
    text("marketName"),
    text("tradingClass"),
    integer("conId"),
    decimal("minTick"),
    integer("mdSizeMultiplier", 1, until=164),
    text("orderTypes"),
    text("validExchanges"),
    text("nextOptionDate", ""),
    text("nextOptionType", ""),
    flag("nextOptionPartial", False),
    text("notes", ""),
    text("longName"),
    text("evRule", ""),
    text("evMultiplier", ""),
    each("secIdList", text("tag"), text("value")),
    integer("aggGroup", 1),
    text("marketRuleIds"),
    *_SIZES,
)

CONTRACT_DETAILS_END = message(52, "contractDetailsEnd", Fixed("1"), integer("reqId"))

SYMBOL_SAMPLES = message(
    79,
    "symbolSamples",
    integer("reqId"),
    each(
        "samples",
        integer("conId"),
        text("symbol"),
        text("secType"),
        text("primaryExchange"),
        text("currency"),
        each("derivativeSecTypes", text("secType")),
        text("description", since=176),
        text("issuerId", "", since=176),
    ),
)

MARKET_RULE = message(
    93, "marketRule", integer("marketRuleId"), each("priceIncrements", number("lowEdge"), decimal("increment"))
)

SEC_DEF_OPT_PARAMS = message(
    75,
    "securityDefinitionOptionParameter",
    integer("reqId"),
    text("exchange"),
    integer("underlyingConId"),
    text("tradingClass"),
    text("multiplier"),
    each("expirations", text("expiration")),
    each("strikes", number("strike")),
)

RESPONSES = layouts(globals())
