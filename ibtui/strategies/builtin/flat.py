"""From when on a strategy closes what it holds, so that it is flat before its session ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.domain.bar import bar_seconds
from ibtui.strategies.author.base import Strategy


def flat_from(strategy: Strategy, words: str, symbol: str, bar: str) -> datetime:
    """When `words` are in the session of `symbol`; earlier where that leaves no bar before the close in which an order
    trades: with bars of five minutes five minutes before it, however early that is.
    """
    last = strategy.session(symbol).end - timedelta(seconds=bar_seconds(bar))
    return min(strategy.moment(words, symbol), last)
