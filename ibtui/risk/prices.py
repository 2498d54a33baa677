"""The prices that the gate measures an order by, and the grid that those of a strategy are moved to before."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.instrument import Instrument
from ibtui.domain.money import to_tick
from ibtui.domain.order import Change, OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import Terms


def on_grid(price: Decimal | None, instrument: Instrument | None) -> Decimal | None:
    """A strategy's price on the nearest step of the instrument's grid; as it is where the instrument is not known."""
    return price if price is None or instrument is None else to_tick(price, instrument.step(price))


def terms_on_grid(terms: Terms, instrument: Instrument | None) -> Terms:
    """What a strategy asks for with its prices on the grid, live as on paper."""
    limit, stop = on_grid(terms.limit_price, instrument), on_grid(terms.stop_price, instrument)
    if limit is terms.limit_price and stop is terms.stop_price:
        return terms
    return replace(terms, limit_price=limit, stop_price=stop)


def change_on_grid(change: Change, instrument: Instrument | None) -> Change:
    """The same of other terms that it asks for."""
    limit, stop = on_grid(change.limit_price, instrument), on_grid(change.stop_price, instrument)
    return replace(change, limit_price=limit, stop_price=stop)


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


def dearest(intent: OrderIntent, quote: Quote | None) -> float | None:
    """The price that what an order trades is valued at, of a combo each leg by itself: None then, and without a price.

    A sale trades at its limit or better.
    """
    if intent.combo:
        return None
    prices = [reference(intent, quote), facing(intent, quote) if intent.side is Side.SELL else None]
    return max((price for price in prices if price is not None), default=None)
