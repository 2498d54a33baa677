"""One TCP connection to IB, from the handshake to its end; a connection is never used again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from types import SimpleNamespace
from typing import Any

from ibtui.broker.transport.decoder import WireDecoder
from ibtui.broker.transport.library import load
from ibtui.domain.text.sanitize import sanitize

log = logging.getLogger(__name__)

FRAME_LIMIT = 16 * 1024 * 1024
"""Bytes in one message beyond which the peer does not speak the protocol (the library would buffer for ever)."""

ALLOW = "allow this computer's address in the API settings of TWS."


class EndedError(Exception):
    """A connection is over, or never came to be: a stable code and one sentence for the user."""

    def __init__(self, code: str, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.final = final
        """Whether trying again cannot help, because a setting is wrong."""


class Connection:
    """The library's wire client with callbacks of our own: none of the library's order or market state is used."""

    def __init__(self, callbacks: SimpleNamespace, decoder: WireDecoder) -> None:
        self.ended: asyncio.Future[EndedError] = asyncio.get_running_loop().create_future()
        callbacks.setEventsDone = self._disconnected
        callbacks.tcpDataProcessed = self._after_packet
        self._end_of_packet = callbacks.end_of_packet
        self.client: Any = load().client(callbacks)
        self.client.MaxRequests = 0  # the library's one queue would put orders behind data; pacing.py does it instead
        decoder.attach(self.client.decoder)
        self.client.decoder = decoder

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(sanitize(account, 32) for account in self.client.getAccounts())

    @property
    def server_version(self) -> int:
        return int(self.client.serverVersion())

    async def open(self, host: str, port: int, client_id: int, seconds: float) -> None:
        """Connect and shake hands; raises EndedError as soon as it is known to have failed."""
        attempt = asyncio.ensure_future(self.client.connectAsync(host, port, client_id, seconds))
        try:
            await asyncio.wait({attempt, self.ended}, return_when=asyncio.FIRST_COMPLETED)
            end = self.ended.result() if self.ended.done() else None
            if end is not None and end.code != "lost":
                raise end
            if not attempt.done():  # a failed attempt ends the connection too, and knows why
                raise EndedError("refused", f"{host}:{port} closed the connection at once; {ALLOW}")
            await attempt
        except (OSError, TimeoutError) as error:
            raise _refusal(error, f"{host}:{port}", seconds) from error
        finally:
            await _abandon(attempt)

    def end(self, code: str, reason: str) -> None:
        """Give the connection up; whoever waits on `ended` closes it."""
        if not self.ended.done():
            self.ended.set_result(EndedError(code, reason))

    def close(self) -> None:
        """Close without waiting for the peer, which may be gone; idempotent."""
        self.end("closed", "The connection was closed.")
        transport = self.client.conn.transport
        with contextlib.suppress(OSError):  # the peer may have reset the connection
            self.client.disconnect()
        if transport is not None:
            transport.abort()

    def _disconnected(self) -> None:
        self.end("lost", "IB closed the connection.")

    def _after_packet(self) -> None:
        pending = self.client._data
        if len(pending) >= 4 and int.from_bytes(pending[:4], "big") > FRAME_LIMIT:
            self.client._data = b""
            self.end("refused", "What came from the port is not the TWS API; check host and port.")
            self.client.conn.transport.abort()
            return
        try:
            self._end_of_packet()
        except Exception:  # it would close the transport
            log.exception("a packet cannot be processed")


def _refusal(error: Exception, address: str, seconds: float) -> EndedError:
    if isinstance(error, TimeoutError):
        return EndedError(
            "no_answer",
            f"{address} did not answer within {seconds:g} s; look for a question that TWS shows about the connection.",
        )
    if isinstance(error, socket.gaierror):
        return EndedError("refused", f"The host of {address} is not known; check its name.")
    if isinstance(error, ConnectionRefusedError):
        return EndedError(
            "refused", f"Nothing listens on {address}; start TWS or IB Gateway and enable its API socket."
        )
    return EndedError("refused", f"Cannot connect to {address}: {sanitize(str(error), 120)}; check host and port.")


async def _abandon(attempt: asyncio.Future[None]) -> None:
    attempt.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await attempt
