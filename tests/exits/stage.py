"""Gateway, engine and a client of the engine in one loop whose time jumps; the gateway has the last word."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, cast

from ibtui.broker.session import Session
from ibtui.config import Folders, Limits, Profile
from ibtui.domain.order import Order
from ibtui.engine.engine import Engine
from ibtui.engine.strategies.catalog import Entry, _entry, describe
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.told.reports import OrderReport
from ibtui.gateway.running.json_log import JsonLog
from ibtui.gateway.server import Gateway
from ibtui.gateway.wire.fields import Layout
from ibtui.link.messages import Frame
from ibtui.link.messages import SessionHeader as Shown
from ibtui.link.status import Status
from ibtui.link.worker import Load
from tests.engines import Driver
from tests.exits.jumping import JumpingLoop, LoopClock

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""10:00 in New York."""
ACCOUNT = "DU1234567"
CLIENT = 17
BEAT = 0.5
"""Seconds between two looks of the gateway at its exchange when nobody asks it for anything."""
CON_IDS = {"AAPL": 265598, "MSFT": 272093, "NVDA": 4815747, "TSLA": 76792991}
MARKETS = {"AAPL": (187.40, 187.42), "MSFT": (402.10, 402.12), "NVDA": (182.30, 182.31), "TSLA": (391.50, 391.55)}
"""Bid and ask of the books that are held for the length of a cell."""


class Following:
    """The gateway's time is that of the loop: it passes when the loop jumps."""

    stepped = True

    def __init__(self, clock: LoopClock) -> None:
        self._clock = clock
        self._began = clock.monotonic()

    def begin(self, now: datetime) -> None: ...

    def present(self) -> datetime:
        return self._clock.now()

    def skip(self, by: timedelta) -> None:
        self._clock.leap(by)

    def seconds(self) -> float:
        return self._clock.monotonic() - self._began


class Message(NamedTuple):
    """One message that a client sent."""

    time: float
    client: int
    name: str
    fields: Mapping[str, Any]


class WireLog(JsonLog):
    """Everything that clients sent, in order."""

    def __init__(self, clock: LoopClock) -> None:
        super().__init__(io.BytesIO(), clock.now)
        self._clock = clock
        self.received: list[Message] = []
        self.watch: Callable[[], None] = lambda: None
        """Called before each message is carried out."""

    def write(self, client: int, direction: str, layout: Layout, fields: Mapping[str, Any], flaw: str = "") -> None:
        if direction == "in":
            self.watch()
            self.received.append(Message(self._clock.monotonic(), client, layout.name, dict(fields)))


class Onlooker(Driver):
    """A client that also keeps what the header shows."""

    session: Shown | None = None

    def _framed(self, frame: Frame) -> None:
        self.session = frame.session or self.session
        super()._framed(frame)


