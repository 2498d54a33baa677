"""Interactive Brokers' own client, the old and the newest: `python -m tests.clients.drivers.official PORT`."""

from __future__ import annotations

import logging
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.scanner import ScannerSubscription
from ibapi.wrapper import EWrapper

from tests.clients.drivers.findings import AAPL, ACCOUNT, HOST, PATIENCE, found, trouble

try:
    from ibapi.order_cancel import OrderCancel
except ImportError:
    OrderCancel = None


class Complaints(logging.Handler):
    """What the library logs as a warning is trouble, but for the texts of errors, which it logs too."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not text.startswith(("ERROR ", "Error - ")):
            trouble(text)


class App(EWrapper, EClient):  # type: ignore[misc]
    """Puts every callback into a queue: its name and its arguments."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.calls: queue.Queue[tuple[str, tuple[Any, ...]]] = queue.Queue()

    def read(self) -> None:
        """Read until the connection ends."""
        try:
            self.run()
        except BaseException as error:
            trouble(f"the reader died: {error!r}")

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

    def cancel(self, number: int) -> None:
        self.cancelOrder(number, *([OrderCancel()] if OrderCancel else [""] if self.serverVersion() > 168 else []))


def _queueing(name: str) -> Callable[..., None]:
    def callback(self: App, *arguments: Any) -> None:
        self.calls.put((name, arguments))

    return callback


for _name, _method in vars(EWrapper).items():
    if callable(_method) and not _name.startswith("_") and _name != "logAnswer":
        setattr(App, _name, _queueing(_name))

COMMISSION = "commissionAndFeesReport" if hasattr(EWrapper, "commissionAndFeesReport") else "commissionReport"


def stock(symbol: str) -> Contract:
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = symbol, "STK", "SMART", "USD"
    return contract


def order(action: str, kind: str, quantity: int, **attributes: Any) -> Order:
    made = Order()
    made.action, made.orderType, made.totalQuantity = action, kind, quantity
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def market(app: App) -> None:
    app.reqContractDetails(1, stock("AAPL"))
    details = app.until("contractDetails")[1]
    app.until("contractDetailsEnd")
    found("details", con_id=details.contract.conId, min_tick=details.minTick, name=details.longName)
    app.reqMktData(2, stock("AAPL"), "", False, False, [])
    bid = app.until("tickPrice", lambda _, kind, *__: kind == 1)[2]
    bid_size = app.until("tickSize", lambda _, kind, __: kind == 0)[2]
    ask = app.until("tickPrice", lambda _, kind, *__: kind == 2)[2]
    ask_size = app.until("tickSize", lambda _, kind, __: kind == 3)[2]
    found("quotes", bid=bid, ask=ask, bid_size=float(bid_size), ask_size=float(ask_size))
    app.cancelMktData(2)
    app.reqMktData(3, stock("MSFT"), "233", False, False, [])
    for _ in range(10):
        app.until("tickSize", lambda request, *_: request == 3)
    found("stream", ticks=10)
    app.cancelMktData(3)
    app.reqHistoricalData(4, stock("AAPL"), "", "600 S", "1 min", "TRADES", 0, 1, False, [])
    bars = [row[1] for row in app.all("historicalData", "historicalDataEnd")]
    found("history", bars=[[bar.open, bar.high, bar.low, bar.close, float(bar.volume)] for bar in bars])


def orders(app: App, number: int) -> None:
    app.placeOrder(number, stock("AAPL"), order("BUY", "LMT", 100, lmtPrice=187.25, whatIf=True))
    state = app.until("openOrder")[3]
    commission = getattr(state, "commission", None) or state.commissionAndFees
    found("what_if", commission=commission, margin=float(state.initMarginChange))
    app.placeOrder(number + 1, stock("AAPL"), order("BUY", "LMT", 100, lmtPrice=180))
    app.status(number + 1, "Submitted")
    app.placeOrder(number + 1, stock("AAPL"), order("BUY", "LMT", 100, lmtPrice=181.5))
    shown = app.until("openOrder", lambda _, __, order, ___: order.lmtPrice == 181.5)[2]
    app.cancel(number + 1)
    status = app.status(number + 1, "Cancelled")[1]
    app.until("error", lambda about, *rest: about == number + 1 and 202 in rest)
    found("limit", placed="Submitted", modified=shown.lmtPrice, cancelled=status)
    app.placeOrder(number + 2, stock("AAPL"), order("BUY", "MKT", 100))
    execution = app.until("execDetails")[2]
    filled = app.status(number + 2, "Filled")
    bill = app.until(COMMISSION)[0]
    commission = getattr(bill, "commission", None) or bill.commissionAndFees
    found("market", status=filled[1], filled=float(filled[2]), price=execution.price, commission=commission)


