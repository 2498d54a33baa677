"""Fills: what was traded, once each, whatever the broker repeats or corrects."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from ibtui.domain.order import Side

LIQUIDATION = "IB's liquidation"
"""The source of an execution by which IB closes a position of an account that lacks margin."""


class Fill(Struct, frozen=True, kw_only=True):
    """One execution of an order."""

    exec_id: str
    """IB's execution id; digits after its last point number corrections of the same execution."""
    ref: str
    """The ref of the order that it belongs to."""
    symbol: str
    side: Side
    quantity: Decimal
    price: float
    time: datetime
    """When the exchange traded it, aware and in UTC."""
    owner: str
    source: str = ""
    """Of a fill that is not ours, who traded: TWS, client 7, IB's liquidation."""
    commission: float | None = None
    """None until the commission report has come."""
    commission_currency: str = ""
    """As the report names it; empty for the instrument's."""
    realized_pnl: float | None = None

    @property
    def base(self) -> str:
        """The id that every correction of this execution shares."""
        return self.exec_id.rpartition(".")[0] or self.exec_id

    @property
    def revision(self) -> int:
        """The number of the correction; IB begins with 1."""
        digits = self.exec_id.rpartition(".")[2]
        return int(digits) if digits.isdecimal() else 0

    @property
    def signed(self) -> Decimal:
        return self.quantity * self.side.sign
