"""What is known of the market: instruments, their hours, and the newest quote of each."""

from __future__ import annotations

from msgspec.structs import replace

from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.combo import combo_known_by_name
from ibtui.domain.event import HoursSeen, QuoteChanged
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.positions import Positions

OLD = 86400.0
"""Seconds by which a market grows older whose age nobody knows."""


class MarketFacts:
    """Instruments, quotes and trading hours as last told, each by symbol."""

    def __init__(self, positions: Positions, watchers: Watchers, listeners: Listeners) -> None:
        self._positions = positions
        self._watchers = watchers
        self._listeners = listeners
        self.quotes: dict[str, Quote] = {}
        self.instruments: dict[str, Instrument] = {}
        self.hours: dict[str, TradingHours] = {}
        """When it trades, as far as IB has said."""

    def quote_changed(self, event: QuoteChanged) -> None:
        """The newest quote takes the place of the one before."""
        quote = event.quote
        self.quotes[quote.symbol] = quote
        self._watchers.quote(quote.symbol)
        if self._positions.marked(self.instruments.get(quote.symbol), quote):
            self._watchers.touch("positions")
        for listener in self._listeners.quote:
            listener(quote)

    def outdate(self) -> None:
        """Nobody knows how old the markets are: they count as old until each is told again."""
        for symbol, quote in self.quotes.items():
            self.quotes[symbol] = replace(quote, received=quote.received - OLD)
            self._watchers.quote(symbol)

    def forget(self, symbol: str) -> None:
        """Nobody streams it any more: an old quote must not pass for a market."""
        self.quotes.pop(symbol, None)

    def know_combo(self, order: Order) -> None:
        """IB gives a combo no contract of its own, and an order must not be of an instrument that nobody knows."""
        if order.combo and order.symbol not in self.instruments:
            self.know(combo_known_by_name(order.symbol, order.combo, self.instruments))

    def know(self, instrument: Instrument) -> None:
        """An instrument that the broker describes, or that the engine itself made: a combo."""
        if self.instruments.get(instrument.symbol) == instrument:
            return
        self.instruments[instrument.symbol] = instrument
        self._watchers.instrument(instrument.symbol)
        for listener in self._listeners.instrument:
            listener(instrument)

    def hours_seen(self, event: HoursSeen) -> None:
        self.hours[event.symbol] = event.hours
