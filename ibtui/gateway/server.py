"""The gateway: a TWS API server in front of an exchange, which it keeps at the present."""

from __future__ import annotations

import asyncio
import errno
import logging
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path

from ibtui.domain.failure import IbtuiError
from ibtui.exchange.exchange import Exchange
from ibtui.gateway.faults import GatewayFaults
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.running.json_log import JsonLog
from ibtui.gateway.running.pacing import Pacing
from ibtui.gateway.running.registry import Registry
from ibtui.gateway.running.saving import Saving
from ibtui.gateway.running.stepping import RunningTime, SimulatedTime
from ibtui.gateway.running.stress import BEAT, Stress
from ibtui.gateway.session import ClientSession

STEP = 0.05
"""Seconds between two looks at the exchange when nobody asks for anything."""

SLICE = 0.25
"""Simulated seconds in which `pass_time` goes ahead; of several quotes within one only the newest is told."""

FAREWELL = 0.5
"""Seconds a client has to read its last messages when the gateway stops, or before stepped time goes on without it."""

_SLICE = timedelta(seconds=SLICE)
_SLICES_AT_ONCE = 240
"""Slices between two chances for the loop to write; at most a minute, so that nothing piles up."""

_log = logging.getLogger(__name__)


class Gateway:
    """Serves any number of clients on one TCP port.

    While it runs, the exchange's time goes on at `speed` seconds a second, from wherever it stood, or as
    `simulated_time` has it. `pacing` holds clients to IB's rates; `log` is written every message; `stress` is a
    rate of messages a second that quotes are made to have; `state` is a file that it keeps its state in, and
    `registry` has the orders of an exchange that was restored from one; `faults` makes it misbehave. Everything
    happens in the event loop that called `start`.
    """

    def __init__(
        self,
        exchange: Exchange,
        registry: Registry | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        simulated_time: SimulatedTime | None = None,
        read_only: bool = False,
        pacing: bool = False,
        log: JsonLog | None = None,
        stress: float = 0.0,
        state: Path | None = None,
    ) -> None:
        self.backend = Backend(exchange, registry, read_only=read_only)
        self.log = log
        self.faults = GatewayFaults(self)
        self.host = host
        self.port = port
        """The port served; once started never 0."""
        self._simulated_time = simulated_time or RunningTime(speed)
        self._pacing = pacing
        self._stress = Stress(exchange, stress) if stress else None
        self._saving = Saving(self.backend, state) if state is not None else None
        self._server: asyncio.Server | None = None
        self._sessions: set[ClientSession] = set()
        self._clients: dict[int, ClientSession] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self._timer: asyncio.TimerHandle | None = None
        self._frozen = False

    @property
    def stepped(self) -> bool:
        """Time moves by `pass_time` alone, and what is sent is written at once."""
        return self._simulated_time.stepped

    @property
    def registry(self) -> Registry:
        return self.backend.registry

    @property
    def client_ids(self) -> frozenset[int]:
        """Ids of the clients that are connected."""
        return frozenset(self._clients)

    def lock_groups(self, locked: bool) -> None:
        """For faults: whether OCA groups that work take no order and no change."""
        self.backend.groups_locked = locked

    async def start(self) -> int:
        """Listen and begin to move time; the port. Raises IbtuiError `port_in_use`, `cannot_listen` or `state_file`."""
        await self.listen()
        try:
            if self._saving is not None:
                self._saving.begin()
        except IbtuiError:
            await self.stop_listening()
            raise
        self._simulated_time.begin(self.backend.exchange.now)
        self._second = 0
        self._beaten = 0.0
        if not self.stepped:
            self._tick()
        return self.port

    async def stop(self) -> None:
        """Stop time, stop listening, close every connection, save. Raises IbtuiError `state_file`."""
        if self._timer is not None:
            self._timer.cancel()
        await self.stop_listening()
        for session in list(self._sessions):
            session.close()
        try:
            async with asyncio.timeout(FAREWELL):
                await self._empty.wait()
        except TimeoutError:
            self.abort_all()
        if self._saving is not None:
            self._saving.end()

    async def listen(self) -> None:
        """Accept connections; raises IbtuiError `port_in_use`."""
        if self._server is not None:
            return
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: ClientSession(self), self.host, self.port, reuse_address=True
            )
        except OSError as error:
            raise _not_listening(error, self.host, self.port) from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop_listening(self) -> None:
        """Refuse new connections; standing ones live on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def opened(self, session: ClientSession) -> None:
        self._sessions.add(session)
        self._empty.clear()
        if self._frozen:
            # a turn later: Python 3.11.2 begins to read behind whoever pauses a connection while it is made
            asyncio.get_running_loop().call_soon(lambda: session.hold(self._frozen))

    def closed(self, session: ClientSession) -> None:
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()
        if self._clients.get(session.id) is session:
            del self._clients[session.id]

    def admit(self, session: ClientSession, client_id: int) -> bool:
        """Give a session its client id; False when another connection has it."""
        return self._clients.setdefault(client_id, session) is session

    def pacing(self) -> Pacing | None:
        """The counter for a new client's requests; None when nobody is held to a rate."""
        return Pacing(self._simulated_time.seconds) if self._pacing else None

    def advance(self) -> None:
        """Bring the exchange to the present and tell everyone what happened."""
        self.backend.exchange.advance(max(self._simulated_time.present(), self.backend.exchange.now))
        self.tell()

    async def pass_time(self, seconds: float) -> None:
        """Let so many simulated seconds pass now, in slices of `SLICE`, everyone told after each."""
        stalled: set[ClientSession] = set()
        whole, rest = divmod(timedelta(seconds=seconds), _SLICE)
        for count, step in enumerate(chain(repeat(_SLICE, whole), [rest] if rest else []), start=1):
            self._simulated_time.skip(step)
            self.advance()
            self._count_seconds()
            self.flush()
            await self._drain(stalled)
            if count % _SLICES_AT_ONCE == 0:
                await asyncio.sleep(0)

    def flush(self) -> None:
        """Write what is queued for every client."""
        for session in list(self._sessions):
            session.flush()

    def tell(self) -> None:
        """Tell everyone what happened at the exchange since they were last told."""
        reports = self.backend.take()
        if not reports:
            return
        if self._saving is not None:
            self._saving.note(reports)
        for session in list(self._clients.values()):
            try:
                session.hear(reports)
            except Exception:
                _log.exception("client %d could not be told", session.id)

    async def _drain(self, stalled: set[ClientSession]) -> None:
        """Wait for clients to read, but once only for one that has stopped, which is then added to `stalled`."""
        for session in [session for session in self._sessions - stalled if not session.drained.is_set()]:
            try:
                async with asyncio.timeout(FAREWELL):
                    await session.drained.wait()
            except TimeoutError:
                stalled.add(session)

    def abort_all(self) -> None:
        """Cut every client's connection without a word."""
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
        self._timer = asyncio.get_running_loop().call_later(BEAT if self._stress else STEP, self._tick)
        try:
            self.advance()
            self._count_seconds()
            if self._stress is not None:
                self._beat(self._stress)
        except Exception:
            _log.exception("a step of the exchange failed")

    def _beat(self, stress: Stress) -> None:
        now = self._simulated_time.seconds()
        for quotes in stress.quotes(now - self._beaten):
            for session in list(self._clients.values()):
                session.hear(quotes)
        self._beaten = now

    def _count_seconds(self) -> None:
        second = int(self._simulated_time.seconds())
        if second > self._second:
            self._second = second
            for session in list(self._clients.values()):
                session.each_second()


def _not_listening(error: OSError, host: str, port: int) -> IbtuiError:
    if error.errno == errno.EADDRINUSE:
        return IbtuiError("port_in_use", f"Port {port} on {host} is in use; stop what listens there or choose another.")
    return IbtuiError("cannot_listen", f"Cannot listen on {host} port {port}: {error.strerror}; choose another.")
