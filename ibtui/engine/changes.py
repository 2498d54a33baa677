"""What one client has not been shown yet: names only, so that a client which stops reading costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Part = Literal["session", "account", "watchlist", "positions", "strategies", "log"]
PARTS: tuple[Part, ...] = ("session", "account", "watchlist", "positions", "strategies", "log")


class Changes:
    """Marks since the last frame; `wake` is called with the first of them."""

    __slots__ = ("_wake", "instruments", "orders", "parts", "quotes", "snapshot")

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.snapshot = True
        self.parts: set[Part] = set(PARTS)
        self.quotes: set[str] = set()
        self.orders: dict[str, None] = {}
        """Refs in the order in which they changed."""
        self.instruments: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self.snapshot or self.parts or self.quotes or self.orders or self.instruments)

    def part(self, part: Part) -> None:
        self.parts.add(part)
        self._wake()

    def quote(self, symbol: str) -> None:
        self.quotes.add(symbol)
        self._wake()

    def order(self, ref: str) -> None:
        self.orders[ref] = None
        self._wake()

    def instrument(self, symbol: str) -> None:
        self.instruments.add(symbol)
        self._wake()

    def clear(self) -> None:
        """A frame with all of it is on its way."""
        self.snapshot = False
        for held in (self.parts, self.quotes, self.orders, self.instruments):
            held.clear()
