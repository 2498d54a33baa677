"""What things are worth now, and what another currency is worth in USD."""

from __future__ import annotations

from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.markets import Markets

BASE = "USD"


class Prices:
    """Marks of every market by contract id."""

    def __init__(self, markets: Markets) -> None:
        self._markets = markets
        self._pairs = {
            (listing.instrument.root, listing.instrument.currency): listing.instrument.con_id
            for listing in markets.listings.find(sec_type="CASH")
        }

    def market(self, con_id: int) -> Market:
        return self._markets[con_id]

    def mark(self, con_id: int) -> float:
        return self._markets[con_id].mark()

    def rate(self, currency: str) -> float:
        """USD for one unit of `currency`, at the mark of the pair that is listed."""
        if currency == BASE:
            return 1.0
        if (currency, BASE) in self._pairs:
            return self.mark(self._pairs[currency, BASE])
        return 1.0 / self.mark(self._pairs[BASE, currency])
