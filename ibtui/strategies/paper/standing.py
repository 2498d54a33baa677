"""The orders of one run that may still trade."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ibtui.strategies.paper.working import NEVER, Working


class WorkingOrders:
    """Working orders by ref, and by every symbol that they would trade, oldest first."""

    def __init__(self) -> None:
        self.by_ref: dict[str, Working] = {}
        self.combos: dict[str, Working] = {}
        self._by_symbol: dict[str, list[Working]] = {}
        self.ends = NEVER
        """Before this nothing expires."""

    def of(self, symbol: str) -> list[Working]:
        """Orders in a symbol, combos with it as a leg too."""
        return self._by_symbol.get(symbol, [])

    def add(self, order: Working, *, first: bool = False) -> None:
        """`first` lets it meet the market before the others in its symbol."""
        self.by_ref[order.ref] = order
        self.ends = min(self.ends, order.ends)
        if order.legs:
            self.combos[order.ref] = order
        for symbol in order.symbols:
            standing = self._by_symbol.setdefault(symbol, [])
            standing.insert(0 if first else len(standing), order)

    def remove(self, order: Working) -> None:
        """Without its children; nothing happens when it is gone already."""
        if self.by_ref.pop(order.ref, None) is None:
            return
        self.combos.pop(order.ref, None)
        for symbol in order.symbols:
            standing = self._by_symbol[symbol]
            standing.remove(order)
            if not standing:
                del self._by_symbol[symbol]

    def cancel(self, order: Working) -> None:
        """Remove it, and children that its fill has not armed."""
        self.remove(order)
        for child in order.children:
            if child.waits:
                self.remove(child)

    def cancel_group(self, order: Working) -> None:
        """One of a group has filled: the others cannot any more."""
        if order.group:
            for other in [one for one in self.of(order.symbol) if one.group == order.group]:
                self.remove(other)

    def cancel_all(self, orders: Iterable[Working]) -> None:
        for order in list(orders):
            self.cancel(order)

    def expire(self, now: datetime) -> None:
        """Orders whose session is over are gone; those that guard a position or take its profit stay overnight."""
        if now < self.ends:
            return
        self.cancel_all(order for order in self.by_ref.values() if order.ends <= now and not order.overnight)
        self.ends = min((order.ends for order in self.by_ref.values() if not order.overnight), default=NEVER)
