"""What one client has not been shown yet: names and a few signals, so that one which stops reading costs nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Literal

from ibtui.domain.signal import Signal

Part = Literal["session", "account", "watchlist", "positions", "strategies", "log"]
PARTS: tuple[Part, ...] = ("session", "account", "watchlist", "positions", "strategies", "log")

SIGNALS = 1_000
"""Signals that are kept for a client which does not take them."""


class Changes:
    """Marks since the last frame; `wake` is called with each. Fills and signals are marked for a `feed` only."""

    __slots__ = ("_feed", "_wake", "fills", "instruments", "missed", "orders", "parts", "quotes", "signals", "snapshot")

    def __init__(self, wake: Callable[[], None], *, feed: bool = False) -> None:
        self._wake = wake
        self._feed = feed
        self.snapshot = True
        self.parts: set[Part] = set(PARTS)
        self.quotes: set[str] = set()
        self.orders: dict[str, None] = {}
        """Refs in the order in which they changed."""
        self.instruments: set[str] = set()
        self.fills: dict[str, None] = {}
        """Ids of executions in the order in which they came or were corrected."""
        self.signals: deque[Signal] = deque(maxlen=SIGNALS)
        self.missed = False
        """More signals came than are kept."""

    def __bool__(self) -> bool:
        held = (self.snapshot, self.parts, self.quotes, self.orders, self.instruments, self.fills, self.signals)
        return any(held)

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

    def fill(self, base: str) -> None:
        if self._feed:
            self.fills[base] = None
            self._wake()

    def signal(self, signal: Signal) -> None:
        if self._feed:
            self.missed = self.missed or len(self.signals) == SIGNALS
            self.signals.append(signal)
            self._wake()

    def clear(self) -> None:
        """A frame with all of it is on its way."""
        self.snapshot = self.missed = False
        for held in (self.parts, self.quotes, self.orders, self.instruments, self.fills, self.signals):
            held.clear()
