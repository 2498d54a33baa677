"""Trades added up: what history is made of."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """Trades of one interval: prices in ticks, size in units, `value` their sum of price times size."""

    time: int
    open: int
    high: int
    low: int
    close: int
    size: int
    value: float
    trades: int
