"""A session against a gateway for the length of a test, and waiting for what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, TypeVar

from ibtui.broker import Session, Timings
from ibtui.domain.event import ConnectionChanged, Event, Filled, OrderMoved, OrderSeen
from ibtui.domain.order import OrderIntent, OrderStatus, Side, legs, new_ref
from ibtui.domain.terms import OrderType
from ibtui.gateway.server import Gateway
from tests.clocks import CLOCK, PATIENCE
from tests.flat_orders import flat_order

T = TypeVar("T")

QUICK = Timings(
    connect=PATIENCE,
    query=PATIENCE,
    heartbeat=0.1,
    reconnect=(0.05, 0.05, 0.1),
    in_use=0.05,
    retry=(0.05,),
    upstream=(PATIENCE,),
    spacing=0.02,
)
"""Short pauses, so that repairs are seen soon; limits that only a failure should reach stay long."""


class Story:
    """Every event of a session in order, and a way to wait for the next."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, check: Callable[[], T], seconds: float = PATIENCE) -> T:
        """Wait for events until `check` gives something true, and return that."""
        async with asyncio.timeout(seconds):
            while not (value := check()):
                self._news.clear()
                await self._news.wait()
        return value

    async def state(self, state: str, code: str | None = None) -> ConnectionChanged:
        """Wait until the newest state is this one."""

        def newest() -> ConnectionChanged | None:
            changes = self.of(ConnectionChanged)
            fits = changes and changes[-1].state == state and code in (None, changes[-1].code)
            return changes[-1] if fits else None

        found = await self.until(newest)
        assert found is not None
        return found

    def statuses(self, ref: str) -> list[OrderStatus]:
        """Every status that was told of an order, in order."""
        told = []
        for event in self.events:
            if isinstance(event, OrderSeen) and event.order.ref == ref:
                told.append(event.order.status)
            elif isinstance(event, OrderMoved) and event.ref == ref:
                told.append(event.status)
        return told

    async def status(self, ref: str, *wanted: OrderStatus) -> OrderStatus:
        """Wait until the newest status of an order is one of `wanted`."""

        def newest() -> OrderStatus | None:
            told = self.statuses(ref)
            return told[-1] if told and told[-1] in wanted else None

        found = await self.until(newest)
        assert found is not None
        return found

    def filled(self, ref: str) -> Decimal:
        """What the fills of an order add up to, each execution counted once."""
        fills = {event.fill.exec_id: event.fill.quantity for event in self.of(Filled) if event.fill.ref == ref}
        return sum(fills.values(), Decimal(0))


@asynccontextmanager
async def running_session(gateway: Gateway, **options: Any) -> AsyncIterator[tuple[Session, Story]]:
    """A session that runs against `gateway`, in whatever state; closed when the block ends."""
    story = Story()
    settings: dict[str, Any] = {"client_id": 5, "paper": True, "timings": QUICK, "clock": CLOCK} | options
    session = Session(host="127.0.0.1", port=gateway.port, on_event=story, **settings)
    running = asyncio.create_task(session.run())
    try:
        yield session, story
    finally:
        await session.close()
        await running


@asynccontextmanager
async def active_session(gateway: Gateway, **options: Any) -> AsyncIterator[tuple[Session, Story]]:
    """A session that is active."""
    async with running_session(gateway, **options) as (session, story):
        await story.state("active")
        yield session, story


def requests_to(gateway: Gateway) -> list[int]:
    """The message ids of all that clients ask of the gateway from now on."""
    asked: list[int] = []

    def hear(request: int) -> bool:
        asked.append(request)
        return False

    gateway.faults.incoming.append(hear)
    return asked


def intent(
    side: Side = Side.BUY, quantity: int = 100, limit: float | None = None, *, symbol: str = "AAPL", **more: Any
) -> OrderIntent:
    """A market order, or a limit order."""
    fields = {
        "ref": new_ref(),
        "owner": "you",
        "symbol": symbol,
        "side": side,
        "quantity": Decimal(quantity),
        "type": OrderType.MKT if limit is None else OrderType.LMT,
        "limit_price": None if limit is None else Decimal(str(limit)),
    }
    return flat_order(OrderIntent, fields | more)


async def send(session: Session, wish: OrderIntent) -> dict[str, int]:
    """Place an intent with all its legs."""
    instrument = await session.resolve(wish.symbol)
    return session.place(legs(wish), {wish.symbol: instrument}, session.epoch)
