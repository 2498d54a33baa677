"""IBPy, the client of before version 100, by its `ib.ext`: `python -m tests.clients.drivers.old PORT`.

Its `ib.opt` cannot be imported since Python 3.11.
"""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable
from typing import Any

from ib.ext.Contract import Contract  # type: ignore[import-not-found]
from ib.ext.EClientSocket import EClientSocket  # type: ignore[import-not-found]
from ib.ext.EWrapper import EWrapper  # type: ignore[import-not-found]
from ib.ext.ExecutionFilter import ExecutionFilter  # type: ignore[import-not-found]
from ib.ext.Order import Order  # type: ignore[import-not-found]
from ib.ext.ScannerSubscription import ScannerSubscription  # type: ignore[import-not-found]

from tests.clients.drivers.findings import ACCOUNT, HOST, PATIENCE, found, trouble

Calls = queue.Queue[tuple[str, tuple[Any, ...]]]


def _queueing(name: str) -> Callable[..., None]:
    def callback(self: Any, *arguments: Any) -> None:
        self.calls.put((name, arguments))

    return callback


def _error(self: Any, *arguments: Any) -> None:
    """An error from the gateway has three parts; anything else is the reader's own."""
    if len(arguments) != 3:
        trouble(f"{arguments!r}")
    self.calls.put(("error", arguments))


def _wrapper() -> Any:
    """An object with every callback of the interface, each of which goes into the queue `calls`."""
    names = [name for name in dir(EWrapper) if not name.startswith("_")]
    methods: dict[str, Any] = {name: _queueing(name) for name in [*names, "connectionClosed"]}
    return type("Wrapper", (EWrapper,), methods | {"error": _error, "calls": queue.Queue()})()


class App:
    """A connection and what came over it."""

    def __init__(self) -> None:
        wrapper = _wrapper()
        self.calls: Calls = wrapper.calls
        self.socket = EClientSocket(wrapper)

    def until(self, name: str, fits: Callable[..., bool] = lambda *_: True) -> tuple[Any, ...]:
        """Arguments of the next callback of this name that fits; what comes before it is dropped."""
        while True:
            try:
                called, arguments = self.calls.get(timeout=PATIENCE)
            except queue.Empty:
                raise TimeoutError(name) from None
            if called == name and fits(*arguments):
                return arguments

    def all(self, name: str, end: str) -> list[tuple[Any, ...]]:
        """Arguments of every callback of this name up to one named `end`."""
        rows = []
        while True:
            called, arguments = self.calls.get(timeout=PATIENCE)
            if called == name:
                rows.append(arguments)
            if called == end:
                return rows

    def status(self, number: int, wanted: str) -> tuple[Any, ...]:
        return self.until("orderStatus", lambda order, status, *_: (order, status) == (number, wanted))


def stock(symbol: str) -> Any:
    contract = Contract()
    contract.m_symbol, contract.m_secType, contract.m_exchange, contract.m_currency = symbol, "STK", "SMART", "USD"
    return contract


def order(action: str, kind: str, quantity: int, **attributes: Any) -> Any:
    made = Order()
    made.m_action, made.m_orderType, made.m_totalQuantity = action, kind, quantity
    for name, value in attributes.items():
        setattr(made, f"m_{name}", value)
    return made


def market(app: App) -> None:
    app.socket.reqContractDetails(1, stock("AAPL"))
    details = app.until("contractDetails")[1]
    app.until("contractDetailsEnd")
    found("details", con_id=details.m_summary.m_conId, min_tick=details.m_minTick, name=details.m_longName)
    app.socket.reqMktData(2, stock("AAPL"), "", False)
    bid = app.until("tickPrice", lambda _, kind, *__: kind == 1)[2]
    bid_size = app.until("tickSize", lambda _, kind, __: kind == 0)[2]
    ask = app.until("tickPrice", lambda _, kind, *__: kind == 2)[2]
    ask_size = app.until("tickSize", lambda _, kind, __: kind == 3)[2]
    found("quotes", bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)
    app.socket.cancelMktData(2)
    app.socket.reqMktData(3, stock("MSFT"), "233", False)
    for _ in range(10):
        app.until("tickSize", lambda request, *_: request == 3)
    found("stream", ticks=10)
    app.socket.cancelMktData(3)
    app.socket.reqHistoricalData(4, stock("AAPL"), "", "600 S", "1 min", "TRADES", 0, 1)
    bars = []
    while True:
        _, time, *figures = app.until("historicalData")[:7]
        if time.startswith("finished"):
            break
        bars.append(figures)
    found("history", bars=bars)


