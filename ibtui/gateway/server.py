"""The gateway: a TWS API server in front of an exchange, which it keeps at the present."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta

from ibtui.domain.clock import SystemClock
from ibtui.domain.failure import IbtuiError
from ibtui.exchange.market import Exchange
from ibtui.gateway.backend import Backend
from ibtui.gateway.faults import Faults
from ibtui.gateway.registry import Registry
from ibtui.gateway.session import Session

STEP = 0.05
"""Seconds between two looks at the exchange when nobody asks for anything."""

FAREWELL = 0.5
"""Seconds a client has to read its last messages when the gateway stops."""

_log = logging.getLogger(__name__)


class Gateway:
    """Serves any number of clients on one TCP port.

    While it runs, the exchange's time goes on at `speed` seconds a second, from wherever it stood. `faults` makes
    it misbehave. Everything happens in the event loop that called `start`.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        read_only: bool = False,
    ) -> None:
        self.backend = Backend(exchange, read_only=read_only)
        self.faults = Faults(self)
        self.host = host
        self.port = port
        """The port served; once started never 0."""
        self._speed = speed
        self._clock = SystemClock()
        self._server: asyncio.Server | None = None
        self._sessions: set[Session] = set()
        self._clients: dict[int, Session] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self._timer: asyncio.TimerHandle | None = None
        self._frozen = False

    @property
    def registry(self) -> Registry:
        return self.backend.registry

    @property
    def client_ids(self) -> frozenset[int]:
        """Ids of the clients that are connected."""
        return frozenset(self._clients)

    async def start(self) -> int:
        """Listen and begin to move time; the port. Raises IbtuiError `port_in_use`."""
        await self.listen()
        self._began = self._clock.monotonic()
        self._origin = self.backend.exchange.now
        self._second = 0
        self._tick()
        return self.port

    async def stop(self) -> None:
        """Stop time, stop listening, close every connection."""
        if self._timer is not None:
            self._timer.cancel()
        await self.stop_listening()
        for session in list(self._sessions):
            session.close()
        try:
            await asyncio.wait_for(self._empty.wait(), FAREWELL)
        except TimeoutError:
            self.abort_all()

    async def listen(self) -> None:
        """Accept connections; raises IbtuiError `port_in_use`."""
        if self._server is not None:
            return
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: Session(self), self.host, self.port, reuse_address=True
            )
        except OSError as error:
            raise _not_listening(error, self.host, self.port) from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop_listening(self) -> None:
        """Refuse new connections; standing ones live on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def opened(self, session: Session) -> None:
        self._sessions.add(session)
        self._empty.clear()
        if self._frozen:
            session.hold(True)

    def closed(self, session: Session) -> None:
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()
        if self._clients.get(session.id) is session:
            del self._clients[session.id]

    def admit(self, session: Session, client_id: int) -> bool:
        """Give a session its client id; False when another connection has it."""
        return self._clients.setdefault(client_id, session) is session

    def advance(self) -> None:
        """Bring the exchange to the present and tell everyone what happened."""
        elapsed = timedelta(seconds=(self._clock.monotonic() - self._began) * self._speed)
        self.backend.exchange.advance(max(self._origin + elapsed, self.backend.exchange.now))
        self.tell()

    def tell(self) -> None:
        """Tell everyone what happened at the exchange since they were last told."""
        reports = self.backend.take()
        if not reports:
            return
        for session in list(self._clients.values()):
            try:
                session.hear(reports)
            except Exception:
                _log.exception("client %d could not be told", session.id)

    def abort_all(self) -> None:
        """Cut every connection."""
        for session in list(self._sessions):
            session.abort()

    def hold_all(self, held: bool) -> None:
        """Neither read nor write while held, new connections included."""
        self._frozen = held
        for session in list(self._sessions):
            session.hold(held)

    def announce(self, request: int, code: int, text: str) -> None:
        """Send every client one error."""
        for session in list(self._clients.values()):
            session.error(request, code, text)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(STEP, self._tick)
        try:
            self.advance()
            self._count_seconds()
        except Exception:
            _log.exception("a step of the exchange failed")

    def _count_seconds(self) -> None:
        second = int(self._clock.monotonic() - self._began)
        if second > self._second:
            self._second = second
            for session in list(self._clients.values()):
                session.each_second()


async def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 7,
    accounts: Sequence[str] = ("DU1234567",),
    cash: float = 1_000_000.0,
    speed: float = 1.0,
    read_only: bool = False,
) -> None:
    """Print `ready HOST:PORT` and serve until SIGTERM or SIGINT; raises IbtuiError `port_in_use`."""
    exchange = Exchange(seed=seed, start=SystemClock().now(), accounts=accounts, cash=cash)
    gateway = Gateway(exchange, host=host, port=port, speed=speed, read_only=read_only)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await gateway.start()
    sys.stdout.write(f"ready {host}:{gateway.port}\n")
    sys.stdout.flush()
    await ended.wait()
    await gateway.stop()


def _not_listening(error: OSError, host: str, port: int) -> IbtuiError:
    if error.errno == errno.EADDRINUSE:
        return IbtuiError("port_in_use", f"Port {port} on {host} is in use; stop what listens there or choose another.")
    return IbtuiError("cannot_listen", f"Cannot listen on {host} port {port}: {error.strerror}; choose another.")
