"""The book of one market: the touch that is displayed, the levels behind it, and what has been taken from them."""

from __future__ import annotations

from typing import NamedTuple

from ibtui.domain.order import Side

DEPTH = 5
"""Levels, the touch included, that one order can take from before the book changes."""


class Level(NamedTuple):
    """One price of a book, as the depth of market shows it."""

    price: float
    size: float
    maker: str
    """Who shows it: the exchange, or the market maker there."""


class Depth(NamedTuple):
    """Both sides of a book, best price first; what orders have taken is gone from it."""

    bids: list[Level]
    asks: list[Level]


class Levels:
    """One side of the book, from the touch away from the market: one level at every tick.

    The n-th level behind the touch shows the touch's size and n halves more, in whole lots.
    """

    __slots__ = ("_away", "_best", "_eaten", "_least", "_level", "_lot", "_touch")

    def __init__(self, best: int, touch: int, away: int, lot: int, least: int = 1) -> None:
        """`away` is the direction of worse prices for the taker: 1 for asks, -1 for bids; no level is below `least`."""
        self._least = least
        self._best, self._touch, self._away, self._lot = best, touch, away, lot
        self._level = self._eaten = 0

    @property
    def price(self) -> int:
        return self._best + self._away * self._level

    @property
    def size(self) -> int:
        return self.size_at(self._level) - self._eaten

    def size_at(self, level: int) -> int:
        """Units that a level showed before anything was taken from it."""
        return self._touch + self._touch * level // (2 * self._lot) * self._lot

    def take(self, wanted: int, limit: int | None) -> list[tuple[int, int]]:
        """Take up to `wanted` units at `limit` or better; price and size of each level taken from, best first."""
        taken: list[tuple[int, int]] = []
        if not self._touch:
            return taken
        while wanted and len(taken) < DEPTH and self.price >= self._least and not self._beyond(limit):
            amount = min(self.size, wanted)
            taken.append((self.price, amount))
            wanted -= amount
            self._eaten += amount
            if not self.size:
                self._level, self._eaten = self._level + 1, 0
        return taken

    def shown(self, rows: int) -> list[tuple[int, int]]:
        """Price and size of the first `rows` levels that are left, best first."""
        levels = range(self._level, self._level + rows)
        if not self._touch:
            return []
        prices = [(self._best + self._away * level, self.size_at(level)) for level in levels]
        first, size = prices[0]
        return [(price, size) for price, size in [(first, size - self._eaten), *prices[1:]] if price >= self._least]

    @property
    def taken(self) -> int:
        """Units that orders have taken from a side since the book last changed."""
        return sum(self.size_at(level) for level in range(self._level)) + self._eaten

    def _beyond(self, limit: int | None) -> bool:
        return limit is not None and (self.price - limit) * self._away > 0


class Book:
    """Bid and ask in ticks and units; what an order takes stays gone until the market next changes the book."""

    __slots__ = ("_least", "_lot", "_sides", "ask", "ask_size", "bid", "bid_size", "whole")

    def __init__(self, lot: int, least: int = 1) -> None:
        """No level lies below `least`."""
        self._lot, self._least = lot, least
        self._sides: dict[Side, Levels] = {}
        self.bid = self.ask = self.bid_size = self.ask_size = 0
        self.whole = (0, 0, 0, 0)
        """Bid, ask and their sizes before anything was taken."""

    def show(self, bid: int, ask: int, bid_size: int, ask_size: int) -> None:
        """What the market displays now, everything that had been taken back in place."""
        self.whole = self.bid, self.ask, self.bid_size, self.ask_size = bid, ask, bid_size, ask_size
        if self._sides:
            self._sides.clear()

    def touch(self, taker: Side) -> int:
        """The price that an order of side `taker` meets first."""
        return self.ask if taker is Side.BUY else self.bid

    def take(self, taker: Side, wanted: int, limit: int | None) -> list[tuple[int, int]]:
        """Trade against the displayed size and the levels behind it, as `Levels.take`; the touch shows what is left."""
        levels = self._sides.get(taker)
        if levels is None:
            levels = self._sides[taker] = self._levels(taker)
        taken = levels.take(wanted, limit)
        if taker is Side.BUY:
            self.ask, self.ask_size = levels.price, levels.size
        else:
            self.bid, self.bid_size = levels.price, levels.size
        return taken

    def taken(self, taker: Side) -> int:
        """Units that orders of side `taker` took since the market last changed the book."""
        levels = self._sides.get(taker)
        return levels.taken if levels else 0

    def queue(self, side: Side, price: int) -> int:
        """Units displayed at `price` ahead of an order of `side` that comes to rest there; none inside the spread."""
        levels = self._levels(side.other)
        behind = (levels.price - price) * side.sign
        return 0 if behind < 0 else levels.size_at(behind)

    def rows(self, taker: Side, rows: int) -> list[tuple[int, int]]:
        """Price and size of the first levels that an order of side `taker` meets, as `Levels.shown`."""
        return (self._sides.get(taker) or self._levels(taker)).shown(rows)

    def _levels(self, taker: Side) -> Levels:
        if taker is Side.BUY:
            return Levels(self.ask, self.ask_size, 1, self._lot, self._least)
        return Levels(self.bid, self.bid_size, -1, self._lot, self._least)
