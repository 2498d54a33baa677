"""Ticks of the past: trades, quotes and middles as they were streamed, by request or ahead of a tick-by-tick stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from ibtui.exchange.markets.history import PastTick
from ibtui.gateway import refusals
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.services.contracts import resolve
from ibtui.gateway.services.service import GatewayClient, Handler, Service
from ibtui.gateway.services.times import parse_time
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Layout

MOST = 1000
"""Ticks in one answer, but for those of the last second, which all come."""

Shown = Literal["TRADES", "BID_ASK", "MIDPOINT"]
SHOWN: tuple[Shown, ...] = ("TRADES", "BID_ASK", "MIDPOINT")
_LAYOUTS: Mapping[Shown, Layout] = {
    "TRADES": market.HISTORICAL_TICKS_LAST,
    "BID_ASK": market.HISTORICAL_TICKS_BID_ASK,
    "MIDPOINT": market.HISTORICAL_TICKS,
}


class TickRange(NamedTuple):
    """Which ticks are wanted: the first from `start` on, else the last before `end`."""

    con_id: int
    what: Shown
    start: datetime | None
    end: datetime | None
    most: int
    ignore_size: bool = False
    """Quotes of which only a size changed are left out."""


class PastTicks(Service):
    """Historical ticks for one client."""

    def handlers(self) -> Mapping[int, Handler]:
        return {market.REQ_HISTORICAL_TICKS.id: self._request}

    def _request(self, request: Values) -> None:
        what = next((shown for shown in SHOWN if shown == request["whatToShow"]), None)
        if what is None:
            raise refusals.historical_ticks(f"Invalid data type {request['whatToShow']!r}")
        if request["numberOfTicks"] < 1:
            raise refusals.historical_ticks("Invalid number of ticks")
        start, end = _time(request["startDateTime"]), _time(request["endDateTime"])
        if start is None and end is None:
            raise refusals.historical_ticks("Either start or end time must be specified")
        listing = resolve(self.backend.exchange.listings, request)
        if not listing.permitted:
            raise refusals.historical_ticks(refusals.no_permission(listing))
        past = TickRange(
            listing.instrument.con_id, what, start, end, min(request["numberOfTicks"], MOST), request["ignoreSize"]
        )
        send_past(self.client, self.backend, request["reqId"], past)


def send_past(client: GatewayClient, backend: Backend, request: int, past: TickRange) -> None:
    """Send the ticks that are wanted in one message, which is also the last."""
    ticks = backend.exchange.ticks(past.con_id, start=past.start, end=past.end, count=past.most, what=past.what)
    if past.ignore_size:
        ticks = list(_new_prices(ticks))
    client.send(_LAYOUTS[past.what], reqId=request, ticks=[_fields(tick, past.what) for tick in ticks], done=True)


def _new_prices(ticks: Sequence[PastTick]) -> Iterator[PastTick]:
    yield from ticks[:1]
    for before, tick in pairwise(ticks):
        if (before.bid, before.ask, before.price) != (tick.bid, tick.ask, tick.price):
            yield tick


def _fields(tick: PastTick, what: Shown) -> Values:
    time = tick.time.timestamp()
    if what == "BID_ASK":
        quotes: dict[str, Any] = {"priceBid": tick.bid, "priceAsk": tick.ask}
        return {"time": time, "mask": 0, **quotes, "sizeBid": tick.bid_size, "sizeAsk": tick.ask_size}
    if what == "MIDPOINT":
        return {"time": time, "price": round(tick.price, 8), "size": 0}
    traded = {"price": tick.price, "size": tick.size, "exchange": tick.exchange}
    return {"time": time, "mask": 0, **traded, "specialConditions": ""}


def _time(text: str) -> datetime | None:
    try:
        return parse_time(text) if text.strip() else None
    except ValueError as error:
        raise refusals.validation(f"Invalid date/time: {error}") from None
