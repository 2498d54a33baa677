"""The market as orders on paper meet it: quotes as they come, in the hours in which the orders would trade."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.session import around_the_clock
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.strategies.paper.book import PaperBook
from ibtui.strategies.paper.on_quotes import PaperQuote


class PaperMarket:
    """Lets orders meet every quote that comes, and what has just been asked for the one that stands.

    Bars fill only what no quote was seen of, and only in bars that began after the order was asked for. Where IB told
    no hours of an instrument, it is taken to trade whenever its market moves.
    """

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = instruments
        self._quotes: dict[str, Quote] = {}
        self.hours: dict[str, TradingHours] = {}

    def quote(self, symbol: str) -> Quote | None:
        """The quote that stands; None where none was seen."""
        return self._quotes.get(symbol)

    def knows(self, symbol: str) -> bool:
        """Whether a quote of a symbol was seen: bars fill none of its orders then."""
        return symbol in self._quotes

    def quoted(self, book: PaperBook, quote: Quote, now: datetime) -> None:
        """A quote came."""
        before = self._quotes.get(quote.symbol)
        self._quotes[quote.symbol] = quote
        if self._trades(quote, now):
            book.on_quote(quote.symbol, _market(quote, before))
            self._meet_combos(book, now)

    def asked(self, book: PaperBook, now: datetime) -> None:
        """Something was asked for perhaps: it meets the markets as they stand."""
        new = [order for order in book.standing.by_ref.values() if not order.seen and not order.waits]
        for symbol in dict.fromkeys(order.symbol for order in new if not order.legs):
            quote = self._quotes.get(symbol)
            if quote is not None and self._trades(quote, now):
                book.on_quote(symbol, _market(quote, quote))
        if any(order.legs for order in new):
            self._meet_combos(book, now)

    def closed(self, book: PaperBook, bar: Bar) -> None:
        """A bar has closed."""
        if not self.knows(bar.symbol):
            book.on_bar(bar.symbol, bar, bar)

    def _trades(self, quote: Quote, now: datetime) -> bool:
        """Whether an order as strategies ask for it may trade now."""
        hours, instrument = self.hours.get(quote.symbol), self._instruments.get(quote.symbol)
        if quote.halted or hours is None or instrument is None:
            return not quote.halted
        return hours.is_open(now, extended=around_the_clock(instrument)) is not False

    def _meet_combos(self, book: PaperBook, now: datetime) -> None:
        """A combo trades once all its legs have markets: each leg at the side that it meets."""
        for order in list(book.standing.combos.values()):
            quotes = [self._quotes.get(symbol) for symbol in order.symbols]
            if all(quote is not None and self._trades(quote, now) for quote in quotes):
                sides = {symbol: self._side(symbol, order.sign * ratio) for symbol, ratio in order.legs}
                met = {symbol: price for symbol, price in sides.items() if price is not None}
                if len(met) == len(sides):
                    book.on_combo(order, self._instruments, [(met, False)])

    def _side(self, symbol: str, sign: int) -> float | None:
        quote = self._quotes[symbol]
        return _market(quote, quote).side(sign)


def _market(quote: Quote, before: Quote | None) -> PaperQuote:
    """A quote with whether a trade came with it since the one before."""
    moved = before is not None and (quote.last, quote.volume) != (before.last, before.volume)
    return PaperQuote(quote.bid, quote.ask, quote.last, traded=moved)
