"""A price alert: what it waits for, when it was set, and when it fired at which price."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal

from msgspec import Struct

from ibtui.domain.money import plain


class PriceAlert(Struct, frozen=True, kw_only=True):
    """Tell once when the price is at or beyond this one."""

    number: int
    symbol: str
    above: bool
    price: Decimal
    made: datetime | None = None
    """When it was set; None for one that an earlier release wrote down."""
    fired: datetime | None = None
    fired_at: float | None = None
    """The market's price that fired it."""

    @property
    def words(self) -> str:
        """The alert as it is typed and shown: `AAPL above 190`."""
        return f"{self.symbol} {'above' if self.above else 'below'} {plain(self.price)}"

    def story(self, zone: tzinfo) -> str:
        """`AAPL above 190 · fired 27 Nov 15:42:05 at 190.02 · set 27 Nov 15:40`, times in `zone`."""
        parts = [self.words]
        if self.fired is not None:
            at = f" at {self.fired_at:.10g}" if self.fired_at is not None else ""
            parts.append(f"fired {self.fired.astimezone(zone):%d %b %H:%M:%S}{at}")
        if self.made is not None:
            parts.append(f"set {self.made.astimezone(zone):%d %b %H:%M}")
        return " · ".join(parts)

    def reached(self, price: float) -> bool:
        """Whether the market is there."""
        return price >= float(self.price) if self.above else price <= float(self.price)
