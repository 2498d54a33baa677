"""Held instruments: where IB's count and our own books do not agree, nothing that adds risk goes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct


class HeldInstrument(Struct, frozen=True, kw_only=True):
    """One instrument that is held until the books agree again, or until a person accepts or adjusts."""

    symbol: str
    reason: str
    """What does not add up, a clause without a full stop."""
    since: datetime
    """Since when it is held, aware and in UTC."""
    expected: Decimal | None = None
    """What the last whole count and the fills since then add up to, signed; None when nobody can say."""
    counted: Decimal | None = None
    """What IB counts, signed; None while IB has not been asked."""
    orders: tuple[str, ...] = ()
    """Refs of orders with an unknown outcome that hold it; none for a count that does not add up."""

    @property
    def words(self) -> str:
        """`AAPL is HELD: IB counts 60, our books 100`."""
        return f"{self.symbol} is HELD: {self.reason}"


def holds_words(holds: Sequence[HeldInstrument]) -> str:
    """`AAPL is HELD: IB counts 60, our books 100.`, for several the first and how many more; empty for none."""
    if not holds:
        return ""
    more = f" ({len(holds) - 1} more)" if len(holds) > 1 else ""
    return f"{holds[0].words}{more}."


def ways_out(symbol: str) -> str:
    """How a person ends a hold, a clause."""
    return f"`accept {symbol}` takes IB's count, `adjust STRATEGY {symbol} QUANTITY` gives it to a strategy"
