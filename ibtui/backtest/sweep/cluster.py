"""Runs on a dask.distributed cluster, by the interface of Python's Executor."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from ssl import SSLCertVerificationError, SSLContext, SSLError
from urllib.parse import urlsplit

from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.sanitize import sanitize

PATIENCE = 10.0
"""Seconds in which a scheduler answers, or is not there."""
_FRAMES = 1_000
"""More parts than the first message of a scheduler has."""


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a dask.distributed cluster, reached over TLS with the certificates of dask's own configuration.

    Its scheduler runs what it is sent by anybody who can reach it, so a plain address is taken only of this machine.
    Raises IbtuiError: `usage` for another address or certificates that cannot be read, `no_extra` without the library,
    `no_cluster` for a scheduler that is not there, does not trust us, is not trusted or has no workers.
    """
    host, port, tls = _parts(address)
    try:
        from distributed import Client
    except ImportError:
        raise IbtuiError("no_extra", "A cluster needs a library: pip install 'ibtui[cluster]'.") from None
    context = _certificates() if tls else None
    try:
        _knock(host, port, context)
        client = Client(address, timeout=f"{PATIENCE:g}s", set_as_default=False)
    except Exception as error:  # the library passes on whatever the other side's bytes lead to
        raise IbtuiError("no_cluster", f"The cluster at {_shown(address)} did not answer: {_why(error)}.") from None
    with client:
        count = sum(client.nthreads().values())
        if not count:
            raise IbtuiError("no_cluster", f"The cluster at {_shown(address)} has no workers.")
        yield client.get_executor(pure=False), 2 * count


def _parts(address: str) -> tuple[str, int, bool]:
    """Host, port and whether it is TLS; raises IbtuiError `usage` for what is no address, or no safe one."""
    try:
        parts = urlsplit(address)
        host, port, scheme = parts.hostname, parts.port, parts.scheme
    except ValueError:
        host, port, scheme = None, None, ""
    own = scheme == "tcp" and host in ("127.0.0.1", "localhost", "::1")
    if not host or not port or not (scheme == "tls" or own):
        raise IbtuiError("usage", f"The cluster's address must be tls://HOST:PORT, not '{_shown(address)}'.")
    return host, port, scheme == "tls"


def _certificates() -> SSLContext:
    """What dask's configuration says of TLS; raises IbtuiError `usage` where it says nothing that can be read."""
    from distributed import Security

    try:
        context = Security().get_connection_args("client").get("ssl_context")
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise IbtuiError("usage", f"The cluster's certificates cannot be read: {_why(error)}.") from None
    if not isinstance(context, SSLContext):
        raise IbtuiError("usage", "The cluster needs certificates: set distributed.comm.tls in dask's configuration.")
    return context


def _knock(host: str, port: int, context: SSLContext | None) -> None:
    """See that a scheduler greets us: dask's client tries again for ten seconds and then has forgotten the reason.

    A connection begins with the number of its first message's parts, 8 bytes, the lowest first. A server that does not
    trust our certificate says so only there.
    """
    with socket.create_connection((host, port), PATIENCE) as plain:
        if context is None:
            _greeted(plain)
            return
        with context.wrap_socket(plain, server_hostname=host) as secured:
            _greeted(secured)


def _greeted(connection: socket.socket) -> None:
    found = b""
    while len(found) < 8:
        more = connection.recv(8 - len(found))
        if not more:
            raise OSError("it closed the connection")
        found += more
    if int.from_bytes(found, "little") > _FRAMES:
        raise OSError("what listens there is no scheduler of dask")


def _why(error: Exception) -> str:
    """The reason that an exception gives, as the end of a sentence."""
    if isinstance(error, SSLCertVerificationError):
        text = f"its certificate is not trusted ({error.verify_message})"
    elif isinstance(error, SSLError) and error.reason:
        text = f"TLS was refused ({error.reason.replace('_', ' ').lower()})"
    else:
        text = getattr(error, "strerror", None) or str(error)
    return sanitize(text, 160).rstrip(" .") or type(error).__name__


def _shown(address: str) -> str:
    return sanitize(address, 60)
