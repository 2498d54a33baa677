"""The engine's own record of every order of the day, by ref."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import FOREIGN, Order

PREFIX = 4
"""Characters of a ref that must be typed at least."""


class Orders:
    """Orders by ref in the order they were placed, with the live ones of each instrument at hand."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._live: dict[str, dict[str, None]] = {}

    def put(self, order: Order) -> None:
        """Store an order as it stands now."""
        self._orders[order.ref] = order
        live = self._live.setdefault(order.symbol, {})
        if order.live:
            live[order.ref] = None
        else:
            live.pop(order.ref, None)

    def get(self, ref: str) -> Order | None:
        return self._orders.get(ref)

    def now(self, orders: Iterable[Order]) -> list[Order]:
        """These orders as they stand now."""
        return [self._orders.get(order.ref, order) for order in orders]

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def live(self, symbol: str) -> tuple[Order, ...]:
        """Orders of one instrument that may still trade, anybody's."""
        return tuple(self._orders[ref] for ref in self._live.get(symbol, ()))

    def all_live(self) -> list[Order]:
        """Orders that may still trade, anybody's."""
        return [self._orders[ref] for refs in self._live.values() for ref in refs]

    def children(self, ref: str) -> list[Order]:
        """Live orders that wait for or hang on this one."""
        order = self._orders[ref]
        return [child for child in self.live(order.symbol) if child.parent == ref]

    def find(self, text: str) -> Order:
        """The order of that ref or of a unique beginning of it, at least four characters.

        Raises IbtuiError `no_order` when there is none, or more than one.
        """
        exact = self._orders.get(text)
        if exact is not None:
            return exact
        found = [order for ref, order in self._orders.items() if len(text) >= PREFIX and ref.startswith(text.lower())]
        parents = [order for order in found if order.parent is None]
        if len(found) > 1 and len(parents) == 1:
            return parents[0]  # a bracket's legs share their beginning
        if len(found) > 1:
            raise IbtuiError("no_order", f"{len(found)} orders begin with {text!r}; type more of the ref.")
        if not found:
            raise IbtuiError("no_order", f"There is no order or symbol {text[:24]!r}; see the refs in Orders.")
        return found[0]


def ours(order: Order) -> bool:
    """Whether this program placed it; orders of other programs are shown and never touched."""
    return order.owner != FOREIGN
