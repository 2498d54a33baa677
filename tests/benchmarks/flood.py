"""How long an engine takes to answer one client while another floods it.

python -m tests.benchmarks.flood [REQUESTS]
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from ibtui.link.client import Client
from ibtui.link.codec import encode
from ibtui.link.greeting import hello
from ibtui.link.messages import Ask, GetRecording, GetStatus, Request
from tests.processes.programs import Home, Trader

REQUESTS = 20_000


async def asking(socket: Path, until: asyncio.Event) -> list[float]:
    """Milliseconds that each answer took, of a client that asks for the status every 10 ms."""
    client, took = Client(lambda frame: None, lambda reason: None), []
    await client.connect(socket)
    while not until.is_set():
        begun = time.perf_counter()
        await client.ask(GetStatus())
        took.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.01)
    await client.close()
    return sorted(took)


async def flood(socket: Path, requests: int, ask: Ask) -> str:
    """Ask so many at once and read what comes until all is answered or the engine hangs up."""
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=1 << 24)
    begun = time.perf_counter()
    writer.write(encode(hello("command")))
    writer.write(b"".join(encode(Request(id=number, ask=ask)) for number in range(requests)))
    replies = refusals = 0
    with contextlib.suppress(ConnectionError):
        while replies + refusals < requests and (line := await reader.readline()):
            replies += b'"reply"' in line[:20]
            refusals += b"too_many_requests" in line
    writer.transport.abort()
    end = "" if replies + refusals == requests else ", then the engine hung up"
    return f"{time.perf_counter() - begun:.2f} s, {replies:,} answered, {refusals:,} refused{end}"


def flooding(socket: Path, requests: int, ask: Ask) -> None:
    """A process of its own, as another program is."""
    told = asyncio.run(flood(socket, requests, ask))
    print(f"  {requests:,} x {type(ask).__name__}: {told}")  # noqa: T201


async def measure(socket: Path, requests: int) -> None:
    """Print how long the other client waited, alone and beside each flood."""
    await shown(socket, "alone", asyncio.to_thread(time.sleep, 1))
    for ask in (GetStatus(), GetRecording()):
        process = multiprocessing.get_context("spawn").Process(target=flooding, args=(socket, requests, ask))
        process.start()
        await shown(socket, f"beside a flood of {type(ask).__name__}", asyncio.to_thread(process.join))


async def shown(socket: Path, what: str, meanwhile: object) -> None:
    done = asyncio.Event()
    other = asyncio.ensure_future(asking(socket, done))
    await meanwhile  # type: ignore[misc]
    done.set()
    took = await other
    tail = took[int(len(took) * 0.99)]
    print(f"{what}: {len(took)} answers, p99 {tail:.1f} ms, at most {took[-1]:.1f} ms")  # noqa: T201


def main() -> None:
    """Against a headless demo of its own."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with home.serving("demo", "--headless", "--seed", "11") as (_, socket):
            Trader(home, "demo").until(lambda status: status["state"] == "active" and len(status["quotes"]) > 9)
            asyncio.run(measure(Path(socket), requests))


if __name__ == "__main__":
    main()
