"""What a run that is switched off leaves: its orders and its position, in words, and what becomes of them."""

from __future__ import annotations

from typing import Literal

from ibtui.domain.calendar.clock import Clock
from ibtui.engine.strategies import leave
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.catalog import Catalog
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.runs import Runs
from ibtui.engine.strategies.store import StrategyStore

Then = Literal["keep", "close", "hand"]
"""What becomes of its position: kept with its stops, closed, or the trader's."""


class Leaving:
    """The end of a run for those who trade on."""

    def __init__(
        self, host: Host, store: StrategyStore, catalog: Catalog, books: Books, runs: Runs, clock: Clock
    ) -> None:
        self._host = host
        self._store = store
        self._catalog = catalog
        self._books = books
        self._runs = runs
        self._clock = clock

    async def after(self, name: str, sentence: str, then: Then) -> str:
        """Carry out `then` for what a run still holds; the sentence, with what came of it."""
        run = self._runs.by_name.get(name)
        held = self._books.positions(name)
        if then == "keep" or not any(held.values()) or (run is not None and run.facts.for_trader):
            return sentence
        if then == "close":
            return f"{sentence} {await leave.close(name, held, self._host)}."
        words = leave.hand(name, held, self._host, self._store, self._clock)
        self._books.forget(name)
        return f"{sentence} {words}."

    def words(self, name: str, cancelled: int, reason: str, *, active: bool) -> str:
        """What a run that was stopped leaves; while the session is not `active`, nothing can be cancelled."""
        going = self._runs.entries(name)
        staying = [order for order in self._host.orders_of(name) if order.live and order not in going]
        stops, entries = sum(order.protective for order in staying), len(going)
        parts = [f"cancel sent for {_entries_words(cancelled)}"] if cancelled else []
        if entries and not active:
            parts = [f"{_entries_words(entries)} cannot be cancelled before the session is back"]
        parts += [f"{stops} protective {'stop stays' if stops == 1 else 'stops stay'}"] if stops else []
        parts += [] if self._catalog.for_trader(name) else [f"it holds {self._runs.held_words(name) or 'nothing'}"]
        left = f": {', '.join(parts)}" if parts else ""
        return f"{name} is off{f' ({reason})' if reason else ''}{left}."


def _entries_words(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"
