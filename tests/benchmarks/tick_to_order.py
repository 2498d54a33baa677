"""From a tick at the engine, through a strategy's process, to the bytes of its order; an open market around it.

    python -m tests.benchmarks.tick_to_order [--seconds 30]

The gateway, a process of its own, sends 100 instruments 10 updates a second each; 5 strategies, a process each, send
one order a second and cancel it. An order carries in its quantity the millisecond at which the quote it answers was
received, so each is measured from its own tick. The path holds the gate twice and a commit to disk.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ibtui.broker.placing import Placing
from ibtui.config import Limits
from ibtui.exchange.market import Exchange
from tests.engines import running_engine

INSTRUMENTS = 100
UPDATES = 10
MESSAGES = 4
"""Messages of one update of a quote."""
SYMBOLS = ("AAPL", "MSFT", "NVDA", "AMZN", "GOOG")

STRATEGY = '''
from ibtui.strategies import Quote, Strategy, param


class Pulse(Strategy):
    """One order a second, taken back with the next."""

    symbol: str = param("AAPL", kind="symbol")
    next = 0.0

    def on_quote(self, quote: Quote) -> None:
        if quote.received < self.next or quote.bid is None:
            return
        self.next = quote.received + 1.0
        for order in self.orders(self.symbol):
            self.cancel(order.ref)
        self.buy(self.symbol, 1 + int(quote.received * 1000) % 900, limit=round(quote.bid * 0.97, 2))
'''


class Watch:
    """Milliseconds from the tick that a placed order answers to its last byte."""

    def __init__(self) -> None:
        self.took: list[float] = []

    def install(self) -> None:
        place = Placing.place

        def timed(placing: Placing, legs: Any, *arguments: Any) -> dict[str, int]:
            placed = place(placing, legs, *arguments)
            now = time.monotonic() * 1000
            self.took.append((now - (int(legs[0].quantity) - 1)) % 900)
            return placed

        Placing.place = timed  # type: ignore[method-assign, assignment]


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


async def measure(seconds: float) -> list[float]:
    watch = Watch()
    watch.install()
    with tempfile.TemporaryDirectory() as folder, gateway() as port:
        files = Path(folder) / "strategies"
        files.mkdir()
        (files / "pulse.py").write_text(STRATEGY)
        limits = Limits(quote_age=600, open_orders=1_000, duplicate_seconds=0.001)
        settings = {"limits": limits, "watchlist": watchlist(), "strategies": files}
        async with running_engine(Path(folder), port, ready=False, **settings) as engine:  # type: ignore[arg-type]
            await engine.until(lambda s: s.state == "active" and len(s.quotes) >= INSTRUMENTS, within=60)
            for symbol in SYMBOLS:
                await engine.do(f"start pulse.{symbol.lower()} symbol={symbol}")
            await asyncio.sleep(2)
            watch.took.clear()
            await asyncio.sleep(seconds)
            return list(watch.took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    took = sorted(asyncio.run(measure(parser.parse_args().seconds)))
    middle, high = took[len(took) // 2], took[min(int(len(took) * 0.99), len(took) - 1)]
    line = f"{len(took)} orders: p50 {middle:.1f} ms, p99 {high:.1f} ms, most {took[-1]:.1f} ms"
    print(f"{line} from the tick to the order's bytes")  # noqa: T201


if __name__ == "__main__":
    main()
