"""What a strategy holds, in words, and whether a stop covers it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ibtui.domain.cover import coverage
from ibtui.domain.money import plain
from ibtui.domain.words import quantity_words
from ibtui.engine.strategies.host import Host


def standing_words(name: str, held: Mapping[str, Decimal], host: Host) -> str:
    """`+200 MSFT`, `+100 AAPL without a stop: BARE`; empty when it holds nothing."""
    return ", ".join(
        f"{'+' if quantity > 0 else ''}{plain(quantity)} {symbol}{stop_words(name, symbol, quantity, host)}"
        for symbol, quantity in held.items()
        if quantity
    )


def stop_words(name: str, symbol: str, quantity: Decimal, host: Host) -> str:
    """What is missing of the stops that cover what a strategy holds of an instrument; empty when nothing is."""
    own = coverage(quantity, (order for order in host.orders_of(name) if order.symbol == symbol))
    if not own.bare:
        return ""
    account = host.held(symbol)
    if account and host.covered(symbol, owner="") >= abs(account):
        return " without a stop of its own"
    return f", {quantity_words(own.bare)} of it without a stop: BARE" if own.covered else " without a stop: BARE"
