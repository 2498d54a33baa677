"""One connection: greeting, client id, requests in, messages out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Protocol, cast

from ibtui.domain.text import sanitize
from ibtui.exchange.refusal import Refused
from ibtui.exchange.reports import Report
from ibtui.gateway import refusals
from ibtui.gateway.accounts import Accounts
from ibtui.gateway.backend import Backend
from ibtui.gateway.contracts import Contracts
from ibtui.gateway.executions import Executions
from ibtui.gateway.faults import Faults
from ibtui.gateway.handshake import FARMS, Handshake, agree, answer
from ibtui.gateway.history import History
from ibtui.gateway.orders import Orders
from ibtui.gateway.outbox import Outbox, Outgoing
from ibtui.gateway.pnl import Pnl
from ibtui.gateway.positions import Positions
from ibtui.gateway.quotes import Quotes
from ibtui.gateway.service import Handler, Service
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values, decode, encode
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import Frames, Greeting, UnframedError, frame, split
from ibtui.gateway.wire.values import MalformedError

SERVICES: tuple[type[Service], ...] = (
    Handshake,
    Contracts,
    Quotes,
    History,
    Positions,
    Accounts,
    Pnl,
    Executions,
    Orders,
)
"""Every noun the gateway knows, in the order in which they hear of what happened."""

_MOST_UNREAD_QUOTES = 256 * 1024
"""Bytes unread beyond which quotes wait for the client to catch up."""

_log = logging.getLogger(__name__)


class House(Protocol):
    """Where sessions live."""

    backend: Backend
    faults: Faults

    def opened(self, session: Session) -> None: ...

    def closed(self, session: Session) -> None: ...

    def admit(self, session: Session, client_id: int) -> bool:
        """Give a session its client id; False when another connection has it."""

    def advance(self) -> None:
        """Bring the exchange to the present and tell everyone what happened."""

    def tell(self) -> None:
        """Tell everyone what happened at the exchange since they were last told."""


class Session(asyncio.Protocol):
    """One client's connection; `id` is -1 until startApi."""

    def __init__(self, house: House) -> None:
        self.id = -1
        self.version = 0
        self.congested = False
        self._house = house
        self._greeting = Greeting()
        self._frames = Frames()
        self._services: tuple[Service, ...] = ()
        self._handlers: Mapping[int, Handler] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_MOST_UNREAD_QUOTES)
        self._outbox = Outbox(self._transport, self._leave_edge, self._house.faults.outgoing)
        self._house.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._outbox.close()
        self._house.closed(self)

    def pause_writing(self) -> None:
        self.congested = True

    def resume_writing(self) -> None:
        self.congested = False

    def data_received(self, data: bytes) -> None:
        try:
            if not self.version:
                data = self._greet(data)
            for payload in self._frames.feed(data) if self.version else ():
                self._receive(split(payload))
                if self._transport.is_closing():
                    return
        except UnframedError as error:
            _log.warning("closed a connection: %s", error)
            self.close()

    def send(self, layout: Layout, **values: Any) -> None:
        """Queue one message; it leaves with everything else of this turn of the loop."""
        if not self._transport.is_closing():
            self._outbox.add(Outgoing(layout.id, frame(encode(layout, values, self.version))))

    def error(self, request: int, code: int, text: str) -> None:
        """Queue an error about a request or an order; -1 for one about neither."""
        self.send(responses.ERROR, reqId=request, errorCode=code, errorString=text)

    def hear(self, reports: Sequence[Report]) -> None:
        """Pass on what happened at the exchange."""
        for report in reports:
            for service in self._services:
                service.report(report)
        for service in self._services:
            service.settle()

    def each_second(self) -> None:
        for service in self._services:
            service.each_second()

    def close(self) -> None:
        """Write what is queued and close."""
        self._outbox.flush()
        self._transport.close()

    def abort(self) -> None:
        """Cut the connection."""
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
        greeting = self._greeting.feed(data)
        if greeting is None:
            return b""
        lowest, highest, rest = greeting
        version = agree(lowest, highest)
        if version is None:
            raise UnframedError(f"no common version with {lowest} to {highest}")
        self.version = version
        self._transport.write(frame(answer(version, self._house.backend.exchange.now)))
        return rest

    def _receive(self, fields: list[str]) -> None:
        number = int(fields[0]) if fields[0].isascii() and fields[0].isdecimal() and len(fields[0]) < 6 else -1
        layout = requests.BY_ID.get(number)
        if layout is None:
            _log.warning("unknown message %s", sanitize(fields[0], limit=20))
            self._refuse({}, refusals.unreadable("message id", "it is not known"))
            return
        if any(drops(number) for drops in self._house.faults.incoming):
            return
        self._answer(layout, fields[1:])

    def _answer(self, layout: Layout, fields: list[str]) -> None:
        try:
            values = decode(layout, fields, self.version)
        except MalformedError as error:
            _log.warning("malformed %s: %s", layout.name, error)
            self._refuse(error.values, refusals.unreadable(layout.name, str(error)))
            return
        if not self._services:
            self._start(layout, values)
            return
        try:
            self._house.advance()
            self._handler(layout)(values)
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
    """What an answer to a request is about: its own number, its order's, or nothing."""
    for name in ("reqId", "orderId"):
        if name in values:
            return int(values[name])
    return -1
