"""The runs of an engine by name, with what each holds and has out."""

from __future__ import annotations

from ibtui.domain.cover import orphans
from ibtui.domain.order import Order
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.catalog import Catalog
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.run import StrategyRun
from ibtui.engine.strategies.standing import standing_words
from ibtui.risk.adding import adding_risk


class Runs:
    """Those that are on, that were switched off, and that failed, since the engine began."""

    def __init__(self, host: Host, catalog: Catalog, books: Books) -> None:
        self._host = host
        self._catalog = catalog
        self._books = books
        self.by_name: dict[str, StrategyRun] = {}

    def held_words(self, name: str) -> str:
        """`+200 MSFT`, with what no stop covers of it; empty when it holds nothing."""
        return "" if self._catalog.for_trader(name) else standing_words(name, self._books.positions(name), self._host)

    def entries(self, name: str) -> list[Order]:
        """Live orders of a strategy that may add risk; of an algorithm, exits with nothing to close too."""
        orders = self._host.orders_of(name)
        if not self._catalog.for_trader(name):
            return adding_risk(orders, self._books.positions(name))
        held = {order.symbol: self._host.held(order.symbol) for order in orders}
        left_over = [order for order in orders if orphans(held[order.symbol], (order,))]
        return adding_risk(orders, held) + left_over

    def names(self) -> list[str]:
        """Strategies and their labelled runs."""
        labelled: dict[str, list[str]] = {}
        for name in self.by_name:
            base, dot, _ = name.partition(".")
            if dot:
                labelled.setdefault(base, []).append(name)
        return [name for entry in self._catalog.entries for name in (entry, *labelled.get(entry, ()))]
