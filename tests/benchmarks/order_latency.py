"""From an order's message at the engine to the bytes of its placeOrder on the wire, beside a bare ib_insync placeOrder.

    python -m tests.benchmarks.order_latency

The engine's path holds the gate twice and a commit to disk (`synchronous=FULL`); the bare library's holds neither.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from ibtui.broker.orders.placing import Placing
from ibtui.commands.command import Trade
from ibtui.config import Limits
from ibtui.domain.order import Side
from ibtui.domain.terms import OrderType, Terms
from ibtui.engine.door.conversation import Conversation
from ibtui.gateway.server import Gateway
from ibtui.link.messages import Do, FromClient, Request
from tests.engine.markets import AAPL, hold
from tests.engines import running_engine
from tests.gateways import running_gateway
from tests.insync import ib_insync

ORDERS = 200


class Stopwatch:
    """Reads the clock where a message was decoded and where the last byte of an order was written."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.ended: list[float] = []

    def install(self) -> None:
        take, place = Conversation._take, Placing.place

        def timed_take(conversation: Conversation, message: FromClient) -> None:
            if isinstance(message, Request) and isinstance(message.ask, Do):
                self.began.append(time.perf_counter())
            take(conversation, message)

        def timed_place(placing: Placing, *arguments: Any) -> dict[str, int]:
            placed = place(placing, *arguments)
            self.ended.append(time.perf_counter())
            return placed

        Conversation._take = timed_take  # type: ignore[method-assign, assignment]
        Placing.place = timed_place  # type: ignore[method-assign, assignment]

    def milliseconds(self) -> list[float]:
        return [(end - begin) * 1e3 for begin, end in zip(self.began, self.ended, strict=True)]


async def through_the_engine(folder: Path, gateway: Gateway) -> list[float]:
    """Milliseconds of each order, one after the other over the link."""
    watch = Stopwatch()
    watch.install()
    limits = Limits(quote_age=600, open_orders=ORDERS + 1, orders_per_second=45)
    async with running_engine(folder, gateway.port, limits=limits, watchlist=("AAPL",)) as engine:
        for number in range(ORDERS):
            command = Trade(
                terms=Terms(
                    side=Side.BUY,
                    quantity=Decimal(number + 1),
                    symbol="AAPL",
                    type=OrderType.LMT,
                    limit_price=Decimal(180),
                )
            )
            await engine.ask(Do(command=command))
            await asyncio.sleep(0.03)  # under the limit of 45 orders a second
    return watch.milliseconds()


async def bare(gateway: Gateway) -> list[float]:
    """Milliseconds of each placeOrder of the library alone."""
    ib = ib_insync.IB()
    await ib.connectAsync("127.0.0.1", gateway.port, clientId=98, timeout=5)
    stock = ib_insync.Stock("AAPL", "SMART", "USD", conId=AAPL)
    times = []
    for number in range(ORDERS):
        begin = time.perf_counter()
        ib.placeOrder(stock, ib_insync.LimitOrder("BUY", number + 1, 180.0, account="DU1234567"))
        times.append((time.perf_counter() - begin) * 1e3)
        await asyncio.sleep(0.03)  # under the library's own limit of 45 messages a second
    ib.disconnect()
    return times


def shown(name: str, times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"{name:<12} p50 {cuts[49]:7.3f} ms   p99 {cuts[98]:7.3f} ms   max {max(times):7.3f} ms   n {len(times)}"


async def measure() -> None:
    """Print both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_gateway(cash=100_000_000.0) as gateway:
            hold(gateway)
            ours = await through_the_engine(Path(folder), gateway)
            theirs = await bare(gateway)
    ratio = statistics.median(ours) / statistics.median(theirs)
    for line in (shown("ibtui", ours), shown("ib_insync", theirs), f"ratio of the medians {ratio:.1f}"):
        print(line)  # noqa: T201


def main() -> None:
    asyncio.run(measure())


if __name__ == "__main__":
    main()
