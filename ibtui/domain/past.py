"""Past data of one market, as a file told it: what an exchange is driven with instead of chance."""

from __future__ import annotations

from typing import NamedTuple

SECOND = 1_000_000
"""One second in microseconds."""


class PastBar(NamedTuple):
    """One bar; `seconds` is how long it is in the market, at most the American session."""

    time: int
    """When it happened, in microseconds since 1970."""
    seconds: int
    open: float
    high: float
    low: float
    close: float
    volume: float | None


class PastQuote(NamedTuple):
    """One trade, one change of the touch, or both; None is what a row does not say."""

    time: int
    """When it happened, in microseconds since 1970."""
    price: float | None
    size: float
    bid: float | None
    ask: float | None
    bid_size: float
    ask_size: float


Series = list[PastBar] | list[PastQuote]
"""The past of one instrument in order of time."""
