"""The prices that the gate measures an order by."""

from __future__ import annotations

from ibtui.domain.order import OrderIntent, Side
from ibtui.domain.quote import Quote


def reference(intent: OrderIntent, quote: Quote | None) -> float | None:
    """The price the order would trade near: its own limit or stop, else the side of the market it takes."""
    return float(intent.price) if intent.price is not None else facing(intent, quote)


def facing(intent: OrderIntent, quote: Quote | None) -> float | None:
    """The price an order would trade against at once; of a combo it may be zero or below."""
    if not intent.combo:
        return far_side(intent.side, quote)
    price = None if quote is None else quote.ask if intent.side is Side.BUY else quote.bid
    return price if price is not None and abs(price) < float("inf") else None


def far_side(side: Side, quote: Quote | None) -> float | None:
    """The price that `side` trades against at once: the ask for a buy; None unless it is a positive number."""
    price = None if quote is None else quote.ask if side is Side.BUY else quote.bid
    return price if price is not None and 0 < price < float("inf") else None
