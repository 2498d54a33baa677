"""What each strategy holds and earned, by its own fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.new_york import day_began
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import FOREIGN, YOU
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.truth import pnl
from ibtui.engine.truth.pnl import StrategyHolding


class OwnedFills(Protocol):
    """The fills of the engine, as far as they are asked for by owner."""

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose fills there are, strategies and others."""

    def of_owner(self, owner: str) -> Sequence[Fill]:
        """All fills of one strategy, oldest first, corrections applied."""


class Books:
    """Holdings by strategy; `instruments` are those that its profit needs a multiplier and a price of."""

    def __init__(
        self, fills: OwnedFills, store: StrategyStore, for_trader: Callable[[str], bool], clock: Clock
    ) -> None:
        self._fills = fills
        self._store = store
        self.for_trader = for_trader
        self._clock = clock
        self.instruments: dict[str, Instrument] = {}
        self._counted: dict[str, tuple[tuple[int, datetime], dict[str, StrategyHolding]]] = {}

    def positions(self, name: str) -> dict[str, Decimal]:
        """What a strategy holds, by symbol, signed."""
        return {symbol: holding.quantity for symbol, holding in self.holdings(name).items()}

    def holdings(self, name: str) -> dict[str, StrategyHolding]:
        """Counted anew only when a fill came or a day began: a busy day has thousands, and every frame asks."""
        fills = self._store.own(name, self._fills.of_owner(name))
        basis = (len(fills), day_began(self._clock.now()))
        known = self._counted.get(name)
        if known is None or known[0] != basis:
            known = self._counted[name] = (basis, pnl.holdings(fills, basis[1]))
        return known[1]

    def holders(self, symbol: str) -> dict[str, Decimal]:
        """What each strategy holds of an instrument, by name, running or not; those that hold none are left out."""
        names = [name for name in self._fills.owners if name not in (YOU, FOREIGN) and not self.for_trader(name)]
        found = {name: self.positions(name).get(symbol, Decimal(0)) for name in names}
        return {name: quantity for name, quantity in found.items() if quantity}

    def forget(self, name: str) -> None:
        """A fill came, was corrected or charged, or its position was handed over."""
        self._counted.pop(name, None)
