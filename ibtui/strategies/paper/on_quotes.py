"""The price at which a market fills an order: bid and ask as they stand, and the trade that came with them.

A market order takes the far side, the ask for a buy and the bid for a sale. A limit trades when the far side reaches
it: there when the order has just come, at its own price when it waited; a trade through its price fills one that
waited, too. A stop is set off by the last trade, of what has none by the near side, and then takes the far side. Where
neither bid nor ask is known the last trade is both.
"""

from __future__ import annotations

from typing import NamedTuple

from ibtui.strategies.paper.working import Working


class PaperQuote(NamedTuple):
    """A market; what is unknown is None."""

    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    traded: bool = False
    """Whether the last trade happened just now."""

    def side(self, sign: int) -> float | None:
        """The ask (1) or the bid (-1)."""
        if self.bid is None and self.ask is None:
            return self.last
        return self.ask if sign > 0 else self.bid

    def reaches(self, order: Working) -> bool:
        """Whether the far side is where an order can take it."""
        far = self.side(order.sign)
        return far is not None and (order.kind != "LMT" or (far - order.price) * order.sign <= 0)

    def after(self, order: Working, price: float) -> PaperQuote:
        """The market for what is worked after a fill: that was the last trade, but for one that waited for a trade."""
        return self._replace(last=price, traded=False) if self.reaches(order) else self


def at_quote(order: Working, quote: PaperQuote) -> float | None:
    """The price at which a market fills an order; None when it does not. An order is `seen` that waited before."""
    far = quote.side(order.sign)
    if order.kind == "LMT":
        return _limit(order, far, quote)
    if order.kind == "STP" and not order.triggered:
        signal = quote.last if quote.last is not None else quote.side(-order.sign)
        order.triggered = signal is not None and (signal - order.price) * order.sign >= 0
    return far if order.kind == "MKT" or order.triggered else None


def _limit(order: Working, far: float | None, quote: PaperQuote) -> float | None:
    if quote.reaches(order):
        return order.price if order.seen else far
    if not (order.seen and quote.traded and quote.last is not None):
        return None
    # At its price others may stand before it; through it none do.
    return order.price if (quote.last - order.price) * order.sign < 0 else None
