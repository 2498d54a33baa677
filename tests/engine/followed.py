"""An engine with many entries against a gateway at IB's message limit, in a loop whose time jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from ibtui.config import Limits
from ibtui.domain.order import OrderStatus
from ibtui.link.messages import Outcome
from tests.exits.jumping import run
from tests.exits.stage import Stage, stage

A_SECOND = 40
"""Orders that the gate lets pass in a second."""
MANY = Limits(quote_age=60, open_orders=400, duplicate_seconds=0)

Test = Callable[[Stage], Coroutine[Any, Any, None]]


def on_stage(folder: Path, test: Test, **options: Any) -> None:
    """Run a test against a gateway and an engine whose time jumps."""

    async def main() -> None:
        async with stage(folder, **({"limits": MANY} | options)) as made:
            await made.start()
            await test(made)

    run(main)


async def entries(stage: Stage, count: int, symbols: tuple[str, ...] = ("AAPL", "MSFT", "NVDA")) -> list[str]:
    """Work so many buys below the market; their refs."""
    prices = {"AAPL": 180.0, "MSFT": 390.0, "NVDA": 175.0, "TSLA": 380.0}
    lines = [
        f"buy 1 {symbol} @ {prices[symbol] - 0.01 * (number // len(symbols)):.2f}"
        for number, symbol in zip(range(count), symbols * count, strict=False)
    ]
    outcomes: list[Outcome] = []
    for first in range(0, count, A_SECOND):
        batch = lines[first : first + A_SECOND]
        outcomes += await asyncio.gather(*(stage.driver.do(line) for line in batch))
        await stage.passes(1.5)
    return [outcome.orders[0].ref for outcome in outcomes]


async def status(stage: Stage, ref: str) -> OrderStatus:
    return next(order for order in (await stage.driver.status()).orders if order.ref == ref).status
