"""What each strategy holds and earned, by its own fills."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.instrument import Instrument
from ibtui.engine.strategies import limit
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.store import Store
from ibtui.engine.truth import pnl
from ibtui.engine.truth.pnl import Holding


class Books:
    """Holdings by strategy; `instruments` are those that its profit needs a multiplier and a price of."""

    def __init__(self, host: Host, store: Store, clock: Clock) -> None:
        self._host = host
        self._store = store
        self._clock = clock
        self.instruments: dict[str, Instrument] = {}
        self._counted: dict[str, tuple[tuple[int, datetime], dict[str, Holding]]] = {}

    def positions(self, name: str) -> dict[str, Decimal]:
        """What a strategy holds, by symbol, signed."""
        return {symbol: holding.quantity for symbol, holding in self.holdings(name).items()}

    def holdings(self, name: str) -> dict[str, Holding]:
        """Counted anew only when a fill came or a day began: a busy day has thousands, and every frame asks."""
        fills = self._store.own(name, self._host.fills_of(name))
        basis = (len(fills), pnl.day_began(self._clock.now()))
        known = self._counted.get(name)
        if known is None or known[0] != basis:
            known = self._counted[name] = (basis, pnl.holdings(fills, basis[1]))
        return known[1]

    def forget(self, name: str) -> None:
        """A fill came, was corrected or charged, or its position was handed over."""
        self._counted.pop(name, None)

    def profit(self, name: str) -> float | None:
        """Today's, realized and unrealized, commissions paid; None while a price is unknown."""
        return pnl.profit(self.holdings(name), self.instruments, self._host.quote)

    def limit_left(self, name: str, symbol: str, held: Decimal) -> Decimal | None:
        """Quantity it may still add; None for an instrument that is not known."""
        instrument = self.instruments.get(symbol)
        if instrument is None:
            return None
        return limit.left(instrument, held, self._host.orders_of(name), self._host.largest_position(name))
