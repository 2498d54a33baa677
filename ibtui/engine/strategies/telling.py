"""What runs are told of what happens: quotes, orders, fills, positions, signals, losses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.engine.market.bars import LiveBars
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.runs import Runs


class Telling:
    """Each is told to the runs that it is about; `bars` are made from the quotes."""

    def __init__(self, host: Host, runs: Runs, books: Books, bars: LiveBars) -> None:
        self._host = host
        self._runs = runs
        self._books = books
        self._bars = bars

    def on_quote(self, quote: Quote, moment: datetime) -> None:
        """A quote changed at `moment`: bars are made of it, and strategies that trade it see it."""
        self._bars.on_quote(quote, moment)
        for run in self._runs.by_name.values():
            if quote.symbol in run.facts.instruments and run.facts.on:
                run.on_quote(quote, moment)
                self._host.strategies_changed()

    def on_order(self, order: Order) -> None:
        """Tell the runs that it concerns that an order changed."""
        run = self._runs.by_name.get(order.owner)
        if run is not None:
            run.on_order(order)
            self._host.strategies_changed()
        for other in self._runs.by_name.values():
            if other is not run:
                other.on_position(order.symbol)

    def on_fill(self, fill: Fill) -> None:
        """A fill came, or its commission, or its correction; `host.fills_of` has it already."""
        self._books.forget(fill.owner)
        run = self._runs.by_name.get(fill.owner)
        if run is not None:
            self._books.instruments.update(run.facts.instruments)
            run.on_fill(fill)
        self._host.strategies_changed()

    def on_signal(self, signal: Signal) -> None:
        """Something happened outside the market's prices."""
        for run in self._runs.by_name.values():
            run.on_signal(signal)

    def on_position(self, symbol: str) -> None:
        """Tell the runs that it concerns that the account's position changed."""
        for run in self._runs.by_name.values():
            run.on_position(symbol)

    def on_hold(self, symbol: str) -> None:
        """An instrument is held now, or no longer: then what became of the position meanwhile is told."""
        if not self._host.held_words((symbol,)):
            self.on_position(symbol)

    def on_losses(self, reached: Mapping[str, str]) -> None:
        """Sentences on limits of the daily loss that were reached, by strategy, the account's under ""."""
        for name, run in self._runs.by_name.items():
            run.hold.loss = reached.get(name, "") or reached.get("", "")
