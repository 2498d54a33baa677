"""ib_insync, or ib_async, which kept its interface: `python -m tests.clients.drivers.ib_style MODULE PORT`."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.clients.drivers.findings import AAPL, ACCOUNT, HOST, PATIENCE, found, trouble

asyncio.set_event_loop(asyncio.new_event_loop())  # a library that is used without one asks for it when imported
lib: Any = importlib.import_module(sys.argv[1])


class Complaints(logging.Handler):
    """What the library logs is trouble, but for the texts of errors, which it logs too."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not text.startswith(("Error ", "Warning ", "Canceled order")):
            trouble(text)


def until(ib: Any, condition: Callable[[], Any]) -> None:
    """Let the library work until the condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(condition.__code__.co_name)
        ib.waitOnUpdate(timeout=1)


def market(ib: Any, aapl: Any) -> None:
    details = ib.reqContractDetails(lib.Stock("AAPL", "SMART", "USD"))[0]
    found("details", con_id=details.contract.conId, min_tick=details.minTick, name=details.longName)
    held = ib.reqMktData(aapl)
    (msft,) = ib.qualifyContracts(lib.Stock("MSFT", "SMART", "USD"))
    moving = ib.reqMktData(msft)
    until(ib, lambda: held.bid == 187.2 and held.ask == 187.25 and held.bidSize and held.askSize)
    found("quotes", bid=held.bid, ask=held.ask, bid_size=held.bidSize, ask_size=held.askSize)
    seen: list[Any] = []
    moving.updateEvent += lambda ticker: seen.extend(ticker.ticks)
    until(ib, lambda: len(seen) >= 3)
    found("stream", ticks=len(seen))
    ib.cancelMktData(aapl)
    bars = ib.reqHistoricalData(aapl, "", "600 S", "1 min", "TRADES", False)
    found("history", bars=[[bar.open, bar.high, bar.low, bar.close, float(bar.volume)] for bar in bars])


def orders(ib: Any, aapl: Any) -> None:
    state = ib.whatIfOrder(aapl, lib.LimitOrder("BUY", 100, 187.25))
    found("what_if", commission=state.commission, margin=float(state.initMarginChange))
    limit = lib.LimitOrder("BUY", 100, 180)
    trade = ib.placeOrder(aapl, limit)
    until(ib, lambda: trade.orderStatus.status == "Submitted")
    limit.lmtPrice = 181.5
    ib.placeOrder(aapl, limit)
    codes: list[int] = []
    ib.errorEvent += lambda number, code, *_: codes.append(code)
    shown = next(listed.order for listed in ib.reqAllOpenOrders() if listed.order.orderId == limit.orderId)
    ib.cancelOrder(limit)
    until(ib, lambda: 202 in codes and trade.isDone())
    found("limit", placed="Submitted", modified=shown.lmtPrice, cancelled=trade.orderStatus.status)
    bought = ib.placeOrder(aapl, lib.MarketOrder("BUY", 100))
    until(ib, lambda: bought.fills and bought.fills[0].commissionReport.execId and bought.isDone())
    (fill,) = bought.fills
    found(
        "market",
        status=bought.orderStatus.status,
        filled=bought.filled(),
        price=fill.execution.price,
        commission=fill.commissionReport.commission,
    )


def bracket(ib: Any, aapl: Any) -> None:
    made = ib.bracketOrder("BUY", 50, 180, 190, 170)
    trades = [ib.placeOrder(aapl, order) for order in made]
    until(ib, lambda: [trade.orderStatus.status for trade in trades] == ["Submitted", "PreSubmitted", "PreSubmitted"])
    found("bracket", statuses=[trade.orderStatus.status for trade in trades], types=[o.orderType for o in made])
    ib.cancelOrder(made[0])
    until(ib, lambda: all(trade.isDone() for trade in trades))
    found("bracket_cancelled", statuses=[trade.orderStatus.status for trade in trades])


def account(ib: Any) -> None:
    found("positions", held=[[p.contract.symbol, p.position, p.avgCost] for p in ib.reqPositions()])
    values = {value.tag: value.value for value in ib.accountValues(ACCOUNT)}
    summary = {value.tag: value.value for value in ib.accountSummary(ACCOUNT)}
    found("account", worth=float(values["NetLiquidation"]), summary=float(summary["NetLiquidation"]))
    until(ib, lambda: ib.portfolio())
    found("portfolio", held=[[item.contract.symbol, item.position] for item in ib.portfolio()])
    completed = ib.reqCompletedOrders(False)
    found("completed", orders=sorted([t.order.orderType, t.orderStatus.status] for t in completed))
    executions = ib.reqExecutions()
    found("executions", fills=[[fill.execution.side, fill.execution.shares] for fill in executions])
    total, single = ib.reqPnL(ACCOUNT), ib.reqPnLSingle(ACCOUNT, "", AAPL)
    until(ib, lambda: total.dailyPnL == total.dailyPnL and single.position)
    found("pnl", daily=total.dailyPnL, position=single.position)


def depth(ib: Any, aapl: Any) -> None:
    book = ib.reqMktDepth(aapl, numRows=5)
    until(ib, lambda: len(book.domBids) == len(book.domAsks) == 5)
    found("depth", bids=len(book.domBids), asks=len(book.domAsks), bid=book.domBids[0].price, ask=book.domAsks[0].price)
    ib.cancelMktDepth(aapl)
    (msft,) = ib.qualifyContracts(lib.Stock("MSFT", "SMART", "USD"))
    moving = ib.reqTickByTickData(msft, "BidAsk")
    until(ib, lambda: moving.tickByTicks)
    tick = moving.tickByTicks[-1]
    found("tick_by_tick", bid=tick.bidPrice, ask=tick.askPrice)
    ib.cancelTickByTickData(msft, "BidAsk")


def research(ib: Any) -> None:
    wanted = lib.ScannerSubscription(
        numberOfRows=5, instrument="STK", locationCode="STK.US.MAJOR", scanCode="TOP_PERC_GAIN"
    )
    rows = ib.reqScannerData(wanted)
    symbols = [row.contractDetails.contract.symbol for row in rows]
    found("scanner", ranks=[row.rank for row in rows], symbols=symbols)
    providers = [provider.code for provider in ib.reqNewsProviders()]
    headlines = ib.reqHistoricalNews(AAPL, "+".join(providers), "", "", 3)
    article = ib.reqNewsArticle(headlines[0].providerCode, headlines[0].articleId)
    texts = [headline.headline for headline in headlines]
    found("news", providers=providers, headlines=texts, article=article.articleText)


def main() -> None:
    logging.getLogger(sys.argv[1]).addHandler(Complaints(logging.WARNING))
    ib = lib.IB()
    ib.RaiseRequestErrors = True
    ib.RequestTimeout = PATIENCE
    ib.connect(HOST, int(sys.argv[2]), clientId=1, timeout=PATIENCE)
    found("connected", accounts=ib.managedAccounts(), next_id=ib.client.getReqId(), version=ib.client.serverVersion())
    aapl = lib.Stock("AAPL", "SMART", "USD", conId=AAPL)
    market(ib, aapl)
    orders(ib, aapl)
    bracket(ib, aapl)
    account(ib)
    depth(ib, aapl)
    research(ib)
    ib.disconnect()
    found("done")


if __name__ == "__main__":
    main()
