"""The book of a strategy in shadow as lines of its sheet: what it would hold, what would work, what it traded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo

from ibtui.domain.calendar.clock import shown
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order
from ibtui.domain.words import price_words, quantity_words, standing_words, trade_words
from ibtui.link.status import ShadowBook, StrategyStatus
from ibtui.terminal.drawing import format as fmt


def only_shadow(strategy: StrategyStatus) -> bool:
    """Whether all that is shown of it is of its shadow: it has nothing in the account."""
    book = strategy.shadow
    return book is not None and (strategy.position or 0) == book.held.get(strategy.symbol, 0)


def shadow_facts(book: ShadowBook, instruments: Mapping[str, Instrument], zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Names and texts, the newest trade first; nothing of it was sent, and the first line says so."""
    yield "in shadow", "nothing is sent; its orders fill on the live quotes"
    held = (f"{quantity_words(quantity)} {symbol}" for symbol, quantity in book.held.items())
    yield "would hold", ", ".join(held) or "nothing"
    yield "would earn", f"{fmt.pnl(book.pnl, 14)} today, without commissions"
    for number, order in enumerate(book.orders):
        yield "" if number else "would work", _order(order, instruments.get(order.symbol), zone)
    for number, fill in enumerate(reversed(book.fills)):
        price = price_words(fill.price, instruments.get(fill.symbol))
        words = f"{trade_words(fill.side, fill.quantity, fill.symbol)} at {price}"
        yield "" if number else "traded", f"{shown(fill.time, zone)} {words}"


def _order(order: Order, instrument: Instrument | None, zone: tzinfo) -> str:
    """An order and until when it works."""
    until = f"until {shown(order.over_by, zone)}" if order.over_by is not None else "until it is cancelled"
    return f"{standing_words(order, instrument)}, {until}"
