"""The current market of one instrument, as last received."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

MARKET_DATA_LINES = 100
"""Instruments whose market IB tells one account at once, without boosters: the watchlist and strategies share them."""
DataKind = Literal["real-time", "delayed", "frozen", "delayed-frozen"]


class Quote(Struct, frozen=True, kw_only=True):
    """Prices and sizes of one instrument; what is unknown is None, never 0."""

    symbol: str
    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    bid_size: float | None = None
    ask_size: float | None = None
    last_size: float | None = None
    volume: float | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    """The last price of the session before this one."""
    kind: DataKind = "real-time"
    halted: bool = False
    received: float = 0.0
    """Monotonic seconds of this machine when the newest tick arrived; 0 when none ever did."""

    @property
    def mid(self) -> float | None:
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2

    @property
    def change_percent(self) -> float | None:
        """Percent from the previous close to the last trade (to the middle where there are no trades)."""
        price = self.last if self.last is not None else self.mid
        return None if price is None or not self.close else (price - self.close) / abs(self.close) * 100

    @property
    def mark(self) -> float | None:
        """The price positions are valued at: the last trade within the spread, else the middle, else what is known."""
        if self.bid is not None and self.ask is not None:
            if self.last is not None and self.bid <= self.last <= self.ask:
                return self.last
            return (self.bid + self.ask) / 2
        return self.last if self.last is not None else self.close
