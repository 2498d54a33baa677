"""A market as it stood: fifteen minutes ago for who may not see it now, or at its close for who wants that."""

from __future__ import annotations

from datetime import datetime, timedelta

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.markets.history import PastTick
from ibtui.exchange.told.reports import HistoryBar, Tick

DELAY = timedelta(minutes=15)
DAY = 86400
UNKNOWN = float("nan")


def delayed_tick(exchange: Exchange, con_id: int) -> Tick:
    """The market a quarter of an hour ago, as `past_tick`."""
    return past_tick(exchange, con_id, exchange.now - DELAY)


def past_tick(exchange: Exchange, con_id: int, then: datetime) -> Tick:
    """The touch, the last trade and the day's figures at a moment or before it; NaN for what there was not."""
    quote, trade = _last(exchange, con_id, then, "BID_ASK"), _last(exchange, con_id, then, "TRADES")
    listing = exchange.listings.by_con_id(con_id)
    if listing is not None and not listing.quoted:
        quote = None
    days = exchange.history(con_id, end=then, seconds=2 * DAY, bar=DAY)
    today = days[-1] if days else None
    return Tick(
        con_id=con_id,
        time=trade.time if trade is not None else then,
        bid=quote.bid if quote is not None else UNKNOWN,
        ask=quote.ask if quote is not None else UNKNOWN,
        bid_size=quote.bid_size if quote is not None else UNKNOWN,
        ask_size=quote.ask_size if quote is not None else UNKNOWN,
        last=trade.price if trade is not None else UNKNOWN,
        last_size=trade.size if trade is not None else UNKNOWN,
        volume=today.volume if today is not None else UNKNOWN,
        open=_of(today, "open"),
        high=_of(today, "high"),
        low=_of(today, "low"),
        close=days[-2].close if len(days) > 1 else UNKNOWN,
        traded=trade is not None,
    )


def _last(exchange: Exchange, con_id: int, end: datetime, what: str) -> PastTick | None:
    ticks = exchange.ticks(con_id, end=end, count=1, what="TRADES" if what == "TRADES" else "BID_ASK")
    return ticks[-1] if ticks else None


def _of(bar: HistoryBar | None, name: str) -> float:
    return UNKNOWN if bar is None else float(getattr(bar, name))