class Stage:
    """One profile's engine on one gateway; `engine` starts it, as often as a test likes, on the same state."""

    def __init__(self, folder: Path, gateway: Gateway, clock: LoopClock, wire: WireLog, profile: Profile) -> None:
        self.folder = folder
        self.gateway = gateway
        self.clock = clock
        self.wire = wire
        self.profile = profile
        self._driver: Onlooker | None = None
        self._engine: Engine | None = None

    @property
    def exchange(self) -> Exchange:
        return self.gateway.backend.exchange

    @property
    def driver(self) -> Onlooker:
        assert self._driver is not None, "the engine was not started"
        return self._driver

    # the engine

    async def start(self, *, ready: bool = True) -> Onlooker:
        """Start the engine; with `ready`, once it is active and every market is quoted."""
        engine = Engine(
            "paper",
            self.profile,
            Folders(self.folder / "paper"),
            clock=self.clock,
            strategies=self.folder / "strategies",
            session_type=Session,
        )
        _owe_commits(engine)
        socket = await engine.start()
        engine.parts.supervisor._catalog._builtin = dict(
            await builtins()
        )  # asked of a process once, not for every cell
        self._engine, self._driver = engine, Onlooker(engine, socket)
        await self.driver.attach()
        if ready:
            await self.driver.until(lambda status: self._quoted(status))
        return self.driver

    async def stop(self) -> None:
        """Stop the engine; the gateway and what is on disk stay."""
        if self._driver is not None and self._engine is not None:
            await self._driver.client.close()
            await self._engine.stop()
            self._driver = self._engine = None

    def _quoted(self, status: Status) -> bool:
        quoted = {quote.symbol for quote in status.quotes if quote.bid is not None and quote.ask is not None}
        return status.connection.state == "active" and quoted >= set(self.profile.watchlist)

    async def reconcile(self) -> None:
        """Have the engine ask IB for everything now."""
        assert self._engine is not None
        await self._engine.parts.session.reconcile()

    @property
    def next_order_id(self) -> int:
        """Under which the engine will send its next order."""
        assert self._engine is not None
        return self._engine.parts.session._parts.placing.next_id

    def driver_order(self, ref: str) -> Order:
        """An order as the engine knows it."""
        assert self._engine is not None
        order = self._engine.parts.state.orders.get(ref)
        assert order is not None, f"the engine knows no order {ref}"
        return order

    # time

    async def passes(self, seconds: float) -> None:
        """Let so many seconds pass, everyone acting in them."""
        await asyncio.sleep(seconds)

    async def leap(self, by: timedelta) -> None:
        """It is later by so much: the gateway catches up at once, and no timer of the engine has come nearer."""
        self.clock.leap(by)
        self.gateway.advance()
        self.gateway.flush()
        await asyncio.sleep(0.01)

    # the gateway's word

    @property
    def frozen(self) -> bool:
        """The gateway reads nothing."""
        return self.gateway._frozen

    def hold(self, symbols: Iterable[str] = MARKETS) -> None:
        """Show the same books, and keep them."""
        for symbol in symbols:
            bid, ask = MARKETS[symbol]
            self.exchange.set_book(CON_IDS[symbol], bid=bid, ask=ask, bid_size=10_000, ask_size=10_000)
        self.tell()

    def tell(self) -> None:
        self.gateway.tell()
        self.gateway.flush()

    def positions(self) -> dict[str, Decimal]:
        """What the account holds by name, nothing flat."""
        held = self.exchange.account(ACCOUNT).positions.values()
        return {self.symbol(position.con_id): position.quantity for position in held if position.quantity}

    def open_orders(self) -> list[OrderReport]:
        return self.exchange.orders()

    def client_of(self, order: OrderReport) -> int:
        """Whose order it is; 0 for one placed by hand in TWS."""
        placed = self.gateway.registry.by_perm_id(order.perm_id)
        return placed.client_id if placed.order_id else 0

    def ref_of(self, order: OrderReport) -> str:
        """Our ref of an order, empty for one of another client."""
        terms = self.gateway.registry.by_perm_id(order.perm_id).terms
        return str(terms.get("orderRef", "")).rpartition("/")[2]

    def symbol(self, con_id: int) -> str:
        return self.gateway.backend.instrument(con_id).symbol

    def con_id(self, symbol: str) -> int:
        return next(each.instrument.con_id for each in self.exchange.listings if each.instrument.symbol == symbol)


def _owe_commits(engine: Engine) -> None:
    """Time stands still while a thread writes the journal or the safety file for somebody who waits."""
    journal, safety, loop = (
        engine.durable.journal,
        engine.durable.safety,
        cast("JumpingLoop", asyncio.get_running_loop()),
    )
    commit, kept = journal.commit, safety.kept

    async def owed(*records: Any) -> None:
        with loop.owing():
            await commit(*records)

    async def safe() -> None:
        with loop.owing():
            await kept()

    journal.commit = owed  # type: ignore[method-assign]
    safety.kept = safe  # type: ignore[method-assign]


_BUILTINS: dict[str, Entry] = {}


async def builtins() -> dict[str, Entry]:
    """The built-in strategies as a worker describes them; asked once a process, in no simulated time."""
    if not _BUILTINS:
        described, failure = await describe(Load(name=""), 60.0)
        assert not failure, failure
        _BUILTINS.update({one.name: _entry(one, "") for one in described})
    return _BUILTINS


async def _beat(gateway: Gateway, wire: WireLog) -> None:
    while True:
        await asyncio.sleep(BEAT)
        gateway.advance()
        gateway._count_seconds()
        wire.watch()
        gateway.flush()


@asynccontextmanager
async def stage(
    folder: Path, *, start: datetime = MONDAY, always_open: bool = True, pacing: bool = False, **profile: Any
) -> AsyncIterator[Stage]:
    """A gateway whose books are held; `profile` are fields of the engine's profile. Ends both."""
    clock = LoopClock(asyncio.get_running_loop(), start)
    wire = WireLog(clock)
    exchange = Exchange(start=start, accounts=(ACCOUNT,), always_open=always_open)
    gateway = Gateway(exchange, simulated_time=Following(clock), pacing=pacing, log=wire)
    await gateway.start()
    beat = asyncio.create_task(_beat(gateway, wire))
    fields: dict[str, Any] = {"port": gateway.port, "watchlist": tuple(MARKETS), "limits": Limits(quote_age=60)}
    made = Stage(folder, gateway, clock, wire, Profile(**(fields | profile)))
    made.hold()
    try:
        yield made
    finally:
        await made.stop()
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat
        await gateway.stop()
