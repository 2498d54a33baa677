"""Triggers: which prices an order that waits looks at, and how a trailing stop follows them.

Trigger methods, by IB's numbers: 0 and 2 the last trade, 4 the bid for a buy and the ask for a sell, 7 either, 8
the middle between bid and ask. IB's default differs by instrument (bid and ask for currencies); here it is the last
trade everywhere. The methods that want a price twice (1 and 3) are not supported. A trailing stop that is told where to
begin moves as soon as the market is further away than its trail (not verified against TWS).
"""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.order import Side
from ibtui.exchange.markets.book import Book
from ibtui.exchange.orders.order import WorkingOrder

METHODS = (0, 2, 4, 7, 8)
_LAST, _QUOTE, _MIDDLE = (0, 2, 7), (4, 7), (8,)


def signals(order: WorkingOrder, traded: int | None) -> list[float]:
    """The prices in ticks that an order looks at now; `traded` is the trade that just happened, None when none did."""
    return prices_seen(order.ticket.trigger_method, order.side is Side.BUY, order.market.book, traded)


def prices_seen(method: int, from_below: bool, book: Book, traded: int | None) -> list[float]:
    """The prices in ticks that a trigger method counts; of the quotes the bid where they are met from below."""
    seen: list[float] = [traded] if traded is not None and method in _LAST else []
    if method in _QUOTE:
        seen.append(book.bid if from_below else book.ask)
    if method in _MIDDLE:
        seen.append((book.bid + book.ask) / 2)
    return seen


def follow(order: WorkingOrder, price: float) -> None:
    """Let a trailing stop come after a price that went the order's way; it never goes back."""
    if not order.kind.trails:
        return
    stop = _beyond(order, price, _gap(order.ticket.trail_amount, order.ticket.trail_percent, order, price))
    if order.stop is None or (stop - order.stop) * order.side.sign < 0:
        order.stop = stop


def fallen_limit(order: WorkingOrder) -> int | None:
    """The limit that a trailing stop limit has from its trigger on, in ticks; None for other types."""
    offset = order.ticket.limit_offset
    return None if offset is None or order.stop is None else _beyond(order, order.stop, float(offset))


def _gap(amount: Decimal | None, percent: Decimal | None, order: WorkingOrder, price: float) -> float:
    if amount is not None:
        return float(amount)
    return abs(order.market.grid.price(round(price))) * float(percent or 0) / 100


def _beyond(order: WorkingOrder, price: float, distance: float) -> int:
    """The valid price nearest to so much above the price of a buy, below that of a sell."""
    grid = order.market.grid
    return grid.nearest(grid.price(round(price)) + distance * order.side.sign)
