"""Whatever IB tells, doubled, late, out of order, corrected or under numbers that others bore, adds up to the truth."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import Struct

from ibtui.broker.transport.library import load
from ibtui.domain.order import DOUBTED, OrderStatus
from tests.broker.order_desk import START, Desk
from tests.engine.state_bench import Bench

LONG = bool(os.environ.get("IBTUI_LONG"))
"""A hundred times the steps; `.ci/run long` asks for them."""
REFS = ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc")
SYMBOLS = {"aaaaaaaaaaaa": "AAPL", "bbbbbbbbbbbb": "AAPL", "cccccccccccc": "MSFT"}
CONTRACTS = {
    symbol: load().contract(conId=number, symbol=symbol, secType="STK", currency="USD")
    for number, symbol in enumerate(("AAPL", "MSFT", "SPY"), start=1)
}
QUANTITY = 100
PICK = st.sampled_from(REFS)
WORDS = st.sampled_from(["PreSubmitted", "Submitted", "Submitted", "PendingCancel"])


class Execution(Struct):
    """One execution as IB last told it."""

    ref: str
    shares: int
    revision: int = 1


class ToldTruth(RuleBasedStateMachine):
    """Three orders of ours at an IB whose executions are the truth; the engine knows them by messages only."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.desk = Desk(recall=self.bench.state.orders.get)
        self.passed = 0
        self.number = {ref: 7 + index for index, ref in enumerate(REFS)}
        self.perm = {ref: 900 + index for index, ref in enumerate(REFS)}
        self.executions: dict[str, Execution] = {}
        self.anew = False
        """The gateway began anew: ours are gone, and others bear their numbers."""
        self.sent: list[Callable[[], None]] = []
        """Messages of this connection, which can come again."""

    @initialize()
    def place(self) -> None:
        for ref in REFS:
            self.desk.sent(
                order_id=self.number[ref], ref=ref, symbol=SYMBOLS[ref], con_id=CONTRACTS[SYMBOLS[ref]].conId
            )
            record = self.desk.orders.book.find(ref)
            assert record is not None
            self.bench.state.order(record.order)

    def tell(self, message: Callable[[], None]) -> None:
        self.sent.append(message)
        message()
        self.pass_on()

    def pass_on(self) -> None:
        self.bench.apply(*self.desk.events[self.passed :])
        self.passed = len(self.desk.events)

    def fields(self, ref: str, **changes: Any) -> dict[str, Any]:
        return {
            "orderId": self.number[ref],
            "clientId": 5,
            "permId": self.perm[ref],
            "orderRef": f"ibtui/you/{ref}",
            "contract": CONTRACTS[SYMBOLS[ref]],
        } | changes

    def traded(self, ref: str) -> int:
        return sum(one.shares for one in self.executions.values() if one.ref == ref)

    # what IB tells of our orders

    @precondition(lambda self: not self.anew)
    @rule(ref=PICK, said=WORDS)
    def describe(self, ref: str, said: str) -> None:
        fields = self.fields(ref)
        self.tell(lambda: self.desk.described(said, **fields))

    @precondition(lambda self: not self.anew)
    @rule(ref=PICK, said=WORDS)
    def report(self, ref: str, said: str) -> None:
        traded, number, perm = self.traded(ref), self.number[ref], self.perm[ref]
        self.tell(lambda: self.desk.reported(said, traded, perm=perm, order_id=number))

    @precondition(lambda self: not self.anew)
    @rule(ref=PICK, filled=st.sampled_from([-1, 101, 202]))
    def report_what_cannot_be(self, ref: str, filled: int) -> None:
        number, perm = self.number[ref], self.perm[ref]
        self.tell(lambda: self.desk.reported("Submitted", filled, perm=perm, order_id=number))

    @precondition(lambda self: not self.anew)
    @rule(ref=PICK, shares=st.integers(1, QUANTITY))
    def execute(self, ref: str, shares: int) -> None:
        if self.traded(ref) + shares > QUANTITY:
            return
        base = f"x{len(self.executions)}"
        self.executions[base] = Execution(ref=ref, shares=shares)
        self._tell_execution(base)

    @precondition(lambda self: self.executions and not self.anew)
    @rule(data=st.data(), shares=st.integers(0, QUANTITY))
    def correct(self, data: st.DataObject, shares: int) -> None:
        base = data.draw(st.sampled_from(sorted(self.executions)))
        one = self.executions[base]
        if shares < one.shares:
            self.executions[base] = Execution(ref=one.ref, shares=shares, revision=one.revision + 1)
            self._tell_execution(base)

    def _tell_execution(self, base: str) -> None:
        one, total = self.executions[base], self.traded(self.executions[base].ref)
        fields = self.fields(one.ref)
        self.tell(lambda: self.desk.executed(f"{base}.{one.revision:02}", one.shares, total, **fields))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.sent))()
        self.pass_on()

    @precondition(lambda self: not self.anew)
    @rule(ref=PICK, code=st.sampled_from([104, 161, 399, 404, 2109, 10148, 10349]))
    def complain(self, ref: str, code: int) -> None:
        number = self.number[ref]

        def message() -> None:
            self.desk.orders.complain(number, code, "text")

        self.tell(message)

    # what it tells of others'

    @rule(
        ref=PICK,
        client=st.sampled_from([0, 5, 7]),
        ours=st.booleans(),
        how=st.sampled_from(["described", "executed", "completed"]),
        minutes=st.sampled_from([0, 5]),
    )
    def foreign(self, ref: str, client: int, ours: bool, how: str, minutes: int) -> None:
        """A message of another's order that shares marks with one of ours, or the id of one of its executions.

        It can be a clone, with our reference; or, once the gateway began anew, an order with all of our numbers.
        """
        client = client if self.anew else client % 5 + (2 if client == 5 else 0)
        changes: dict[str, Any] = {
            "clientId": client,
            "orderId": self.number[ref] if client else 0,
            "permId": self.perm[ref] if self.anew else 950 + client,
            "orderRef": f"ibtui/you/{ref}" if ours else "",
        }
        if self.anew and ours:
            changes["contract"] = CONTRACTS["SPY"]
        fields = self.fields(ref, **changes)
        exec_id = next((f"{base}.01" for base, one in self.executions.items() if one.ref == ref), "x0.01")
        time = START + timedelta(minutes=minutes)

        def message() -> None:
            if how == "described":
                self.desk.described("Submitted", totalQuantity=50.0, lmtPrice=9.0, **fields)
            elif how == "executed":
                self.desk.executed(exec_id, 50, 50, time=time, **fields)
            else:
                named = {name: fields[name] for name in ("permId", "orderRef", "contract")}
                self.desk.completed("Filled", 50, **named)

        self.tell(message)

    @rule()
    def begin_anew(self) -> None:
        self.anew = True
        self.connect_again()

    @rule()
    def connect_again(self) -> None:
        self.desk.orders.start("DU1", 5)
        self.sent.clear()

    @rule()
    def start_again(self) -> None:
        """Another engine process, which knows what the journal knows."""
        self.desk = Desk(recall=self.bench.state.orders.get)
        self.passed = 0
        self.sent.clear()

    # what must be so

    @invariant()
    def every_execution_counts_once_and_as_it_was_told_last(self) -> None:
        for ref in REFS:
            order = self.bench.state.orders.get(ref)
            if order is not None:
                assert self.bench.state.fills.total(order) == self.traded(ref)

    @invariant()
    def what_has_traded_is_what_the_executions_add_up_to(self) -> None:
        for ref in REFS:
            order = self.bench.state.orders.get(ref)
            if order is not None:
                assert order.filled == self.traded(ref)
                assert order.filled <= order.quantity or order.reason.startswith(DOUBTED)
                assert order.status is not OrderStatus.FILLED or order.filled == order.quantity

    @invariant()
    def nobody_elses_message_changes_a_row_of_ours(self) -> None:
        for ref in REFS:
            order = self.bench.state.orders.get(ref)
            if order is not None:
                assert (order.owner, order.symbol, order.side) == ("you", SYMBOLS[ref], "BUY")
                assert (int(order.quantity), int(order.limit_price or 0)) == (QUANTITY, 150)
                assert order.perm_id in (None, self.perm[ref])


ToldTruth.TestCase.settings = settings(
    max_examples=2000 if LONG else 40, stateful_step_count=50 if LONG else 25, deadline=None
)
TestToldTruth = ToldTruth.TestCase
