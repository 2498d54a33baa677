"""Markets and profiles that hold still, so that a test knows what trades."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Any

from ibtui.broker import Session
from ibtui.config import Limits
from ibtui.domain.order import Order
from ibtui.gateway.server import Gateway
from ibtui.link.status import Status
from tests.broker.sessions import QUICK
from tests.engines import Driver

AAPL = 265598
BID, ASK = 187.40, 187.42

CALM: dict[str, Any] = {"limits": Limits(quote_age=60), "session_type": partial(Session, timings=QUICK)}
"""For engines on a held book, which does not tick, that should reconnect soon."""

CAREFUL: dict[str, Any] = {**CALM, "limits": Limits(duplicate_seconds=1e-9, daily_loss=500, quote_age=60)}
"""The same with a limit of the day's loss, for engines that are asked for the same order again and again."""


def hold(gateway: Gateway, bid: float = BID, ask: float = ASK, size: float = 10_000) -> None:
    """Show one AAPL book and keep it."""
    gateway.backend.exchange.set_book(AAPL, bid=bid, ask=ask, bid_size=size, ask_size=size)


def placed(gateway: Gateway) -> int:
    """How many orders the exchange ever got."""
    exchange = gateway.backend.exchange
    refs = {report.perm_id for report in (*exchange.orders(), *exchange.completed())}
    return len(refs)


def held(gateway: Gateway, account: str = "DU1234567") -> Decimal:
    """What the exchange says the account holds of AAPL."""
    position = gateway.backend.exchange.account(account).positions.get(AAPL)
    return Decimal(0) if position is None else position.quantity


def by_ref(status: Status, ref: str) -> Order:
    return next(order for order in status.orders if order.ref == ref)


async def bought(engine: Driver, quantity: int = 100) -> None:
    """Hold that much AAPL."""
    await engine.do(f"buy {quantity} AAPL market")
    await engine.until(lambda s: any(p.symbol == "AAPL" and p.quantity == quantity for p in s.positions))


@asynccontextmanager
async def trades(gateway: Gateway, prices: Iterable[float], con_id: int = AAPL) -> AsyncIterator[None]:
    """One lot trades every 50 ms, at these prices and then at the last of them: there is a bar each second."""

    async def trade() -> None:
        last = 0.0
        for price in itertools.chain(prices, itertools.repeat(None)):
            last = price or last
            gateway.backend.exchange.set_price(con_id, last)
            await asyncio.sleep(0.05)

    trading = asyncio.create_task(trade())
    try:
        yield
    finally:
        trading.cancel()
