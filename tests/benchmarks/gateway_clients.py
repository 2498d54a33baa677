"""Fifty clients with a hundred lines each at five quotes a second a line, beside a server that only writes bytes.

    python -m tests.benchmarks.gateway_clients [SECONDS]

A quote is four messages here, price and size of bid and ask, so 100,000 messages a second go out in all. The peer is a
bare asyncio server that sends as many clients the same bytes at the same pace from memory: what sockets alone cost.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ibtui.gateway.running.stress import MESSAGES
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.framing import Frames
from tests.benchmarks.gateway_stream import connect, cpu, gateway, instruments, send, subscribe

SECONDS = 10.0
CLIENTS = 50
LINES = 100
QUOTES_A_SECOND = 5
RATE = LINES * QUOTES_A_SECOND * MESSAGES
"""Messages a second to each client."""
_BEAT = 0.02
_ASK_EVERY = 0.1
_TIME = b"49\0"


class Load(NamedTuple):
    """What one server did for all clients."""

    counts: list[int]
    """Messages of each client."""
    seconds: float
    busy: float
    """Share of one core that the server used."""
    ages: list[float]
    """Seconds from a question of the first client to its answer, behind the quotes before it."""


def load(connections: list[socket.socket], process: int, seconds: float, *, asking: bool) -> Load:
    """Read all connections for so long; with `asking` the first asks for the time ten times a second."""
    selector = selectors.DefaultSelector()
    frames = [Frames() for _ in connections]
    counts, ages = [0] * len(connections), []
    for number, connection in enumerate(connections):
        selector.register(connection, selectors.EVENT_READ, number)
    used, asked = cpu(process), 0.0
    began = ask_at = time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        if asking and not asked and now >= ask_at:
            send(connections[0], requests.REQ_CURRENT_TIME)
            asked, ask_at = now, now + _ASK_EVERY
        for key, _ in selector.select(_ASK_EVERY):
            for payload in frames[key.data].feed(key.fileobj.recv(262144)):  # type: ignore[union-attr]
                counts[key.data] += 1
                if asked and key.data == 0 and payload.startswith(_TIME):
                    ages.append(time.perf_counter() - asked)
                    asked = 0.0
    took = time.perf_counter() - began
    return Load(counts, took, (cpu(process) - used) / took, ages)


def of_gateway(seconds: float) -> Load:
    with gateway("--stress", str(RATE)) as (port, process):
        connections = [connect(port, number) for number in range(1, CLIENTS + 1)]
        for connection in connections:
            subscribe(connection, instruments(LINES))
        load(connections, process, 2.0, asking=False)
        return load(connections, process, seconds, asking=True)


def of_peer(seconds: float) -> Load:
    with bare_server() as (port, process):
        connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CLIENTS)]
        load(connections, process, 1.0, asking=False)
        return load(connections, process, seconds, asking=False)


@contextmanager
def bare_server() -> Iterator[tuple[int, int]]:
    command = [sys.executable, "-m", "tests.benchmarks.gateway_clients", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process.pid
        finally:
            process.terminate()


async def serve_bytes() -> None:
    """Write each client its messages, made once."""
    message = b"\0\0\0\x14" + b"1\x006\x001\x001\x00187.25\x00100\x000\0"[:20]
    burst = message * int(RATE * _BEAT)

    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not writer.is_closing():
            writer.write(burst)
            await writer.drain()
            due += _BEAT
            await asyncio.sleep(due - loop.time())

    server = await asyncio.start_server(write, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def shown(name: str, found: Load) -> str:
    total = sum(found.counts)
    cost = found.busy * found.seconds / total * 1e6
    return (
        f"{name:<14} {total / found.seconds:>9,.0f} messages/s to {len(found.counts)} clients"
        f" (least {min(found.counts) / found.seconds:,.0f}, most {max(found.counts) / found.seconds:,.0f})"
        f"   busy {found.busy:.0%}   {cost:.2f} us a message"
    )


def main() -> None:
    """Print both, and the ratio of what a message costs."""
    if sys.argv[1:] == ["--serve"]:
        asyncio.run(serve_bytes())
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    ours, peer = of_gateway(seconds), of_peer(seconds)
    ratio = (ours.busy / sum(ours.counts)) / (peer.busy / sum(peer.counts))
    ages = sorted(ours.ages)
    for line in (
        shown("ibtui gateway", ours),
        shown("bare asyncio", peer),
        f"age of the newest quote: median {ages[len(ages) // 2] * 1e3:.1f} ms, most {ages[-1] * 1e3:.1f} ms",
        f"a message costs {ratio:.1f} times what the bare server's does",
    ):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
