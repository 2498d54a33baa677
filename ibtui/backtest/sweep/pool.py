"""Where runs happen: here, in processes of this machine, or on a cluster; all by one interface, Python's Executor."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ibtui.domain.failure import IbtuiError


class Here(Executor):
    """Runs each call at once in this process."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def processes(count: int) -> Iterator[tuple[Executor, int]]:
    """So many processes, started fresh; and how many runs to have with them at once. They end with the block."""
    if count <= 1:
        yield Here(), 1
        return
    executor = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=_deaf)
    try:
        yield executor, 2 * count
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    executor.shutdown()


def _deaf() -> None:
    """Ctrl-C reaches every process of the terminal; the one that started them ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a dask.distributed cluster, reached over TLS with the certificates of dask's own configuration.

    Its scheduler runs what it is sent by anybody who can reach it, so a plain address is taken only of this machine.
    Raises IbtuiError: `usage` for another address, `no_extra` without the library, `no_cluster`.
    """
    parts = urlsplit(address)
    if parts.scheme != "tls" and not (parts.scheme == "tcp" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        raise IbtuiError("usage", f"The cluster's address must be tls://HOST:PORT, not {address[:60]!r}.")
    try:
        from distributed import Client, Security
    except ImportError:
        raise IbtuiError("no_extra", "A cluster needs a library: pip install 'ibtui[cluster]'.") from None
    if parts.scheme == "tls" and Security().get_connection_args("client").get("ssl_context") is None:
        raise IbtuiError("usage", "The cluster needs certificates: set distributed.comm.tls in dask's configuration.")
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, TypeError, ValueError) as error:
        raise IbtuiError("no_cluster", f"The cluster at {address} did not answer: {error}.") from None
    with client:
        count = sum(client.nthreads().values())
        if not count:
            raise IbtuiError("no_cluster", f"The cluster at {address} has no workers.")
        yield client.get_executor(pure=False), 2 * count
