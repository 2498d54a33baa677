"""What a run in shadow has done: nothing of it was sent, so nothing of it is in the journal."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.engine.truth import pnl
from ibtui.engine.truth.pnl import StrategyHolding
from ibtui.link.status import ShadowBook

DRAWN = 20
"""Lines of a shadow that are shown."""
FILLS = 10
"""Fills of a shadow that are shown."""


class ShadowRecord:
    """Its lines, orders and fills since it began, and what these add up to."""

    def __init__(self) -> None:
        self.drawn: deque[str] = deque(maxlen=DRAWN)
        self.orders: tuple[Order, ...] = ()
        """Those that may still trade."""
        self.fills: list[Fill] = []
        """The oldest first."""
        self._counted: tuple[tuple[int, datetime], dict[str, StrategyHolding]] | None = None

    def holdings(self, today: datetime) -> dict[str, StrategyHolding]:
        """What it would hold and has earned by symbol; counted anew when it filled or a day began: every frame asks."""
        basis = len(self.fills), today
        if self._counted is None or self._counted[0] != basis:
            self._counted = basis, pnl.holdings(self.fills, today)
        return self._counted[1]

    def book(self, today: datetime) -> ShadowBook:
        """The same as it is shown."""
        held = {symbol: one.quantity for symbol, one in self.holdings(today).items() if one.quantity}
        return ShadowBook(held=held, orders=self.orders, fills=tuple(self.fills[-FILLS:]))
