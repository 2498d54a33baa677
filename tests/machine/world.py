"""An engine, its gateway and the gateways that stood there before; everything that befalls them, one method each."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from ibtui.config import Limits
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Change, Side, parse_order_ref
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.told.reports import ClientOrder, OrderReport, Report
from ibtui.gateway.running.registry import PlacedOrder
from ibtui.gateway.server import Gateway
from ibtui.link.status import Status
from tests.exits.stage import ACCOUNT, CLIENT, CON_IDS, MARKETS, Following, Stage, _beat, stage

STRANGER = 99
"""The client id of another program."""
FRIDAY = 4
DEPTH = 10_000
"""Shares on either side of a book."""
QUOTED = 10.0
"""Seconds between two looks of everybody at every book."""
SETTLED = 200.0
"""Seconds without any fault after which everything that can be known is known."""
GENEROUS = Limits(quote_age=60, open_orders=1000, duplicate_seconds=0.001, order_value=5_000_000)


class Placed(NamedTuple):
    """An order of ours, the exchange that took it, and how it stands or ended; None for one lost unreported."""

    order: PlacedOrder
    exchange: Exchange
    report: OrderReport | None


class Misfortunes:
    """One profile and what happens to it; each method is one thing that happens, none waits for all to be well."""

    def __init__(self, made: Stage) -> None:
        self.stage = made
        self.past: list[Gateway] = []
        """Gateways that stood on this port before, newest last."""
        self.lost: set[str] = set()
        """Refs of orders that the exchange forgot without a word."""
        self.corrected: set[str] = set()
        """Refs of orders of which an execution was corrected."""
        self.sentences: list[str] = []
        """What happened, in order, for whoever reads a failure."""
        self._listening = True
        self._shown = 0
        self._beating: asyncio.Task[None] | None = None
        self._books = {symbol: (bid, ask, DEPTH) for symbol, (bid, ask) in MARKETS.items()}
        self._quoting = asyncio.create_task(self._quote())
        self._reported: dict[tuple[int, int], OrderReport] = {}
        """By exchange and permanent id: an exchange forgets at night what ended by day, and this does not."""
        self._hear(made.exchange)

    def _hear(self, exchange: Exchange) -> None:
        def hear(report: Report) -> None:
            if isinstance(report, OrderReport):
                self._reported[id(exchange), report.perm_id] = report

        exchange.listen(hear)

    async def _quote(self) -> None:
        """Show every book again and again: a market that says nothing is no market to trade on."""
        while True:
            self._show(*self._books)
            await asyncio.sleep(QUOTED)

    def _show(self, *symbols: str) -> None:
        self._shown += 1
        for symbol in symbols:
            bid, ask, size = self._books[symbol]
            self.stage.exchange.set_book(
                CON_IDS[symbol], bid=bid, ask=ask, bid_size=size + self._shown % 2, ask_size=size + self._shown % 2
            )
        self.stage.tell()

    # what is true

    def placed(self) -> dict[str, list[Placed]]:
        """Every order of ours that any gateway ever took, by ref."""
        found: dict[str, list[Placed]] = {}
        for gateway in (*self.past, self.stage.gateway):
            for placed in gateway.registry.placed():
                ours = parse_order_ref(str(placed.terms.get("orderRef", "")))
                if placed.client_id == CLIENT and ours is not None:
                    exchange = gateway.backend.exchange
                    last = self._reported.get((id(exchange), placed.perm_id))
                    report = exchange.order(placed.perm_id) or last
                    found.setdefault(ours[1], []).append(Placed(placed, exchange, report))
        return found

    def standing(self, placed: Placed) -> bool:
        """Whether the gateway that took it is the one that stands now."""
        return placed.exchange is self.stage.exchange

    async def status(self) -> Status:
        return await self.stage.driver.status()

    # a person

    async def say(self, line: str) -> None:
        """One command line; a refusal must have left nothing at the gateway."""
        before = set(self.placed())
        try:
            answer = (await self.stage.driver.do(line)).message
        except IbtuiError as error:
            answer = f"refused, {error.code}: {error.message}"
            new = set(self.placed()) - before
            assert not new, f"{line!r} was {answer}, and {new} are at the gateway; {self.report()}"
        self.note(f"{line} -> {answer}")

    async def change(self, ref: str, by: float) -> None:
        """Another limit for one of our orders."""
        engine = self.stage._engine
        assert engine is not None
        order = engine.parts.state.orders.get(ref)
        if order is None or order.limit_price is None:
            return
        limit = Decimal(f"{float(order.limit_price) * by:.2f}")
        try:
            await engine.parts.desk.modify(Change(ref=ref, limit_price=limit))
            self.note(f"change {ref} to {limit}")
        except IbtuiError as error:
            self.note(f"change {ref} to {limit}: {error.code}, {error.message}")

    # the market and others

    async def price(self, symbol: str, bid: float) -> None:
        bid = round(bid, 2)
        self.note(f"{symbol} is bid {bid}")
        self._books[symbol] = (bid, round(bid + 0.02, 2), DEPTH)
        self._show(symbol)

    async def thin(self, symbol: str, size: int) -> None:
        """So little is bid and offered that orders fill in parts."""
        self.note(f"{symbol} is bid for {size} and offered for {size}")
        self._books[symbol] = (*self._books[symbol][:2], size)
        self._show(symbol)

    async def stranger(self, symbol: str, side: Side, quantity: int, client: int) -> None:
        """Another program, or a hand in TWS, trades."""
        self.note(f"client {client} trades {side} {quantity} {symbol}")
        exchange, registry = self.stage.exchange, self.stage.gateway.registry
        ticket = ClientOrder(
            account=ACCOUNT, con_id=CON_IDS[symbol], side=side, quantity=Decimal(quantity), type="MKT", tif="DAY"
        )
        perm_id = exchange.place(ticket)
        if client:
            registry.add(PlacedOrder(client, registry.highest(client) + 1, perm_id, {}))
        self.stage.tell()

    async def forgotten(self, ref: str) -> None:
        """TWS loses one of our orders."""
        for placed in self.placed().get(ref, ()) if ref not in self.lost else ():
            report = placed.report
            if self.standing(placed) and report is not None and report.state in ("PreSubmitted", "Submitted"):
                self.note(f"TWS forgets {ref}")
                self.lost.add(ref)
                self.stage.exchange.forget(report.perm_id)

    async def correct(self, pick: int, left: int) -> None:
        """IB corrects one of our executions of today: so much less was traded, at 0 nothing."""
        fills = {fill.exec_id.rpartition(".")[0]: fill for fill in self.stage.exchange.executions()}
        refs = {
            copy.order.perm_id: ref for ref, copies in self.placed().items() for copy in copies if self.standing(copy)
        }
        ours = [fill for fill in fills.values() if fill.perm_id in refs and fill.quantity > left]
        if ours:
            fill = ours[pick % len(ours)]
            self.note(f"{fill.exec_id} of {refs[fill.perm_id]} is corrected from {fill.quantity} to {left}")
            self.corrected.add(refs[fill.perm_id])
            self.stage.exchange.correct(fill.exec_id, Decimal(left))
            self.stage.tell()

    # the link

    async def cut(self) -> None:
        self.note("the connection is cut")
        self.stage.gateway.faults.drop()

    async def refuse(self) -> None:
        self.note("connections are refused")
        self._listening = False
        await self.stage.gateway.faults.refuse()
        self.stage.gateway.faults.drop()

    async def rolled_back(self) -> None:
        """TWS gives out ids again that it gave out before."""
        self.note("ids roll back")
        self.stage.gateway.faults.roll_back(CLIENT, 10)
        self.stage.gateway.faults.drop()

    async def fault(self, name: str, message: int) -> None:
        self.note(f"{name} {message or ''}")
        getattr(self.stage.gateway.faults, name)(*([message] if message else []))
        self.stage.tell()

    async def accept(self) -> None:
        if not self._listening:
            self.note("connections are taken again")
            self._listening = True
            await self.stage.gateway.faults.accept()

    async def heal(self) -> None:
        """Every fault is undone."""
        self.note("all is well again")
        self.stage.gateway.faults.reset()
        if self.stage.gateway.faults.waiting is not None:
            self.stage.gateway.faults.recover(1101)
        await self.accept()

    # processes

    async def crash(self, written: bool) -> None:
        """The engine is killed: nothing more leaves it, and of its journal only what was `written` already is there."""
        self.note(f"the engine is killed, its queue {'written' if written else 'lost'}")
        await self.stage.gateway.faults.refuse()
        engine = self.stage._engine
        assert engine is not None
        for writer in (engine.durable.journal, engine.durable.safety):
            while not written and not writer._queue.empty():
                writer._queue.get_nowait()
            writer._queue.put(None)
            writer._queue = queue.SimpleQueue()
        connection = engine.parts.session._life._connection
        if connection is not None:
            connection.client.conn.transport.abort()
        self.stage.gateway.faults.drop()
        await self.stage.stop()
        await self._again()

    async def restart(self) -> None:
        self.note("the engine is stopped and started")
        await self.stage.stop()
        await self._again()

    async def _again(self) -> None:
        if self._listening:
            await self.stage.gateway.faults.accept()
        await self.stage.start(ready=False)

    async def anew(self) -> None:
        """The gateway is gone, and another one stands there that knows of no order, no position and no id."""
        self.note("a gateway that began anew stands there")
        old = self.stage.gateway
        port = old.port
        old.faults.reset()
        await old.faults.refuse()
        old.faults.drop()
        if self._beating is not None:
            self._beating.cancel()
        self.past.append(old)
        exchange = Exchange(start=self.stage.clock.now(), accounts=(ACCOUNT,), always_open=False)
        self._hear(exchange)
        following = Following(self.stage.clock)
        gateway = Gateway(exchange, simulated_time=following, log=self.stage.wire, port=port)
        await gateway.start()
        self.stage.gateway = gateway
        self._beating = asyncio.create_task(_beat(gateway, self.stage.wire))
        self._listening = True
        self._show(*self._books)

    async def night(self) -> None:
        """It is the next morning at the same time."""
        self.note("the next day")
        await self.stage.leap(timedelta(days=3 if self.stage.clock.now().weekday() == FRIDAY else 1))
        self._show(*self._books)

    async def night_away(self, visits: float = 1.0) -> None:
        """It is the next morning, and the engine was away; before the close every market `visits` another price."""
        await self.stage.stop()
        self.note(f"while the engine is away every market visits {visits} of its price")
        for symbol in self._books:
            price = round(MARKETS[symbol][0] * visits, 2)
            self.stage.exchange.set_price(CON_IDS[symbol], price)
            self.stage.exchange.set_book(
                CON_IDS[symbol], bid=price, ask=round(price + 0.02, 2), bid_size=DEPTH, ask_size=DEPTH
            )
        await self.stage.leap(timedelta(minutes=1))
        await self.night()
        await self._again()

    async def end(self) -> None:
        self._quoting.cancel()
        if self._beating is not None:
            self._beating.cancel()
        if self.past:
            await self.stage.stop()
            await self.stage.gateway.stop()

    # what is said of a failure

    def note(self, sentence: str) -> None:
        self.sentences.append(f"{self.stage.clock.now():%a %H:%M:%S} {sentence}")

    def report(self) -> str:
        log = "\n  ".join(f"{entry.time:%H:%M:%S} {entry.text}" for entry in self.stage.driver.log[-30:])
        return "\n  ".join(["it happened:", *self.sentences[-40:], "the engine's log:", log])


@asynccontextmanager
async def misfortunes(folder: Path) -> AsyncIterator[Misfortunes]:
    """An engine that is ready, on a gateway whose markets have their hours."""
    async with stage(folder, always_open=False, limits=GENEROUS, watchlist=tuple(MARKETS)) as made:
        world = Misfortunes(made)
        await made.start()
        try:
            yield world
        finally:
            await world.end()
