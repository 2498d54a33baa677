"""One connection: greeting, client id, requests in, messages out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Protocol, cast

from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.reports import Report
from ibtui.gateway import refusals
from ibtui.gateway.faults import GatewayFaults
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.running.json_log import JsonLog
from ibtui.gateway.running.outbox import ClientOutbox
from ibtui.gateway.running.pacing import Pacing, TooManyMessages
from ibtui.gateway.running.registry import LAST_ID
from ibtui.gateway.services.accounts import Accounts
from ibtui.gateway.services.archive import ArchiveService
from ibtui.gateway.services.contracts import ContractsService
from ibtui.gateway.services.depth import DepthService
from ibtui.gateway.services.display_groups import DisplayGroups
from ibtui.gateway.services.entitlements import Entitlements
from ibtui.gateway.services.executions import Executions
from ibtui.gateway.services.handshake import FARMS, Handshake, dialect
from ibtui.gateway.services.history import HistoryService
from ibtui.gateway.services.news import NewsService
from ibtui.gateway.services.options import OptionsService
from ibtui.gateway.services.orders import OrdersService
from ibtui.gateway.services.past_ticks import PastTicks
from ibtui.gateway.services.pnl import Pnl
from ibtui.gateway.services.positions import PositionsService
from ibtui.gateway.services.quotes import QuotesService
from ibtui.gateway.services.real_time_bars import RealTimeBars
from ibtui.gateway.services.scanner import Scanners
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.services.tick_by_tick import TickByTick
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.dialect import ClientRequest, Dialect
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import Greeting, UnframedError

SERVICES: tuple[type[Service], ...] = (
    Handshake,
    ContractsService,
    QuotesService,
    HistoryService,
    RealTimeBars,
    TickByTick,
    DepthService,
    PastTicks,
    ArchiveService,
    OptionsService,
    NewsService,
    Scanners,
    PositionsService,
    Accounts,
    Pnl,
    Executions,
    OrdersService,
    DisplayGroups,
    Entitlements,
)
"""Every noun the gateway knows, in the order in which they hear of what happened."""

_MOST_UNREAD_QUOTES = 256 * 1024
"""Bytes unread beyond which quotes wait for the client to catch up."""

_log = logging.getLogger(__name__)


class House(Protocol):
    """What the connections of a gateway share, as one of them sees it."""

    backend: Backend
    faults: GatewayFaults
    log: JsonLog | None

    @property
    def stepped(self) -> bool:
        """Nothing is to depend on how the machine's time cuts things up."""

    def pacing(self) -> Pacing | None:
        """The counter for a new client's requests; None when nobody is held to a rate."""

    def opened(self, session: ClientSession) -> None: ...

    def closed(self, session: ClientSession) -> None: ...

    def admit(self, session: ClientSession, client_id: int) -> bool:
        """Give a session its client id; False when another connection has it."""

    def advance(self) -> None:
        """Bring the exchange to the present and tell everyone what happened."""

    def tell(self) -> None:
        """Tell everyone what happened at the exchange since they were last told."""


