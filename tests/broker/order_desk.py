"""The order parts of a session without a connection: IB's callbacks in, events out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.data.rules import MarketRules
from ibtui.broker.orders.book import KnownOrders, OrderRecord
from ibtui.broker.orders.fills import LIVE, FillReader
from ibtui.broker.orders.tracking import OrderTracker
from ibtui.broker.transport.library import load
from ibtui.broker.transport.wire import Wire
from ibtui.domain.event import Event
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import Terms
from tests.clocks import ManualClock

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
REF = "abcdefghijkl"
PERM = 900


class Desk:
    """The order parts without a connection: callbacks in, events out."""

    def __init__(self, recall: Any = None) -> None:
        self.events: list[Event] = []
        self.doubts = 0
        self.clock = ManualClock(START)
        contracts = Contracts(Wire(), MarketRules(Wire()), self.events.append, 1.0)
        self.orders = OrderTracker(KnownOrders(recall), contracts, self.events.append, self.clock, self._doubt)
        self.fills = FillReader(contracts, self.orders, self.events.append)
        self.orders.start("DU1", 5)
        self.contract = load().contract(conId=1, symbol="AAPL", secType="STK", currency="USD")

    def _doubt(self) -> None:
        self.doubts += 1

    def sent(
        self, order_id: int = 7, ref: str = REF, quantity: int = 100, symbol: str = "AAPL", con_id: int = 1
    ) -> None:
        order = Order(
            ref=ref,
            terms=Terms(symbol=symbol, side=Side.BUY, quantity=Decimal(quantity), type="LMT", limit_price=Decimal(150)),
            status=OrderStatus.PENDING,
        )
        self.orders.sent(OrderRecord(order, con_id, self.clock.monotonic()), order_id)

    def ask(self, **terms: Decimal) -> None:
        """Other terms are written."""
        record = self.orders.book.find(REF)
        assert record is not None
        self.orders.asked(record, record.order.with_terms(**terms))

    def described(self, status: str = "Submitted", **changes: Any) -> None:
        fields: dict[str, Any] = {
            "orderId": 7,
            "clientId": 5,
            "permId": PERM,
            "action": "BUY",
            "totalQuantity": 100.0,
            "orderType": "LMT",
            "lmtPrice": 150.0,
            "tif": "DAY",
            "account": "DU1",
            "orderRef": f"ibtui/you/{REF}",
        } | changes
        contract = fields.pop("contract", self.contract)
        order = load().order(**fields)
        self.orders.describe(order.orderId, contract, order, SimpleNamespace(status=status, warningText=""))

    def reported(self, said: str, filled: float = 0, perm: int = PERM, order_id: int = 7, client: int = 5) -> None:
        self.orders.report(order_id, said, filled, 100 - filled, 150.0 if filled else 0.0, perm, 0, 0.0, client, "")

    def executed(self, exec_id: str, shares: float, total: float, **changes: Any) -> None:
        fields: dict[str, Any] = {
            "execId": exec_id,
            "acctNumber": "DU1",
            "side": "BOT",
            "shares": shares,
            "cumQty": total,
            "liquidation": 0,
            "avgPrice": 150.0,
            "price": 150.0,
            "permId": PERM,
            "clientId": 5,
            "orderId": 7,
            "orderRef": f"ibtui/you/{REF}",
            "time": START,
        } | changes
        self.fills.executed(LIVE, fields.pop("contract", self.contract), SimpleNamespace(**fields))

    def completed(self, status: str, filled: float, **changes: Any) -> None:
        fields: dict[str, Any] = {
            "permId": PERM,
            "action": "BUY",
            "totalQuantity": 0.0,
            "filledQuantity": filled,
            "orderType": "LMT",
            "lmtPrice": 150.0,
            "account": "DU1",
            "orderRef": f"ibtui/you/{REF}",
        } | changes
        contract = fields.pop("contract", self.contract)
        state = SimpleNamespace(status=status, completedStatus="")
        self.orders.complete(contract, load().order(**fields), state)

    def order(self, ref: str = REF) -> Order:
        record = self.orders.book.find(ref)
        assert record is not None
        return record.order

    def stands(self, ref: str = REF) -> tuple[OrderStatus, int]:
        """Status, and quantity traded."""
        return self.order(ref).status, int(self.order(ref).filled)

    def refs(self) -> set[str]:
        return {record.order.ref for record in self.orders.book.all()}
