"""The figures of the running session: open, high, low, volume and the close before it."""

from __future__ import annotations

from ibtui.exchange.listed.grid import PriceGrid


class SessionFigures:
    """Prices in ticks, volume in units; a session without a trade yet shows the last close as open, high and low."""

    __slots__ = ("close", "high", "low", "open", "traded", "volume")

    def __init__(self, close: int) -> None:
        self.begin(close)

    def begin(self, close: int) -> None:
        """Start over, after a session that ended at `close`."""
        self.open = self.high = self.low = self.close = close
        self.volume = 0
        self.traded = False

    def split(self, ratio: float, grid: PriceGrid) -> None:
        """Divide prices and multiply the volume by `ratio`."""
        for name in ("open", "high", "low", "close"):
            setattr(self, name, grid.times(getattr(self, name), 1 / ratio))
        self.volume = int(self.volume * ratio)

    def trade(self, first: int, high: int, low: int, volume: int) -> None:
        """Count one trade, or the figures of an interval that began with a trade at `first`."""
        if not self.traded:
            self.open = self.high = self.low = first
            self.traded = True
        if high > self.high:
            self.high = high
        if low < self.low:
            self.low = low
        self.volume += volume
