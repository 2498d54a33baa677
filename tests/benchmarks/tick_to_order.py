"""From a tick at the engine, through a strategy's process, to the bytes of its order; an open market around it.

    python -m tests.benchmarks.tick_to_order [--seconds 30]

The gateway, a process of its own, sends 100 instruments 10 updates a second each; 5 strategies, a process each, send
one order a second and cancel it half a second later. An order carries in its quantity the millisecond at which the
quote it answers was received, so each is measured from its own tick. The path holds the gate twice and a commit to
disk; the last line says what this disk takes for such a commit alone, as seldom as orders come: a disk that rested
answers later than one that is busy. The path ends when the order's bytes are given to the socket; the second line ends
when the socket has taken them, in which time the kernel may run the gateway first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ibtui.broker.orders.placing import Placing
from ibtui.config import Limits
from ibtui.domain.quote import Quote
from ibtui.engine.worker_process import WorkerProcess
from ibtui.exchange.exchange import Exchange
from tests.engines import running_engine
from tests.insync import ib_insync

Connection = ib_insync.connection.Connection

INSTRUMENTS = 100
UPDATES = 10
MESSAGES = 4
"""Messages of one update of a quote."""
SYMBOLS = ("AAPL", "MSFT", "NVDA", "AMZN", "GOOG")

STRATEGY = '''
from ibtui.strategies import Quote, Strategy, param


class Pulse(Strategy):
    """One order a second, taken back half a second later."""

    symbol: str = param("AAPL", kind="symbol")
    next = 0.0

    def on_quote(self, quote: Quote) -> None:
        if quote.received < self.next or quote.bid is None:
            return
        self.next = quote.received + 0.5
        if standing := self.orders(self.symbol):
            self.cancel(standing[0].ref)
        else:
            self.buy(self.symbol, 1 + int(quote.received * 1000) % 900, limit=round(quote.bid * 0.97, 2))
'''


class Watch:
    """Milliseconds from the tick that a placed order answers until its bytes are given to the socket, and taken."""

    def __init__(self) -> None:
        self.given: list[float] = []
        self.taken: list[float] = []
        self._given = 0.0
        self._received: dict[tuple[str, int], float] = {}

    def install(self) -> None:
        place, say_quote, write = Placing.place, WorkerProcess.say_quote, Connection.sendMsg

        def timed_place(placing: Placing, legs: Any, *arguments: Any) -> dict[str, int]:
            placed = place(placing, legs, *arguments)
            tick = self._received[legs[0].symbol, int(legs[0].quantity) - 1]
            self.given.append((self._given - tick) * 1000)
            self.taken.append((time.monotonic() - tick) * 1000)
            return placed

        def timed_write(connection: Any, message: bytes) -> None:
            self._given = time.monotonic()
            write(connection, message)

        def noted_quote(process: WorkerProcess, quote: Quote, moment: datetime) -> None:
            self._received[quote.symbol, int(quote.received * 1000) % 900] = quote.received
            say_quote(process, quote, moment)

        Placing.place = timed_place  # type: ignore[method-assign, assignment]
        WorkerProcess.say_quote = noted_quote  # type: ignore[method-assign, assignment]
        Connection.sendMsg = timed_write


@contextmanager
def gateway() -> Iterator[int]:
    """A gateway that streams at the wanted rate; its port."""
    rate = INSTRUMENTS * UPDATES * MESSAGES
    process = subprocess.Popen(
        [sys.executable, "-m", "ibtui", "gateway", "--port", "0", "--stress", str(rate)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().rpartition(":")[2])
    finally:
        process.terminate()
        process.wait()


def watchlist() -> tuple[str, ...]:
    """A hundred instruments that the gateway lists, the traded ones first."""
    exchange = Exchange(seed=7)
    listed = [one.instrument for one in exchange.listings]
    names = [
        one.symbol if one.currency == "USD" or one.sec_type != "STK" else f"{one.symbol}.{one.currency}"
        for one in listed
        if one.sec_type in ("STK", "FUT", "CASH")
    ]
    return tuple(dict.fromkeys((*SYMBOLS, *names)))[:INSTRUMENTS]


async def measure(seconds: float) -> Watch:
    watch = Watch()
    watch.install()
    with tempfile.TemporaryDirectory() as folder, gateway() as port:
        files = Path(folder) / "strategies"
        files.mkdir()
        (files / "pulse.py").write_text(STRATEGY)
        limits = Limits(quote_age=600, open_orders=1_000, duplicate_seconds=0.001, orders_per_second=45)
        settings = {"limits": limits, "watchlist": watchlist(), "strategies": files}
        async with running_engine(Path(folder), port, ready=False, **settings) as engine:  # type: ignore[arg-type]
            await engine.until(lambda s: s.state == "active" and len(s.quotes) >= INSTRUMENTS, within=60)
            for symbol in SYMBOLS:
                await engine.do(f"start pulse.{symbol.lower()} symbol={symbol}")
            await asyncio.sleep(2)
            watch.given.clear()
            watch.taken.clear()
            await asyncio.sleep(seconds)
    return watch


def synced() -> float:
    """Milliseconds of one fsync, the median of fifty, five a second."""
    took = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
            time.sleep(0.2)
    return sorted(took)[25]


def described(milliseconds: list[float]) -> str:
    took = sorted(milliseconds)
    middle, high = took[len(took) // 2], took[min(int(len(took) * 0.99), len(took) - 1)]
    return f"{len(took)} orders: p50 {middle:.1f} ms, p99 {high:.1f} ms, most {took[-1]:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    watch = asyncio.run(measure(parser.parse_args().seconds))
    print(f"{described(watch.given)} from the tick until the order's bytes are given to the socket")  # noqa: T201
    print(f"{described(watch.taken)} until the socket has taken them")  # noqa: T201
    print(f"an fsync of 4 KiB alone: p50 {synced():.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
