"""One client with a hundred lines at a hundred thousand messages a second, beside ib_insync decoding the same bytes.

    python -m tests.benchmarks.gateway_stream [SECONDS] [RATE]

The gateway is a process of its own; this process reads what it sends and does no more than count, so both together fit
two cores. Twice a second it asks for the time: the answer comes behind every tick that was sent before it, so how long
it takes is how old the newest tick was, at least. ib_insync's decoder, the named peer, then gets one second of the
same bytes from memory: what it can take is the ceiling of any program that uses it.
"""

from __future__ import annotations

import os
import select
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ibtui.domain.instrument import Instrument
from ibtui.exchange.exchange import Exchange
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values, encode
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import Frames, frame, split
from tests.insync import ib_insync

SECONDS = 10.0
RATE = 100_000.0
LINES = 100
VERSION = 176
_ASK_EVERY = 0.5
_TIME = b"49\0"


class Run(NamedTuple):
    """What one run showed."""

    messages: int
    seconds: float
    ages: list[float]
    """Seconds from a question to its answer behind the ticks before it."""
    busy: float
    """Share of one core that the gateway used."""
    sample: bytes
    """About a second of what came, whole frames."""


@contextmanager
def gateway(*options: str) -> Iterator[tuple[int, int]]:
    """A gateway in a process of its own: its port and process id."""
    command = [sys.executable, "-m", "ibtui", "gateway", "--port", "0", "--tied", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().rpartition(":")[2]), process.pid
        finally:
            process.stdin.close()


def connect(port: int, client_id: int) -> socket.socket:
    """A connection past its greeting."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(b"API\0" + frame(f"v157..{VERSION}".encode()))
    connection.recv(4096)
    send(connection, requests.START_API, clientId=client_id, optionalCapabilities="")
    return connection


def send(connection: socket.socket, layout: Layout, **values: object) -> None:
    connection.sendall(frame(encode(layout, values, VERSION)))


def subscribe(connection: socket.socket, chosen: list[Instrument]) -> None:
    empty = ("symbol", "secType", "lastTradeDateOrContractMonth", "right", "multiplier", "currency", "primaryExchange")
    blank: Values = dict.fromkeys((*empty, "localSymbol", "tradingClass"), "")
    for number, instrument in enumerate(chosen):
        contract = blank | {"conId": instrument.con_id, "strike": None, "exchange": instrument.exchange}
        send(
            connection,
            requests.REQ_MKT_DATA,
            reqId=number,
            **contract,
            genericTickList="",
            snapshot=False,
            regulatorySnapshot=False,
            mktDataOptions="",
        )


def instruments(count: int) -> list[Instrument]:
    """So many instruments whose live data may be seen: stocks and funds, then futures and currencies."""
    listed = [each for each in Exchange().listings if each.permitted and not each.delayed_only and each.tradable]
    return [each.instrument for each in listed][:count]


def watch(connection: socket.socket, process: int, seconds: float) -> Run:
    """Read for so long; a second of warming up is not counted."""
    frames = Frames()
    drain(connection, frames, 1.0)
    sample: list[bytes] = []
    ages: list[float] = []
    messages, size, asked = 0, 0, 0.0
    used, began = cpu(process), time.perf_counter()
    ask_at = began
    while (now := time.perf_counter()) < began + seconds or asked:
        if not asked and ask_at <= now < began + seconds:
            send(connection, requests.REQ_CURRENT_TIME)
            asked, ask_at = now, now + _ASK_EVERY
        for payload in frames.feed(connection.recv(262144)):
            messages += 1
            if payload.startswith(_TIME):
                ages.append(time.perf_counter() - asked)
                asked = 0.0
            if size < 100_000:
                sample.append(frame(payload))
                size += 1
    took = time.perf_counter() - began
    return Run(messages, took, ages, (cpu(process) - used) / took, b"".join(sample))


def drain(connection: socket.socket, frames: Frames, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        if select.select([connection], [], [], left)[0]:
            for payload in frames.feed(connection.recv(262144)):
                if payload.startswith(b"4\0"):
                    _, _, number, code, text, *_ = split(payload)
                    assert int(code) > 2000, f"request {number}: {code} {text}"


def cpu(process: int) -> float:
    """Seconds of processor time that a process has used."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def decoding_rate(sample: bytes) -> float:
    """Messages a second that ib_insync decodes from memory."""
    ib = ib_insync.IB()
    decoder = ib_insync.decoder.Decoder(ib.wrapper, VERSION)
    payloads = list(Frames().feed(sample))
    ib.wrapper.setEventsDone = lambda: None
    for number in range(LINES):
        ib.wrapper.startTicker(number, ib_insync.Contract(conId=number + 1), "mktData")
    began = time.perf_counter()
    for payload in payloads:
        decoder.interpret(payload.decode().split("\0")[:-1])
    return len(payloads) / (time.perf_counter() - began)


def main() -> None:
    """Print the rate that was kept, how old the ticks were, and the peer's ceiling with the ratio to it."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else RATE
    with gateway("--stress", str(rate)) as (port, process):
        connection = connect(port, 1)
        subscribe(connection, instruments(LINES))
        run = watch(connection, process, seconds)
        connection.close()
    peer = decoding_rate(run.sample)
    kept = run.messages / run.seconds
    oldest, middle = max(run.ages) * 1e3, statistics.median(run.ages) * 1e3
    for line in (
        f"wanted {rate:,.0f} messages/s, came {kept:,.0f}/s over {run.seconds:.1f} s on {LINES} lines",
        f"age of the newest tick: median {middle:.1f} ms, most {oldest:.1f} ms, last {run.ages[-1] * 1e3:.1f} ms",
        f"gateway busy {run.busy:.0%} of a core: {run.busy / kept * 1e6:.2f} us a message",
        f"ib_insync decodes {peer:,.0f}/s of the same bytes; gateway / ib_insync {kept / peer:.2f}",
    ):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