def bracket(app: App, parent: int) -> None:
    legs = (
        order("BUY", "LMT", 50, lmtPrice=180, transmit=False),
        order("SELL", "LMT", 50, lmtPrice=190, parentId=parent, transmit=False),
        order("SELL", "STP", 50, auxPrice=170, parentId=parent),
    )
    for index, leg in enumerate(legs):
        app.placeOrder(parent + index, stock("AAPL"), leg)
    statuses = {parent: "", parent + 1: "", parent + 2: ""}
    wanted = ["Submitted", "PreSubmitted", "PreSubmitted"]
    while list(statuses.values()) != wanted:
        number, status, *_ = app.until("orderStatus", lambda number, *_: number in statuses)
        statuses[number] = status
    found("bracket", statuses=list(statuses.values()), types=[leg.orderType for leg in legs])
    app.cancel(parent)
    while set(statuses.values()) != {"Cancelled"}:
        number, status, *_ = app.until("orderStatus", lambda number, *_: number in statuses)
        statuses[number] = status
    found("bracket_cancelled", statuses=list(statuses.values()))


def account(app: App) -> None:
    app.reqPositions()
    held = [[row[1].symbol, float(row[2]), row[3]] for row in app.all("position", "positionEnd")]
    found("positions", held=held)
    app.reqAccountUpdates(True, ACCOUNT)
    worth = app.until("updateAccountValue", lambda key, *_: key == "NetLiquidation")[1]
    portfolio = [[row[0].symbol, float(row[1])] for row in app.all("updatePortfolio", "accountDownloadEnd")]
    app.reqAccountUpdates(False, ACCOUNT)
    app.reqAccountSummary(5, "All", "NetLiquidation,BuyingPower")
    summary = {row[2]: row[3] for row in app.all("accountSummary", "accountSummaryEnd")}
    found("account", worth=float(worth), summary=float(summary["NetLiquidation"]))
    found("portfolio", held=portfolio)
    app.reqCompletedOrders(False)
    completed = app.all("completedOrder", "completedOrdersEnd")
    found("completed", orders=sorted([row[1].orderType, row[2].status] for row in completed))
    app.reqExecutions(6, ExecutionFilter())
    fills = app.all("execDetails", "execDetailsEnd")
    found("executions", fills=[[row[2].side, float(row[2].shares)] for row in fills])
    app.reqPnL(7, ACCOUNT, "")
    app.reqPnLSingle(8, ACCOUNT, "", AAPL)
    daily = app.until("pnl")[1]
    found("pnl", daily=daily, position=float(app.until("pnlSingle")[1]))


def depth(app: App) -> None:
    app.reqMktDepth(9, stock("AAPL"), 5, False, [])
    books: tuple[dict[int, float], dict[int, float]] = ({}, {})
    while len(books[0]) < 5 or len(books[1]) < 5:
        _, position, _, side, price, _ = app.until("updateMktDepth")
        books[side][position] = price
    found("depth", bids=len(books[1]), asks=len(books[0]), bid=books[1][0], ask=books[0][0])
    app.cancelMktDepth(9, False)
    app.reqTickByTickData(10, stock("MSFT"), "BidAsk", 0, False)
    _, _, bid, ask, *_ = app.until("tickByTickBidAsk")
    found("tick_by_tick", bid=bid, ask=ask)
    app.cancelTickByTickData(10)


def research(app: App) -> None:
    wanted = ScannerSubscription()
    wanted.numberOfRows, wanted.instrument = 5, "STK"
    wanted.locationCode, wanted.scanCode = "STK.US.MAJOR", "TOP_PERC_GAIN"
    app.reqScannerSubscription(11, wanted, [], [])
    rows = app.all("scannerData", "scannerDataEnd")
    found("scanner", ranks=[row[1] for row in rows], symbols=[row[2].contract.symbol for row in rows])
    app.cancelScannerSubscription(11)
    app.reqNewsProviders()
    providers = [provider.code for provider in app.until("newsProviders")[0]]
    app.reqHistoricalNews(12, AAPL, "+".join(providers), "", "", 3, [])
    headlines = app.all("historicalNews", "historicalNewsEnd")
    _, _, provider, number, _ = headlines[0]
    app.reqNewsArticle(13, provider, number, [])
    found("news", providers=providers, headlines=[row[4] for row in headlines], article=app.until("newsArticle")[2])


def main() -> None:
    logging.getLogger().addHandler(Complaints(logging.WARNING))
    app = App()
    app.connect(HOST, int(sys.argv[1]), 1)
    reader = threading.Thread(target=app.read, daemon=True)
    reader.start()
    accounts = app.until("managedAccounts")[0]
    number = app.until("nextValidId")[0]
    found("connected", accounts=accounts.split(","), next_id=number, version=app.serverVersion())
    market(app)
    orders(app, number)
    bracket(app, number + 3)
    account(app)
    depth(app)
    research(app)
    app.disconnect()
    reader.join(PATIENCE)
    found("done")


if __name__ == "__main__":
    main()
