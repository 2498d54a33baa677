"""The life of the session: its state, when it connects again, and when its picture of the account is whole."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

from ibtui.broker import errors
from ibtui.broker.callbacks import callbacks
from ibtui.broker.parts import SessionParts
from ibtui.broker.transport.connection import Connection, EndedError
from ibtui.broker.transport.decoder import WireDecoder
from ibtui.broker.transport.timings import Timings
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import ConnectionChanged, ConnectionState, Event, Reconciled
from ibtui.domain.failure import IbtuiError

log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks at the streams that stop without a word."""
ROUND = 60.0
"""Seconds between rounds that look after what IB does not tell by itself."""


class Lifecycle:
    """Disconnected, connecting, reconciling, active; only an active session may send orders."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        client_id: int,
        paper: bool,
        account: str,
        emit: Callable[[Event], None],
        clock: Clock,
        timings: Timings,
    ) -> None:
        self.state: ConnectionState = "disconnected"
        self.epoch = 0
        self.account = account
        self._host, self._port, self._client_id = host, port, client_id
        self._paper = paper
        self._emit = emit
        self._clock = clock
        self._timings = timings
        self._parts: SessionParts | None = None
        self._connection: Connection | None = None
        self._told: ConnectionChanged | None = None
        self._was_active = False
        self._closing = asyncio.Event()
        self._stopped = asyncio.Event()
        self._stopped.set()
        self._upstream = asyncio.Event()
        """IB's own servers can be reached from TWS."""
        self._losses = 0
        """How often TWS said that they cannot."""
        self._stale = asyncio.Event()
        """A reconcile is due before the session may be active."""
        self._doubtful = asyncio.Event()
        """Some order's state is an open question."""

    @property
    def parts(self) -> SessionParts:
        assert self._parts is not None
        return self._parts

    def bind(self, parts: SessionParts) -> None:
        """The parts whose connection this is; they in turn call `doubt` and `connectivity`."""
        self._parts = parts

    async def run(self) -> None:
        """Connect and keep connecting until closed, or until trying again cannot help."""
        self._stopped.clear()
        failures = 0
        try:
            while not self._closing.is_set():
                end = await self._one_connection()
                if self._closing.is_set():
                    break
                if end.final:
                    self._become("disconnected", end.reason, end.code)
                    return
                failures = 0 if self._was_active else failures
                delay = self._delay(end, failures)
                failures += 1
                self._become("disconnected", f"{end.reason} Trying again in {delay:.1f} s.", end.code)
                await self._pause(delay)
        finally:
            self._stopped.set()

    async def close(self) -> None:
        """End the connection and let `run` return; idempotent."""
        self._closing.set()
        if self._connection is not None:
            self._connection.end("closed", "The session was closed.")
        await self._stopped.wait()
        self._become("disconnected", "The session was closed.")

    async def reconcile(self) -> Reconciled:
        """One complete pass over what IB knows."""
        return await self.parts.reconcile.run(lambda: self.epoch)

    def check(self, epoch: int) -> None:
        """Raise unless orders may be sent on the connection numbered `epoch`."""
        if self.state != "active":
            reason = self._told.reason if self._told is not None else ""
            raise IbtuiError("not_active", f"No order can be sent while {self.state}. {reason}".strip())
        if epoch != self.epoch:
            raise IbtuiError("stale_connection", "The connection to IB was renewed since; preview the order again.")

    def doubt(self) -> None:
        """Ask IB soon what became of its orders; trading goes on."""
        self._doubtful.set()

    def distrust(self, reason: str) -> None:
        """What was known may be old: nothing is sent until IB has answered and told everything again."""
        self.parts.heartbeat.forget()
        self._distrust(reason)

    def unreadable(self, number: int) -> None:
        """A message about orders, fills or positions was lost: nothing is sent until IB has told everything again."""
        self.parts.reconcile.unreadable()
        self._distrust(f"A message of IB (type {number}) could not be read; asking for everything again.")

    def connectivity(self, code: int, text: str) -> None:
        """Codes that are about the connection itself."""
        if code == errors.CLIENT_ID_IN_USE:
            self._end(
                "client_id_in_use",
                f"Client id {self._client_id} is in use at {self._address}; close that program or choose another id.",
            )
        elif code == errors.SOCKET_RESET:
            self._end("lost", "TWS changed its API port; check host and port.")
        elif code in errors.UPSTREAM_LOST:
            self._losses += 1
            self._upstream.clear()
            self._stale.set()
            if self._serving:
                self._become("disconnected", f"TWS lost its connection to IB: {text}", "lost")
        elif code in (errors.RESTORED, errors.RESTORED_DATA_LOST):
            self._upstream.set()
            if self._serving and code == errors.RESTORED_DATA_LOST:
                self._stream_again()
            elif self._serving:
                self.parts.kept.restart()
            self._distrust("IB is reachable again; asking what happened meanwhile.")

    @property
    def _serving(self) -> bool:
        return self.parts.wire.connected

    @property
    def _address(self) -> str:
        return f"{self._host}:{self._port}"

    def _end(self, code: str, reason: str) -> None:
        if self._connection is not None:
            self._connection.end(code, reason)

    def _distrust(self, reason: str) -> None:
        self._stale.set()
        if self._serving and self._upstream.is_set():
            self._become("reconciling", reason)

    async def _one_connection(self) -> EndedError:
        """Connect, serve, and say why it ended."""
        self._was_active = False
        self._upstream.set()
        self.parts.wire.farms.start()
        self._become("connecting", f"Connecting to {self._address}.")
        connection = Connection(callbacks(self.parts), WireDecoder(self.unreadable, self._clock.now))
        self._connection = connection
        try:
            await connection.open(self._host, self._port, self._client_id, self._timings.connect)
            self._admit(connection.accounts)
            self._begin(connection)
            return await self._serve(connection)
        except EndedError as end:
            return end
        except IbtuiError as error:
            return EndedError("lost", error.message)
        finally:
            self._connection = None
            connection.close()
            self.parts.wire.detach()
            self.parts.heartbeat.stop()

    def _admit(self, accounts: tuple[str, ...]) -> None:
        """Choose the account; one that does not fit the profile ends the session before anything could be traded."""
        for account in accounts:
            if account.startswith("D") is not self._paper:
                kind, profile = ("live", "paper") if self._paper else ("paper", "live")
                raise _wrong(f"{account} is a {kind} account and this profile is for {profile} trading")
        if not self.account and len(accounts) > 1:
            raise _wrong(f"This login has the accounts {', '.join(accounts)}; name one of them in the profile")
        if self.account and self.account not in accounts:
            raise _wrong(f"This login has {', '.join(accounts)} and not the profile's account {self.account}")
        self.account = self.account or accounts[0]

    def _begin(self, connection: Connection) -> None:
        parts = self.parts
        self.epoch += 1
        parts.wire.attach(connection)
        parts.orders.start(self.account, self._client_id)
        parts.placing.start()
        parts.positions.start(self.account)
        parts.heartbeat.start()
        parts.reconcile.start()
        parts.account.start(self.account)
        parts.quotes.start()
        parts.kept.start()
        parts.news.start()
        self._stale.set()
        if self._upstream.is_set():
            self._become("reconciling", "Asking IB for positions, orders and executions.")
        else:
            self._become("disconnected", "TWS has no connection to IB.", "lost")

    async def _serve(self, connection: Connection) -> EndedError:
        work: tuple[Coroutine[Any, Any, None], ...] = (
            self.parts.heartbeat.run(),
            self._keep_whole(),
            self._settle_doubts(),
            self._rounds(),
            self._watch_streams(),
        )
        tasks: list[asyncio.Future[None]] = [asyncio.create_task(coroutine) for coroutine in work]
        waits: list[asyncio.Future[Any]] = [connection.ended, *tasks]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if connection.ended.done():
                return connection.ended.result()
            for task in tasks:
                if task.done():
                    task.result()
        except (EndedError, IbtuiError):
            raise
        except Exception:
            log.exception("the session failed")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return EndedError("lost", "The session failed inside; its log has the details.")

    async def _keep_whole(self) -> None:
        """Reconcile whenever the picture may have gaps, until it is whole; only then active."""
        attempt = 0
        while True:
            await self._stale.wait()
            if not self._upstream.is_set():
                await self._until_upstream()
            self._stale.clear()
            try:
                await self.reconcile()
            except IbtuiError as error:
                delay = _at(self._timings.retry, attempt)
                attempt += 1
                self._stale.set()
                if self._upstream.is_set():
                    self._become("reconciling", f"{error.message} Asking again in {delay:g} s.", "incomplete")
                await asyncio.sleep(delay)
                continue
            attempt = 0
            if self._upstream.is_set() and not self._stale.is_set():
                self._was_active = True
                self._become("active")
            await asyncio.sleep(self._timings.spacing)

    async def _until_upstream(self) -> None:
        """Wait until TWS has IB's servers again: until it says so, or a complete reconcile that was asked for shows it.

        A heartbeat shows nothing, since TWS answers that one by itself; and the word of it may get lost.
        """
        attempt = 0
        while not self._upstream.is_set():
            losses = self._losses
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_at(self._timings.upstream, attempt)):
                    await self._upstream.wait()
            attempt += 1
            if not self._upstream.is_set() and await self._whole_without_word() and losses == self._losses:
                self._upstream.set()
                self._stream_again()
                self._become("reconciling", "IB answers again, which TWS has not said; asking what happened meanwhile.")

    async def _whole_without_word(self) -> bool:
        """Whether IB answers all of a reconcile; given up when TWS says that its servers are there."""
        asked, said = asyncio.ensure_future(self.reconcile()), asyncio.ensure_future(self._upstream.wait())
        try:
            await asyncio.wait({asked, said}, return_when=asyncio.FIRST_COMPLETED)
            return asked.done() and asked.exception() is None
        finally:
            for task in (asked, said):
                task.cancel()
            await asyncio.gather(asked, said, return_exceptions=True)

    def _stream_again(self) -> None:
        """What IB streamed is lost, or may be."""
        self.parts.quotes.restart()
        self.parts.kept.restart()
        self.parts.account.start(self.account)

    async def _settle_doubts(self) -> None:
        """Ask again about orders whose state is open; if even that stays unanswered, trust nothing until it is."""
        while True:
            await self._doubtful.wait()
            if self.state == "active":
                self._doubtful.clear()
                try:
                    await self.reconcile()
                except IbtuiError as error:
                    self._distrust(error.message)
            await asyncio.sleep(self._timings.spacing)

    async def _rounds(self) -> None:
        """Ask for refused market data again, and for orders of other programs, whose changes IB does not stream."""
        while True:
            await asyncio.sleep(ROUND)
            self.parts.quotes.retry_failed()
            try:
                await self.parts.contracts.renew(self._clock.now().date())
                await self.reconcile()
            except IbtuiError as error:
                log.warning("%s", error.message)

    async def _watch_streams(self) -> None:
        """Ask again for streams of bars that have stopped without a word."""
        while True:
            await asyncio.sleep(LOOK)
            self.parts.kept.look()

    def _delay(self, end: EndedError, failures: int) -> float:
        delay = _at(self._timings.reconnect, failures) * random.uniform(0.8, 1.2)
        return max(delay, self._timings.in_use) if end.code == "client_id_in_use" else delay

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    def _become(self, state: ConnectionState, reason: str = "", code: str = "") -> None:
        connection = self._connection if self._serving else None
        change = ConnectionChanged(
            state=state,
            epoch=self.epoch,
            reason=reason,
            code=code,
            server_version=connection.server_version if connection is not None else None,
            accounts=connection.accounts if connection is not None else (),
        )
        self.state = state
        if change != self._told:
            self._told = change
            self._emit(change)


def _at(delays: tuple[float, ...], attempt: int) -> float:
    return delays[min(attempt, len(delays) - 1)]


def _wrong(what: str) -> EndedError:
    return EndedError("wrong_account", f"{what}; disconnected.", final=True)
