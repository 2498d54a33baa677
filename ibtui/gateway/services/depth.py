"""Depth of market: the book of an instrument row by row, with or without the names of who shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.markets.book import Level
from ibtui.exchange.told.reports import Report, Tick
from ibtui.gateway import refusals
from ibtui.gateway.services.contracts import resolve
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import market, requests, responses
from ibtui.gateway.wire.codec import Values

MOST_ROWS = 10
"""Levels a book shows on each side."""
INSERT, UPDATE, DELETE = 0, 1, 2
ASKS, BIDS = 0, 1
LEAP = timedelta(minutes=1)
"""A step of time after which the book is another one: it is taken back with 317 and shown afresh."""

DEPTH_EXCHANGES = (
    ("ISLAND", "STK", "NASDAQ", "Deep2", 1),
    ("NASDAQ", "STK", "NASDAQ", "Deep2", 1),
    ("ARCA", "STK", "ARCA", "Deep", None),
    ("BATS", "STK", "BATS", "Deep", None),
    ("NYSE", "STK", "NYSE", "Deep", None),
    ("IEX", "STK", "IEX", "Deep", None),
    ("IBIS", "STK", "IBIS", "Deep", None),
    ("CME", "FUT", "CME", "Deep", None),
    ("CME", "FOP", "CME", "Deep", None),
    ("COMEX", "FUT", "COMEX", "Deep", None),
    ("NYMEX", "FUT", "NYMEX", "Deep", None),
    ("IDEALPRO", "CASH", "IDEALPRO", "Deep", None),
    ("PAXOS", "CRYPTO", "PAXOS", "Deep", None),
)
"""Exchange, instruments, listing exchange, service and group; Deep2 names the market makers of its rows."""
_NAMING = frozenset(exchange for exchange, _, _, service, _ in DEPTH_EXCHANGES if service == "Deep2")


class DepthRow(NamedTuple):
    """One row as a client holds it."""

    price: float
    size: float
    maker: str


class DepthChange(NamedTuple):
    """What a client must do to one side of its book."""

    position: int
    operation: int
    row: DepthRow


class Screen:
    """One subscription and the book its client holds."""

    def __init__(self, request: int, listing: Listing, rows: int, *, named: bool, smart: bool) -> None:
        self.request = request
        self.con_id = listing.instrument.con_id
        self.rows = rows
        self.named = named
        self.smart = smart
        self._held: dict[int, list[DepthRow]] = {ASKS: [], BIDS: []}

    def empty(self) -> None:
        """The client was told to empty its book."""
        self._held = {ASKS: [], BIDS: []}

    def changes(self, side: int, levels: list[Level]) -> Iterator[DepthChange]:
        """What turns the client's side of the book into `levels`: rows updated in place, added or removed at the end.

        No row is inserted between others: that is as true, and some clients shift their rows wrongly.
        """
        held, self._held[side] = self._held[side], [DepthRow(*level[:3]) for level in levels[: self.rows]]
        new = self._held[side]
        for position, (old, row) in enumerate(zip(held, new, strict=False)):
            if old != row:
                yield DepthChange(position, UPDATE, row)
        for position in range(len(held), len(new)):
            yield DepthChange(position, INSERT, new[position])
        for position in range(len(held) - 1, len(new) - 1, -1):
            yield DepthChange(position, DELETE, DepthRow(0.0, 0.0, held[position].maker))


class DepthService(Service):
    """Books for one client. Of several states within one step only the newest goes out."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._screens: dict[int, Screen] = {}
        self._changed: set[int] = set()
        self._shown: datetime | None = None

    def handlers(self) -> Mapping[int, Handler]:
        return {
            market.REQ_MKT_DEPTH.id: self._subscribe,
            market.CANCEL_MKT_DEPTH.id: self._cancel,
            requests.REQ_MKT_DEPTH_EXCHANGES.id: self._exchanges,
        }

    def report(self, report: Report) -> None:
        if self._screens and isinstance(report, Tick):
            self._changed.add(report.con_id)

    def settle(self) -> None:
        if not self._screens or self.client.congested:
            return
        now, before = self.backend.exchange.now, self._shown
        leapt = before is not None and now - before >= LEAP
        self._shown = now
        for screen in self._screens.values():
            if leapt:
                self._reset(screen)
            if leapt or screen.con_id in self._changed:
                self._show(screen)
        self._changed.clear()

    def ended(self) -> None:
        for screen in self._screens.values():
            self.backend.exchange.unwatch(screen.con_id)
        self._screens.clear()

    def _subscribe(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._screens:
            raise refusals.processing("Duplicate ticker id")
        if request["numRows"] < 1:
            raise refusals.validation("Invalid number of rows; it must be above zero")
        listing = resolve(self.backend.exchange.listings, request)
        if not listing.quoted:
            raise refusals.no_depth()
        if not listing.permitted or listing.delayed_only:
            raise refusals.needs_subscription(f"{listing.instrument.symbol} {listing.instrument.exchange}/DEEP")
        most, open_now = self.backend.limits.depths, {screen.con_id for screen in self._screens.values()}
        if listing.instrument.con_id not in open_now and len(open_now) >= most:
            raise refusals.too_many_depths(most)
        smart = request["isSmartDepth"]
        named = smart or request["exchange"].upper() in _NAMING
        screen = Screen(number, listing, min(request["numRows"], MOST_ROWS), named=named, smart=smart)
        self._screens[number] = screen
        self.backend.exchange.watch(screen.con_id)
        self._shown = self.backend.exchange.now
        self._show(screen)

    def _cancel(self, request: Values) -> None:
        screen = self._screens.pop(request["reqId"], None)
        if screen is None:
            raise refusals.unknown_depth(request["reqId"])
        self.backend.exchange.unwatch(screen.con_id)

    def _exchanges(self, _: Values) -> None:
        names = ("exchange", "secType", "listingExch", "serviceDataType", "aggGroup")
        rows = [dict(zip(names, row, strict=True)) for row in DEPTH_EXCHANGES]
        self.client.send(responses.MKT_DEPTH_EXCHANGES, exchanges=rows)

    def _reset(self, screen: Screen) -> None:
        screen.empty()
        refused = refusals.depth_reset()
        self.client.error(screen.request, refused.code, refused.text)

    def _show(self, screen: Screen) -> None:
        book = self.backend.exchange.depth(screen.con_id, screen.rows)
        for side, levels in ((BIDS, book.bids), (ASKS, book.asks)):
            for change in screen.changes(side, levels):
                self._send(screen, side, change)

    def _send(self, screen: Screen, side: int, change: DepthChange) -> None:
        fields: Values = {
            "reqId": screen.request,
            "position": change.position,
            "operation": change.operation,
            "side": side,
            "price": change.row.price,
            "size": change.row.size,
        }
        if screen.named:
            naming = {"marketMaker": change.row.maker, "isSmartDepth": screen.smart}
            self.client.send(market.MKT_DEPTH_L2, **fields, **naming)
        else:
            self.client.send(market.MKT_DEPTH, **fields)
