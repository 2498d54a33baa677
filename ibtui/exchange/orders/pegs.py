"""Pegs: limits that the book gives, and how they follow it.

REL rests at its own side's touch, or closer to the other side by its offset, but never at it; it follows the market
only to prices more likely to trade, as PEG MID does at the middle: when the market comes to it, it trades. MIDPRICE
follows the middle both ways, PEG MKT the other side's touch. The SNAP types take such a price once. An offset makes
REL more aggressive and all others less (the direction is not verified against TWS). Middles between two ticks go to
the passive side. A limit price caps them all. MTL, which takes the touch it meets, keeps that as its limit.
"""

from __future__ import annotations

from math import ceil, floor

from ibtui.domain.order import Side
from ibtui.exchange.orders.order import WorkingOrder
from ibtui.exchange.terms.algos import STAGES

ADAPTIVE = ("own", "middle")
"""What the Adaptive algorithm rests at, by stage."""


def pegged(order: WorkingOrder) -> int | None:
    """The limit in ticks that the book gives an order now; None for types that have none of the book."""
    kind, old, algo = order.kind, order.priced, order.ticket.algo
    if algo is not None and algo.name == "Adaptive":
        return _capped(order, _reference(order, ADAPTIVE[order.step])) if order.step < STAGES else None
    if order.ticket.type == "MTL" and old is None:
        return order.market.book.touch(order.side)
    if not kind.pegs or (old is not None and not kind.moves):
        return old
    new = _capped(order, _price(order))
    if old is not None and kind.moves == "better" and (new - old) * order.side.sign < 0:
        return _capped(order, old)
    return new


def _price(order: WorkingOrder) -> int:
    """The reference price moved by the offset."""
    kind, side, grid = order.kind, order.side, order.market.grid
    base = _reference(order, kind.pegs)
    by = float(order.ticket.offset or 0) * side.sign * (1 if kind.eager else -1)
    moved = grid.nearest(grid.price(base) + by) if by else base
    return _within(side, moved, order.market.book.touch(side) - side.sign) if kind.eager else moved


def _reference(order: WorkingOrder, name: str) -> int:
    """A price of the book in ticks: `own` touch, `far` touch, `middle`."""
    side, book = order.side, order.market.book
    own, far = book.touch(side.other), book.touch(side)
    if name == "middle":
        return floor((own + far) / 2) if side is Side.BUY else ceil((own + far) / 2)
    return own if name == "own" else far


def _capped(order: WorkingOrder, price: int) -> int:
    cap = order.ticket.limit_price
    return price if cap is None else _within(order.side, price, order.market.grid.ticks(cap))


def _within(side: Side, price: int, worst: int) -> int:
    """The better of two prices for `side`."""
    return min(price, worst) if side is Side.BUY else max(price, worst)
