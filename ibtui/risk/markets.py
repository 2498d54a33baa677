"""Whether the market of an instrument is one that an order can be measured against, and traded at."""

from __future__ import annotations

from ibtui.domain.order import OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.domain.refusal import Measured, Refusal
from ibtui.risk.facts import Facts
from ibtui.risk.limits import GateLimits
from ibtui.risk.prices import facing
from ibtui.risk.reducing import bound, gets_out


def trusted(quote: Quote | None) -> bool:
    """Whether its prices are those of now at which its exchange trades."""
    return quote is not None and not quote.halted and quote.kind == "real-time"


def trading(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """What may add risk needs an exchange that trades, and prices of now or a word that others will do."""
    quote = facts.quote
    if quote is None or trusted(quote) or gets_out(intent, facts):
        return None
    if quote.halted:
        return Refusal(
            "instrument_halted", f"{intent.symbol} is halted at its exchange: only orders that reduce a position pass."
        )
    if limits.delayed_quotes:
        return None
    return Refusal(
        "delayed_quotes",
        f"The quotes of {intent.symbol} are {quote.kind}: only orders that reduce a position pass; "
        "`delayed_quotes = true` in the profile's limits lets others pass, too.",
        "delayed_quotes",
    )


def fresh(intent: OrderIntent, facts: Facts, limits: GateLimits) -> Refusal | None:
    """A market, and not an old one."""
    quote = facts.quote
    if bound(intent, facts) or (quote is not None and not trusted(quote) and gets_out(intent, facts)):
        return None
    if quote is None or not quote.received > 0 or facing(intent, quote, facts.instrument) is None:
        side = "ask" if intent.side is Side.BUY else "bid"
        return Refusal("stale_quote", f"There is no {side} for {intent.symbol} to measure the order against.")
    age = facts.now - quote.received
    if not age <= limits.quote_age:
        return Refusal(
            "stale_quote",
            f"The quote of {intent.symbol} is {{value}} old; orders need one of at most {{limit}}.",
            "quote_age",
            measured=Measured(age, limits.quote_age, "seconds", 1),
        )
    return None


def passed(intent: OrderIntent, facts: Facts) -> str:
    """What is wrong with the market that an order passes on because it only reduces; else empty."""
    quote = facts.quote
    if trusted(quote) or not gets_out(intent, facts):
        return ""
    return wrong_with(intent.symbol, quote)


def wrong_with(symbol: str, quote: Quote | None) -> str:
    """Why a market is no market of now, in words; empty when it is one."""
    if quote is None:
        return f"no market is known for {symbol}"
    if quote.halted:
        return f"{symbol} is halted at its exchange"
    return f"prices of {symbol} are {quote.kind}" if quote.kind != "real-time" else ""
