"""A state on its own, and the broker's events that it is told in tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ibtui.domain.event import Event, OrderMoved, PositionSeen, Reconciled
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.engine.journal.records import JournalRecord
from ibtui.engine.truth.state import State
from tests.clocks import ManualClock
from tests.flat_orders import flat_order

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
REF = "aaaaaaaaaaaa"
AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")


class Bench:
    """A state on its own, with a clock to turn and the journal's records in a list."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.records: list[JournalRecord] = []
        self.state = State(self.clock, self.records.append)

    def apply(self, *events: Event) -> None:
        for event in events:
            self.state.apply(event)

    @property
    def order(self) -> Order:
        order = self.state.orders.get(REF)
        assert order is not None
        return order

    def said(self) -> str:
        return "\n".join(line.text for line in self.state.log.after(0)[0])


def pending(**changes: Any) -> Order:
    fields: dict[str, Any] = {
        "ref": REF,
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(100),
        "type": "LMT",
        "limit_price": Decimal("187.25"),
        "status": OrderStatus.PENDING,
        "created": NOW,
        "changed": NOW,
    }
    return flat_order(Order, fields | changes)


def fill(number: int, quantity: int, revision: int = 1, **changes: Any) -> Fill:
    fields: dict[str, Any] = {
        "exec_id": f"0001.{number:04}.{revision:02}",
        "ref": REF,
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": Decimal(quantity),
        "price": 187.0 + number,
        "time": NOW,
        "owner": "you",
    }
    return Fill(**(fields | changes))


def moved(status: OrderStatus, **changes: Any) -> OrderMoved:
    return OrderMoved(ref=REF, status=status, **changes)


def position(quantity: int) -> PositionSeen:
    return PositionSeen(account="DU1", instrument=AAPL, quantity=Decimal(quantity), average_cost=187.0)


def reconciled(
    orders: Sequence[Order] = (), fills: Sequence[Fill] = (), positions: Sequence[PositionSeen] = (), **changes: Any
) -> Reconciled:
    fields: dict[str, Any] = {"epoch": 1, "completed": (), "time": NOW}
    return Reconciled(orders=tuple(orders), fills=tuple(fills), positions=tuple(positions), **(fields | changes))