def orders(app: App, number: int) -> None:
    app.socket.placeOrder(number, stock("AAPL"), order("BUY", "LMT", 100, lmtPrice=187.25, whatIf=True))
    state = app.until("openOrder")[3]
    found("what_if", commission=state.m_commission, margin=float(state.m_initMargin))
    app.socket.placeOrder(number + 1, stock("AAPL"), order("BUY", "LMT", 100, lmtPrice=180.0))
    app.status(number + 1, "Submitted")
    app.socket.placeOrder(number + 1, stock("AAPL"), order("BUY", "LMT", 100, lmtPrice=181.5))
    shown = app.until("openOrder", lambda _, __, order, ___: order.m_lmtPrice == 181.5)[2]
    app.socket.cancelOrder(number + 1)
    status = app.status(number + 1, "Cancelled")[1]
    app.until("error", lambda about, code, _: (about, code) == (number + 1, 202))
    found("limit", placed="Submitted", modified=shown.m_lmtPrice, cancelled=status)
    app.socket.placeOrder(number + 2, stock("AAPL"), order("BUY", "MKT", 100))
    execution = app.until("execDetails")[2]
    filled = app.status(number + 2, "Filled")
    bill = app.until("commissionReport")[0]
    found("market", status=filled[1], filled=filled[2], price=execution.m_price, commission=bill.m_commission)


def bracket(app: App, parent: int) -> None:
    legs = (
        order("BUY", "LMT", 50, lmtPrice=180.0, transmit=False),
        order("SELL", "LMT", 50, lmtPrice=190.0, parentId=parent, transmit=False),
        order("SELL", "STP", 50, auxPrice=170.0, parentId=parent),
    )
    for index, leg in enumerate(legs):
        app.socket.placeOrder(parent + index, stock("AAPL"), leg)
    statuses = {parent: "", parent + 1: "", parent + 2: ""}
    wanted = ["Submitted", "PreSubmitted", "PreSubmitted"]
    while list(statuses.values()) != wanted:
        number, status, *_ = app.until("orderStatus", lambda number, *_: number in statuses)
        statuses[number] = status
    found("bracket", statuses=list(statuses.values()), types=[leg.m_orderType for leg in legs])
    app.socket.cancelOrder(parent)
    while set(statuses.values()) != {"Cancelled"}:
        number, status, *_ = app.until("orderStatus", lambda number, *_: number in statuses)
        statuses[number] = status
    found("bracket_cancelled", statuses=list(statuses.values()))


def account(app: App) -> None:
    app.socket.reqPositions()
    found("positions", held=[[row[1].m_symbol, row[2], row[3]] for row in app.all("position", "positionEnd")])
    app.socket.reqAccountUpdates(True, ACCOUNT)
    worth = app.until("updateAccountValue", lambda key, *_: key == "NetLiquidation")[1]
    portfolio = [[row[0].m_symbol, row[1]] for row in app.all("updatePortfolio", "accountDownloadEnd")]
    app.socket.reqAccountUpdates(False, ACCOUNT)
    app.socket.reqAccountSummary(5, "All", "NetLiquidation,BuyingPower")
    summary = {row[2]: row[3] for row in app.all("accountSummary", "accountSummaryEnd")}
    found("account", worth=float(worth), summary=float(summary["NetLiquidation"]))
    found("portfolio", held=portfolio)
    app.socket.reqExecutions(6, ExecutionFilter())
    fills = app.all("execDetails", "execDetailsEnd")
    found("executions", fills=[[row[2].m_side, row[2].m_shares] for row in fills])
    app.socket.reqAllOpenOrders()
    found("open", orders=len(app.all("openOrder", "openOrderEnd")))
    app.socket.reqCurrentTime()
    found("time", seconds=app.until("currentTime")[0])


def depth(app: App) -> None:
    app.socket.reqMktDepth(9, stock("AAPL"), 5)
    books: tuple[dict[int, float], dict[int, float]] = ({}, {})
    while len(books[0]) < 5 or len(books[1]) < 5:
        _, position, _, side, price, _ = app.until("updateMktDepth")
        books[side][position] = price
    found("depth", bids=len(books[1]), asks=len(books[0]), bid=books[1][0], ask=books[0][0])
    app.socket.cancelMktDepth(9)


def research(app: App) -> None:
    wanted = ScannerSubscription()
    wanted.numberOfRows(5)
    wanted.instrument("STK")
    wanted.locationCode("STK.US.MAJOR")
    wanted.scanCode("TOP_PERC_GAIN")
    app.socket.reqScannerSubscription(11, wanted)
    rows = app.all("scannerData", "scannerDataEnd")
    found("scanner", ranks=[row[1] for row in rows], symbols=[row[2].m_summary.m_symbol for row in rows])
    app.socket.cancelScannerSubscription(11)


def main() -> None:
    app = App()
    app.socket.eConnect(HOST, int(sys.argv[1]), 1)
    accounts = app.until("managedAccounts")[0]
    number = app.until("nextValidId")[0]
    found("connected", accounts=accounts.split(","), next_id=number, version=app.socket.serverVersion())
    market(app)
    orders(app, number)
    bracket(app, number + 3)
    account(app)
    depth(app)
    research(app)
    app.socket.eDisconnect()
    found("done")


if __name__ == "__main__":
    main()
