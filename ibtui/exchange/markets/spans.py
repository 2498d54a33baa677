"""Trades added up: what history is made of."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from ibtui.exchange.listed.grid import PriceGrid


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


class Adjustment(NamedTuple):
    """What a corporate action makes of the prices and sizes before it."""

    time: int
    """When the interval begins, in microseconds since 1970."""
    prices: float
    sizes: float
    """1 for a dividend, the new shares for an old one of a split."""


def adjusted(span: Span, adjustments: Sequence[Adjustment], grid: PriceGrid, *, dividends: bool) -> Span:
    """A span as if every split after it, and with `dividends` every dividend, had been before it."""
    after = [item for item in adjustments if item.time > span.time and (dividends or item.sizes != 1.0)]
    prices, sizes = prod(item.prices for item in after), prod(item.sizes for item in after)
    begin, high, low, close = (grid.times(price, prices) for price in span[1:5])
    value = span.value * prices * sizes
    return Span(span.time, begin, high, low, close, int(span.size * sizes), value, span.trades)
