"""A desk over a scripted session."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ibtui.config import Limits
from ibtui.domain.account import Account
from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.event import (
    AccountChanged,
    ConnectionChanged,
    ConnectionState,
    InstrumentSeen,
    PositionSeen,
    QuoteChanged,
    Reconciled,
)
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings
from ibtui.domain.order import Change, Order, OrderIntent, OrderLeg, Side, new_ref
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType
from ibtui.engine.desk.answers import Answers
from ibtui.engine.desk.ceilings import Limited
from ibtui.engine.desk.desk import Desk
from ibtui.engine.desk.halt import Latch
from ibtui.engine.journal.journal import Journal
from ibtui.engine.journal.safety import Safety
from ibtui.engine.journal.safety_copies import Kept
from ibtui.engine.session import TradedChain
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.truth.state import State
from tests.clocks import ManualClock
from tests.engine.truth import kept
from tests.flat_orders import flat_order

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")


class Script:
    """A session that does what the test says and remembers what it was told to write."""

    def __init__(self) -> None:
        self.epoch = 1
        self.state: ConnectionState = "active"
        self.account = "DU1"
        self.written: list[OrderLeg] = []
        self.ids: list[int] = []
        self.cancelled: list[str] = []
        self.modified: list[tuple[str, Decimal | None, Decimal | None, Decimal | None]] = []
        self.alive = True
        self.asked = asyncio.Event()
        self.proved = asyncio.Event()
        self.proved.set()
        self._next = 1

    async def prove(self, limit: float = 1.0) -> None:
        self.asked.set()
        await self.proved.wait()
        if not self.alive:
            raise IbtuiError("no_answer", "IB does not answer; nothing was sent.")

    def reserve(self, count: int) -> Sequence[int]:
        self._next += count
        return range(self._next - count, self._next)

    def place(
        self,
        legs: Sequence[OrderLeg],
        instruments: Mapping[str, Instrument],
        epoch: int,
        *,
        order_ids: Sequence[int] | None = None,
    ) -> dict[str, int]:
        assert order_ids is not None
        self.written += legs
        self.ids += order_ids
        return dict(zip((leg.ref for leg in legs), order_ids, strict=True))

    @contextlib.asynccontextmanager
    async def room(self, messages: int) -> AsyncIterator[None]:
        yield

    def cancel(self, ref: str, written: Callable[[bool], None], sent: Order | None = None) -> None:
        self.cancelled.append(ref)
        written(True)

    def changing(self, ref: str) -> Order | None:
        return None

    def modify(self, change: Change, epoch: int) -> None:
        self.modified.append((change.ref, change.quantity, change.limit_price, change.stop_price))

    async def run(self) -> None: ...
    async def close(self) -> None: ...
    async def resolve(self, text: str, *, patient: bool = False) -> Instrument:
        return AAPL

    async def search(self, pattern: str) -> Sequence[Any]:
        return []

    def subscribe(self, instrument: Instrument) -> None: ...
    def unsubscribe(self, instrument: Instrument) -> None: ...
    async def history(
        self, instrument: Instrument, *, bar: int, count: int, hours: BarHours | None = None
    ) -> list[Bar]:
        return []

    async def history_before(
        self, instrument: Instrument, *, bar: int, end: datetime, hours: BarHours | None = None
    ) -> list[Bar]:
        return []

    def keep(
        self,
        instrument: Instrument,
        *,
        bar: int,
        count: int,
        hours: BarHours | None,
        heard: Callable[[tuple[Bar, ...]], None],
    ) -> Callable[[], None]:
        return lambda: None

    async def chain(self, underlying: Instrument, spot: float, *, days: float | None, strikes: int) -> TradedChain:
        raise IbtuiError("no_option", "not in this test")

    async def reconcile(self) -> Reconciled:
        raise IbtuiError("incomplete", "not in this test")


class Bench:
    """A desk with everything around it but a broker."""

    def __init__(
        self, folder: Path, limits: Limits | None = None, strategies: dict[str, Ceilings] | None = None
    ) -> None:
        self.clock = ManualClock(NOW)
        self.session = Script()
        self.journal = Journal(folder / "journal.sqlite", self.clock, "run", lambda failure: None)
        self.journal.open(NOW)
        self.journal.start()
        self.state = State(self.clock, self.journal.write)
        self.safety = Safety(folder, lambda failure: None)
        self.safety.open()
        self.safety.begin(Kept())
        self.safety.start()
        self.latch = Latch(self.journal, self.safety.kept)
        self.bound = "DU1"
        self.asked = 0
        self.answers = Answers(self.state, self.clock, self._ask)
        self.desk = Desk(
            session=self.session,
            state=self.state,
            journal=self.journal,
            latch=self.latch,
            answers=self.answers,
            limits=limits or Limits(duplicate_seconds=1e-9),
            limited=Limited(
                self.state, self.clock, limits or Limits(), {}, strategies or {}, self._books(), lambda owner: None
            ),
            read_only=False,
            live=False,
            client_id=17,
            clock=self.clock,
            account=lambda: self.bound,
            reach=self.safety.reach,
            renew=self._renewed,
        )
        self.state.apply(ConnectionChanged(state="active", epoch=1))
        self.state.apply(AccountChanged(account=Account(id="DU1", currency="USD")))
        self.state.apply(InstrumentSeen(instrument=AAPL))
        self.quote()

    def _books(self) -> Books:
        books = Books(self.state.fills, StrategyStore(kept.Kept()), lambda owner: False, self.clock)
        self.state.listeners.fill.append(lambda fill: books.forget(fill.owner))
        return books

    async def _renewed(self, symbols: Sequence[str]) -> None:
        """Every market is news already."""

    def _ask(self) -> None:
        self.asked += 1

    def quote(self, bid: float = 187.40, ask: float = 187.42) -> None:
        self.clock.advance(0.001)
        quote = Quote(symbol="AAPL", bid=bid, ask=ask, received=self.clock.monotonic())
        self.state.apply(QuoteChanged(quote=quote))

    def hold(self, quantity: Decimal) -> None:
        self.state.apply(PositionSeen(account="DU1", instrument=AAPL, quantity=quantity, average_cost=187.0))

    async def close(self) -> None:
        self.answers.close()
        self.desk.pursuit.close()
        await self.journal.close()
        await self.safety.close()


def wish(side: Side = Side.BUY, quantity: int = 100, **changes: Any) -> OrderIntent:
    fields: dict[str, Any] = {
        "ref": new_ref(),
        "owner": "you",
        "symbol": "AAPL",
        "side": side,
        "quantity": Decimal(quantity),
        "type": OrderType.MKT,
    }
    return flat_order(OrderIntent, fields | changes)