class ClientSession(asyncio.Protocol):
    """One client's connection; `id` is -1 until startApi."""

    def __init__(self, house: House) -> None:
        self.id = -1
        self.version = 0
        self.drained = asyncio.Event()
        """Clear while the client leaves much unread."""
        self.drained.set()
        self._house = house
        self._greeting = Greeting()
        self._dialect: Dialect | None = None
        self._pacing = house.pacing()
        self._services: tuple[Service, ...] = ()
        self._hearing: list[Callable[[Report], None]] = []
        self._settling: list[Callable[[], None]] = []
        self._handlers: Mapping[int, Handler] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_MOST_UNREAD_QUOTES)
        self._outbox = ClientOutbox(self._transport, self._leave_edge, self._house.faults.outgoing, self._house.stepped)
        self._house.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.drained.set()
        self._outbox.close()
        for service in self._services:
            service.ended()
        self._house.closed(self)

    def pause_writing(self) -> None:
        self.drained.clear()

    def resume_writing(self) -> None:
        self.drained.set()

    @property
    def congested(self) -> bool:
        """What can wait should; never in stepped time, which itself waits for the client."""
        return not (self._house.stepped or self.drained.is_set())

    def data_received(self, data: bytes) -> None:
        try:
            if self._dialect is None:
                data = self._greet(data)
            for request in self._dialect.read(data) if self._dialect else ():
                self._receive(request)
                if self._transport.is_closing():
                    return
                if self._house.stepped:
                    self._outbox.flush()
        except UnframedError as error:
            _log.warning("closed a connection: %s", error)
            self._refuse({}, refusals.unreadable("the stream", str(error)))
            self.close()

    def send(self, layout: Layout, **values: Any) -> None:
        """Queue one message; it leaves with everything else of this turn of the loop."""
        if self._dialect is None or self._transport.is_closing():
            return
        written = self._dialect.write(layout, values)
        if written is not None:
            self._outbox.add(layout.id, written)
            if self._house.log is not None:
                self._house.log.write(self.id, "out", layout, values)

    def error(self, request: int, code: int, text: str) -> None:
        """Queue an error about a request or an order; -1 for one about neither."""
        self.send(responses.ERROR, reqId=request, errorCode=code, errorString=text)

    def hear(self, reports: Sequence[Report]) -> None:
        """Pass on what happened at the exchange."""
        for report in reports:
            for hear in self._hearing:
                hear(report)
        for settle in self._settling:
            settle()

    def each_second(self) -> None:
        for service in self._services:
            service.each_second()

    def flush(self) -> None:
        """Write to the socket what is queued for the client."""
        self._outbox.flush()

    def close(self) -> None:
        """Write what is queued and close."""
        self._outbox.flush()
        self._transport.close()

    def abort(self) -> None:
        """Cut the connection at once; what is queued is lost."""
        self._transport.abort()

    def hold(self, held: bool) -> None:
        """Neither read nor write while held; the connection stays."""
        self._outbox.held = held
        if self._transport.is_closing():
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
            self._outbox.flush()

    def _greet(self, data: bytes) -> bytes:
        """Answer the greeting, in one write and with nothing after it: clients read it alone. Returns what follows."""
        hello = self._greeting.feed(data)
        if hello is None:
            return b""
        spoken = dialect(hello)
        if spoken is None:
            raise UnframedError(f"no common version with {hello.lowest} to {hello.highest}")
        self._dialect, self.version = spoken, spoken.version
        self._transport.write(spoken.hello(self._house.backend.exchange.now))
        return hello.rest

    def _receive(self, request: ClientRequest) -> None:
        layout, values, flaw = request
        if self._house.log is not None:
            self._house.log.write(self.id, "in", layout, values, flaw)
        if flaw:
            _log.warning("malformed %s: %s", layout.name, flaw)
            self._refuse(values, refusals.unreadable(layout.name, flaw))
        elif not any(drops(layout.id) for drops in self._house.faults.incoming):
            self._take(layout, values)

    def _take(self, layout: Layout, values: Values) -> None:
        """Carry a request out, unless a fault denies it or keeps it from IB."""
        denied = self._house.faults.denied(layout.id) if self._services else None
        if denied is not None:
            self._refuse(values, denied)
        elif not self._house.faults.holds_back(self, layout, values):
            self.fulfil(layout, values)

    def fulfil(self, layout: Layout, values: Values) -> None:
        """Carry out a request and tell everyone what came of it."""
        if not self._services:
            self._start(layout, values)
            return
        try:
            self._house.advance()
            if self._pacing is not None:
                self._pacing.check(layout, values)
            self._handler(layout)(values)
        except TooManyMessages as refused:
            self.error(refused.violation, refused.code, refused.text)
            if self._pacing is not None and self._pacing.exhausted:
                self.close()
        except Refused as refused:
            self._refuse(values, refused)
        except Exception:
            _log.exception("%s failed", layout.name)
            self._refuse(values, refusals.processing(f"{layout.name} failed inside the gateway"))
        self._house.tell()

    def _handler(self, layout: Layout) -> Handler:
        handler = self._handlers.get(layout.id)
        if handler is None:
            raise refusals.unsupported(layout.name)
        return handler

    def _start(self, layout: Layout, values: Values) -> None:
        """Take startApi, and nothing before it."""
        if layout is not requests.START_API:
            _log.warning("%s before startApi", layout.name)
            return
        client_id = values["clientId"]
        if client_id < 0 or not self._house.admit(self, client_id):
            refused = refusals.client_id_in_use()
            self.error(-1, refused.code, refused.text)
            self.close()
            return
        self.id = client_id
        self._services = tuple(service(self, self._house.backend) for service in SERVICES)
        self._hearing = [each.report for each in self._services if type(each).report is not Service.report]
        self._settling = [each.settle for each in self._services if type(each).settle is not Service.settle]
        self._handlers = dict(chain.from_iterable(service.handlers().items() for service in self._services))
        for service in self._services:
            service.started()

    def _refuse(self, values: Values, refused: Refused) -> None:
        """Say why not, but nothing ahead of startApi: the official client throws away what comes before its answer."""
        if self._services:
            self.error(_subject(values), refused.code, refused.text)

    def _leave_edge(self) -> None:
        code, text = FARMS[0]
        self.error(-1, code, text)


def _subject(values: Values) -> int:
    """What an answer to a request is about: its own number, its order's, or nothing, as of one that TWS cannot read."""
    for name in ("reqId", "orderId"):
        if name in values:
            return int(values[name]) if values[name] <= LAST_ID else -1
    return -1
