"""The account's money as the broker reports it."""

from __future__ import annotations

from msgspec import Struct


class Account(Struct, frozen=True, kw_only=True):
    """Totals of one account in its base currency; unknown is None."""

    id: str
    currency: str = "USD"
    net_liquidation: float | None = None
    cash: float | None = None
    buying_power: float | None = None
    realized_pnl: float | None = None
    unrealized_pnl: float | None = None
    day_pnl: float | None = None

    @property
    def paper(self) -> bool:
        """IB's paper and demo accounts begin with D; the port says nothing."""
        return self.id.startswith("D")
