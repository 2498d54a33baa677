"""The prices that the gate measures an order by, and the grid that those of a strategy are moved to before."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.instrument import Instrument, trades_at_zero
from ibtui.domain.money import to_tick
from ibtui.domain.order import Change, OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import Terms

NEAR_ZERO = 20
"""Ticks through the market that a price may always lie where prices go through zero."""


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


def reference(intent: OrderIntent, quote: Quote | None, instrument: Instrument | None = None) -> float | None:
    """The price the order would trade near: its own limit or stop, else the side of the market it takes."""
    return float(intent.price) if intent.price is not None else facing(intent, quote, instrument)


def facing(intent: OrderIntent, quote: Quote | None, instrument: Instrument | None = None) -> float | None:
    """The price an order would trade against at once; of a combo it may be zero or below."""
    if not intent.combo:
        return far_side(intent.side, quote, instrument)
    return _finite(intent.side, quote)


def far_side(side: Side, quote: Quote | None, instrument: Instrument | None = None) -> float | None:
    """The price that `side` trades against at once: the ask for a buy.

    None unless it is a positive number, or any finite one where the instrument trades at zero and below.
    """
    price = _finite(side, quote)
    if price is None or price > 0 or (instrument is not None and trades_at_zero(instrument.sec_type)):
        return price
    return None


def beyond(side: Side, price: Decimal, market: float, instrument: Instrument | None, most: float) -> float:
    """How far through the market a price lies for `side`, in percent of it; below zero on the near side.

    Near zero a percentage says nothing: there the market counts as so high that `NEAR_ZERO` ticks are `most` percent.
    """
    return side.sign * _apart(price, market, instrument, most)


def away(price: Decimal, market: float, instrument: Instrument | None, most: float) -> float:
    """The distance of a price from a market in percent of it, with the same care near zero."""
    return abs(_apart(price, market, instrument, most))


def _apart(price: Decimal, market: float, instrument: Instrument | None, most: float) -> float:
    if instrument is None or not trades_at_zero(instrument.sec_type):
        return (float(price) / market - 1) * 100
    least = NEAR_ZERO * float(instrument.step(market)) * 100 / most if most > 0 else 0.0
    level = max(abs(market), least)
    distance = float(price) - market
    return distance / level * 100 if level else distance * float("inf") if distance else 0.0


def _finite(side: Side, quote: Quote | None) -> float | None:
    price = None if quote is None else quote.ask if side is Side.BUY else quote.bid
    return price if price is not None and abs(price) < float("inf") else None


def dearest(intent: OrderIntent, quote: Quote | None, instrument: Instrument | None = None) -> float | None:
    """The price that what an order trades is valued at, of a combo each leg by itself: None then, and without a price.

    A sale trades at its limit or better.
    """
    if intent.combo:
        return None
    sold = facing(intent, quote, instrument) if intent.side is Side.SELL else None
    prices = (reference(intent, quote, instrument), sold)
    return max((price for price in prices if price is not None), default=None)
