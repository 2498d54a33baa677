"""Quotes: market data subscriptions, snapshots, and what of a tick is news to a client."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ibtui.exchange.instruments import Listing
from ibtui.exchange.reports import Report, Tick
from ibtui.gateway import refusals
from ibtui.gateway.contracts import resolve
from ibtui.gateway.service import Handler, Service
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values

LINES = 100
"""Market data lines of one client, as an account without boosters has."""
LIVE = 1

BID, ASK, LAST, HIGH, LOW, CLOSE, OPEN = 1, 2, 4, 6, 7, 9, 14
BID_SIZE, ASK_SIZE, LAST_SIZE, VOLUME = 0, 3, 5, 8
LAST_TIME, RT_VOLUME, HALTED = 45, 48, 49
RT_VOLUME_REQUEST = 233
CAN_AUTO_EXECUTE = 1

GENERIC_TICKS = frozenset(
    (100, 101, 104, 105, 106, 162, 165, 221, 225, 232, 233, 236, 256, 258, 292, 293, 294, 295)
) | frozenset((318, 375, 411, 456, 460, 576, 577, 586, 588, 595))
"""What IB knows; of these only RTVolume exists here, the others are taken and stay silent."""


class Line:
    """One subscription and what it was sent last."""

    def __init__(self, request: int, listing: Listing, generic: frozenset[int]) -> None:
        self.request = request
        self.listing = listing
        self.generic = generic
        self._prices: dict[int, float] = {}
        self._sizes: dict[int, float] = {}

    def changed_price(self, kind: int, price: float) -> bool:
        known = self._prices.get(kind)
        self._prices[kind] = price
        return known != price

    def changed_size(self, kind: int, size: float) -> bool:
        known = self._sizes.get(kind)
        self._sizes[kind] = size
        return known != size


class Quotes(Service):
    """Market data for one client. Of several ticks within one step only the newest goes out, but for the tape."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lines: dict[int, Line] = {}
        self._newest: dict[int, Tick] = {}

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_MKT_DATA.id: self._subscribe,
            requests.CANCEL_MKT_DATA.id: self._cancel,
            requests.REQ_MARKET_DATA_TYPE.id: self._data_type,
        }

    def report(self, report: Report) -> None:
        if not isinstance(report, Tick):
            return
        self._newest[report.con_id] = report
        if report.traded and not self.client.congested:
            for line in self._watching(report.con_id):
                self._send_trade(line, report)

    def settle(self) -> None:
        if self.client.congested:
            return
        for tick in self._newest.values():
            for line in self._watching(tick.con_id):
                self._send_quote(line, tick)
        self._newest.clear()

    def _watching(self, con_id: int) -> Iterator[Line]:
        return (line for line in self._lines.values() if line.listing.instrument.con_id == con_id)

    def _subscribe(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._lines:
            raise refusals.processing("Duplicate ticker id")
        generic = _generic_ticks(request["genericTickList"])
        if request["snapshot"] and generic:
            raise refusals.validation("Snapshot market data subscription is not applicable to generic ticks")
        if len(self._lines) >= LINES:
            raise refusals.too_many_tickers()
        line = Line(number, resolve(self.backend.exchange.listings, request), generic)
        self._begin(line)
        if request["snapshot"] or request["regulatorySnapshot"]:
            self.client.send(responses.TICK_SNAPSHOT_END, reqId=number)
        else:
            self._lines[number] = line

    def _begin(self, line: Line) -> None:
        instrument = line.listing.instrument
        self.client.send(
            responses.TICK_REQ_PARAMS,
            reqId=line.request,
            minTick=instrument.tick,
            bboExchange="9c0001",
            snapshotPermissions=3,
        )
        self.client.send(responses.MARKET_DATA_TYPE, reqId=line.request, marketDataType=LIVE)
        self.client.send(responses.TICK_GENERIC, reqId=line.request, tickType=HALTED, value=0.0)
        self._send_quote(line, self.backend.exchange.tick(instrument.con_id))

    def _cancel(self, request: Values) -> None:
        if self._lines.pop(request["reqId"], None) is None:
            raise refusals.unknown_ticker(request["reqId"])

    def _data_type(self, request: Values) -> None:
        """Live data is there for everything, and TWS sends live where it can whatever else was asked for."""
        if request["marketDataType"] not in (1, 2, 3, 4):
            raise refusals.validation("Invalid market data type")

    def _send_quote(self, line: Line, tick: Tick) -> None:
        self._send_side(line, BID, tick.bid, BID_SIZE, tick.bid_size)
        self._send_side(line, ASK, tick.ask, ASK_SIZE, tick.ask_size)
        self._send_side(line, LAST, tick.last, LAST_SIZE, tick.last_size)
        self._send_size(line, VOLUME, tick.volume)
        for kind, price in ((HIGH, tick.high), (LOW, tick.low), (CLOSE, tick.close), (OPEN, tick.open)):
            if _known(price) and line.changed_price(kind, price):
                self._send_price(line, kind, price, 0.0)

    def _send_side(self, line: Line, kind: int, price: float, size_kind: int, size: float) -> None:
        """A price carries its size; a size that changed alone, or with it, comes as its own message as from TWS."""
        if not _known(price):
            return
        if line.changed_price(kind, price):
            self._send_price(line, kind, price, size)
        self._send_size(line, size_kind, size)

    def _send_price(self, line: Line, kind: int, price: float, size: float) -> None:
        self.client.send(
            responses.TICK_PRICE,
            reqId=line.request,
            tickType=kind,
            price=price,
            size=size,
            attribMask=CAN_AUTO_EXECUTE if kind in (BID, ASK) else 0,
        )

    def _send_size(self, line: Line, kind: int, size: float) -> None:
        if math.isfinite(size) and line.changed_size(kind, size):
            self.client.send(responses.TICK_SIZE, reqId=line.request, tickType=kind, size=size)

    def _send_trade(self, line: Line, tick: Tick) -> None:
        """The trade's time, and its line of the tape for whoever asked for that."""
        self._send_string(line, LAST_TIME, str(int(tick.time.timestamp())))
        average = self.backend.average_price(tick.con_id)
        if RT_VOLUME_REQUEST in line.generic and average is not None:
            self._send_string(line, RT_VOLUME, tape(tick, average))

    def _send_string(self, line: Line, kind: int, value: str) -> None:
        self.client.send(responses.TICK_STRING, reqId=line.request, tickType=kind, value=value)


def tape(tick: Tick, average: float) -> str:
    """A trade as RTVolume: price, size, epoch milliseconds, day's volume, average price, single trade."""
    milliseconds = int(tick.time.timestamp() * 1000)
    return f"{tick.last};{tick.last_size:.10f};{milliseconds};{tick.volume:.10f};{average:.8f};true"


def _known(price: float) -> bool:
    return math.isfinite(price) and price != 0


def _generic_ticks(text: str) -> frozenset[int]:
    """The numbers in a generic tick list, which may carry a provider as in 292:BRFG; raises Refused."""
    wanted = set()
    for word in filter(None, (word.strip() for word in text.split(","))):
        number = word.partition(":")[0]
        if number == "mdoff":
            continue
        if not number.isdecimal() or int(number) not in GENERIC_TICKS:
            legal = ",".join(str(tick) for tick in sorted(GENERIC_TICKS))
            raise refusals.validation(f"Incorrect generic tick list of {text}. Legal ones are: {legal}")
        wanted.add(int(number))
    return frozenset(wanted)
