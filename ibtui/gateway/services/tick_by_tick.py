"""Tick by tick: every trade, or every change of the quotes, as it happens and with none left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.told.reports import Report, Tick
from ibtui.gateway import refusals
from ibtui.gateway.services.contracts import resolve
from ibtui.gateway.services.past_ticks import MOST, Shown, TickRange, send_past
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values

KINDS = {"Last": 1, "AllLast": 2, "BidAsk": 3, "MidPoint": 4}
"""Tick types by the name they are asked for; every trade here is a reported one, so AllLast adds none to Last."""
_SHOWN: Mapping[int, Shown] = {1: "TRADES", 2: "TRADES", 3: "BID_ASK", 4: "MIDPOINT"}


class Stream:
    """One subscription and the quotes it was sent last."""

    def __init__(self, request: int, listing: Listing, kind: int, ignore_size: bool) -> None:
        self.request = request
        self.listing = listing
        self.kind = kind
        self._ignore_size = ignore_size
        self._seen: tuple[float, ...] = ()

    def is_news(self, tick: Tick) -> bool:
        """Whether a tick says something that this stream shows; what it says is remembered."""
        if self.kind in (1, 2):
            return tick.traded
        seen: tuple[float, ...] = (tick.bid, tick.ask)
        if self.kind == 3 and not self._ignore_size:
            seen = (*seen, tick.bid_size, tick.ask_size)
        if self.kind == 4:
            seen = (middle(tick),)
        changed, self._seen = seen != self._seen, seen
        return changed


class TickByTick(Service):
    """Tick-by-tick data for one client."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._streams: dict[int, Stream] = {}
        self._by_con_id: defaultdict[int, list[Stream]] = defaultdict(list)

    def handlers(self) -> Mapping[int, Handler]:
        return {
            market.REQ_TICK_BY_TICK_DATA.id: self._subscribe,
            market.CANCEL_TICK_BY_TICK_DATA.id: self._cancel,
        }

    def report(self, report: Report) -> None:
        if isinstance(report, Tick):
            for stream in self._by_con_id.get(report.con_id, ()):
                if stream.is_news(report):
                    self.client.send(market.TICK_BY_TICK_OF[stream.kind], **tick_fields(stream, report))

    def ended(self) -> None:
        for stream in self._streams.values():
            self.backend.exchange.unwatch(stream.listing.instrument.con_id)
        self._streams.clear()
        self._by_con_id.clear()

    def _subscribe(self, request: Values) -> None:
        number, kind = request["reqId"], KINDS.get(request["tickType"])
        if kind is None:
            raise refusals.tick_by_tick(f"Invalid tick type {request['tickType']!r}")
        if number in self._streams:
            raise refusals.processing("Duplicate ticker id")
        listing = resolve(self.backend.exchange.listings, request)
        if not listing.permitted or listing.delayed_only:
            raise refusals.tick_by_tick(refusals.no_permission(listing))
        if len(self._streams) >= self.backend.limits.tick_by_tick:
            raise refusals.too_many_tick_by_tick()
        if kind in (3, 4) and not listing.quoted:
            name = f"{request['tickType']} tick-by-tick requests are not supported for {listing.instrument.symbol}"
            raise refusals.tick_by_tick(name)
        stream = Stream(number, listing, kind, request["ignoreSize"])
        self._begin(stream, request["numberOfTicks"])
        self._streams[number] = stream
        self._by_con_id[listing.instrument.con_id].append(stream)
        self.backend.exchange.watch(listing.instrument.con_id)

    def _begin(self, stream: Stream, count: int) -> None:
        """Ticks of the past as they were asked for, then the one that holds now."""
        con_id = stream.listing.instrument.con_id
        if count > 0:
            past = TickRange(con_id, _SHOWN[stream.kind], None, self.backend.exchange.now, min(count, MOST))
            send_past(self.client, self.backend, stream.request, past)
        tick = self.backend.exchange.tick(con_id)
        if stream.is_news(tick):
            self.client.send(market.TICK_BY_TICK_OF[stream.kind], **tick_fields(stream, tick))

    def _cancel(self, request: Values) -> None:
        stream = self._streams.pop(request["reqId"], None)
        if stream is None:
            raise refusals.unknown_ticker(request["reqId"])
        self._by_con_id[stream.listing.instrument.con_id].remove(stream)
        self.backend.exchange.unwatch(stream.listing.instrument.con_id)


def middle(tick: Tick) -> float:
    """The middle of the quotes, free of the error that halving decimals in binary leaves."""
    return round((tick.bid + tick.ask) / 2, 8)


def tick_fields(stream: Stream, tick: Tick) -> Values:
    """A tick as this stream shows it."""
    fields: Values = {"reqId": stream.request, "tickType": stream.kind, "time": tick.time.timestamp()}
    if stream.kind == 4:
        return fields | {"midPoint": middle(tick)}
    if stream.kind == 3:
        sizes = {"bidSize": tick.bid_size, "askSize": tick.ask_size}
        mask = (tick.bid < tick.low) | (tick.ask > tick.high) << 1
        return fields | sizes | {"bidPrice": tick.bid, "askPrice": tick.ask, "mask": mask}
    return fields | {
        "price": tick.last,
        "size": tick.last_size,
        "mask": 0,
        "exchange": tape_exchange(stream.listing),
        "specialConditions": "",
    }


def tape_exchange(listing: Listing) -> str:
    """Where a trade happened: the instrument's home, as no other venue is simulated."""
    return listing.instrument.primary_exchange or listing.instrument.exchange
