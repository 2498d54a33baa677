"""ib_insync against the gateway, over a socket: it must understand everything, in silence and without a time-out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from ibtui.gateway.server import Gateway
from tests.clocks import PATIENCE
from tests.gateway.library import AAPL, connected, noise, until
from tests.gateway.raw import CON_ID
from tests.gateways import running_gateway
from tests.insync import IB, LimitOrder, MarketOrder, Stock, ib_insync, of_ib_insync


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=1000, ask_size=1000)
        yield gateway


@pytest.fixture
async def ib(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> AsyncIterator[IB]:
    caplog.set_level(logging.WARNING)
    ib = await connected(gateway, 1)
    yield ib
    ib.disconnect()
    assert not noise(caplog)


def ask(gateway: Gateway, price: float) -> None:
    """Hold a book whose ask is `price`."""
    gateway.backend.exchange.set_book(CON_ID, bid=price - 0.05, ask=price, bid_size=1000, ask_size=1000)


@of_ib_insync
async def test_connect_asks_and_gets_everything(ib: IB) -> None:
    assert ib.client.serverVersion() == 176
    assert ib.managedAccounts() == ["DU1234567"]
    assert {"NetLiquidation", "BuyingPower", "UnrealizedPnL"} <= {value.tag for value in ib.accountValues()}
    assert not [key for key, future in ib.wrapper._futures.items() if future.cancelled()]


async def test_connect_as_client_zero_with_two_accounts(caplog: pytest.LogCaptureFixture) -> None:
    async with running_gateway(accounts=("DU1", "DU2")) as gateway:
        ib = await connected(gateway, 0)
        assert ib.managedAccounts() == ["DU1", "DU2"]
        trade = ib.placeOrder(AAPL, MarketOrder("BUY", 10, account="DU2"))
        await until(ib, lambda: ib.positions())
        assert {position.account for position in ib.positions()} == {"DU2"}
        assert trade.orderStatus.clientId == 0
        ib.disconnect()
        assert not noise(caplog)


async def test_contract_details(ib: IB) -> None:
    (details,) = await ib.reqContractDetailsAsync(Stock("AAPL", "SMART", "USD"))
    assert (details.contract.conId, details.minTick, details.longName) == (CON_ID, 0.01, "APPLE INC")
    (qualified,) = await ib.qualifyContractsAsync(ib_insync.Forex("EURUSD"))
    assert qualified.localSymbol == "EUR.USD"


async def test_incomplete_contract_gives_several(ib: IB) -> None:
    found = await ib.reqContractDetailsAsync(ib_insync.Future("ES"))
    assert len(found) > 1
    assert {details.contract.symbol for details in found} == {"ES"}


@of_ib_insync
@pytest.mark.parametrize(
    ("contract", "code"),
    [
        (Stock("NOSUCH", "SMART", "USD"), 200),
        (Stock("AAPL", "SMART", "EUR"), 200),
        (ib_insync.Contract(symbol="AAPL"), 321),
        (ib_insync.Contract(secType="STK"), 321),
    ],
)
async def test_contract_that_is_none(ib: IB, contract: ib_insync.Contract, code: int) -> None:
    with pytest.raises(ib_insync.wrapper.RequestError) as caught:
        await ib.reqContractDetailsAsync(contract)
    assert caught.value.code == code


@of_ib_insync
@pytest.mark.parametrize("contract", [Stock("XXX"), Stock("AAPL", currency="USD"), Stock("AAPL", "SMART")])
async def test_order_without_exchange_or_currency(ib: IB, contract: ib_insync.Contract) -> None:
    with pytest.raises(ib_insync.wrapper.RequestError) as caught:
        await ib.whatIfOrderAsync(contract, MarketOrder("BUY", 100))
    assert caught.value.code == 321


async def test_small_questions(ib: IB, gateway: Gateway) -> None:
    (sample,) = await ib.reqMatchingSymbolsAsync("aapl")
    assert sample.contract.conId == CON_ID
    assert abs((await ib.reqCurrentTimeAsync() - gateway.backend.exchange.now).total_seconds()) < 2
    assert (await ib.reqMarketRuleAsync(26))[0].increment == 0.01
    chains = await ib.reqSecDefOptParamsAsync("AAPL", "", "STK", CON_ID)
    assert {(chain.tradingClass, chain.multiplier) for chain in chains} == {("AAPL", "100")}
    assert "SMART" in {chain.exchange for chain in chains}
    assert "BRFG" in {provider.code for provider in await ib.reqNewsProvidersAsync()}
    assert "Deep2" in {exchange.serviceDataType for exchange in await ib.reqMktDepthExchangesAsync()}


async def test_what_is_not_supported_ends_its_request(ib: IB) -> None:
    with pytest.raises(ib_insync.wrapper.RequestError, match="not allowed"):
        await asyncio.wait_for(ib.reqFundamentalDataAsync(AAPL, "ReportSnapshot"), PATIENCE)


async def test_quotes(ib: IB, gateway: Gateway) -> None:
    ticker = ib.reqMktData(AAPL, "233")
    await until(ib, lambda: ticker.ask == 187.25)
    assert (ticker.bid, ticker.bidSize, ticker.askSize, ticker.minTick) == (187.20, 1000, 1000, 0.01)
    assert ticker.marketDataType == 1
    assert ticker.volume > 0
    assert ticker.close > 0
    gateway.backend.exchange.set_price(CON_ID, 188.0)
    await until(ib, lambda: ticker.last == 188.0 and ticker.rtVolume > 0)
    assert ticker.vwap > 0


@of_ib_insync
async def test_quotes_tick_by_themselves(ib: IB) -> None:
    ticker = ib.reqMktData(ib_insync.Stock("MSFT", "SMART", "USD"))
    await until(ib, lambda: ticker.hasBidAsk())
    for _ in range(3):
        before = ticker.bid, ticker.ask, ticker.bidSize, ticker.askSize
        await until(ib, lambda before=before: (ticker.bid, ticker.ask, ticker.bidSize, ticker.askSize) != before)  # type: ignore[misc]


async def test_cancelled_quotes_stop(ib: IB, gateway: Gateway) -> None:
    ticker = ib.reqMktData(AAPL)
    await until(ib, lambda: ticker.ask == 187.25)
    ib.cancelMktData(AAPL)
    await ib.reqCurrentTimeAsync()
    ask(gateway, 190.0)
    await ib.reqCurrentTimeAsync()
    assert ticker.ask == 187.25


async def test_snapshot(ib: IB) -> None:
    (ticker,) = await asyncio.wait_for(ib.reqTickersAsync(AAPL), PATIENCE)
    assert (ticker.bid, ticker.ask) == (187.20, 187.25)


async def test_history(ib: IB, gateway: Gateway) -> None:
    bars = await ib.reqHistoricalDataAsync(AAPL, "", "1800 S", "1 min", "TRADES", False, 1)
    assert 29 <= len(bars) <= 31
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert bars[-1].date.tzinfo is not None
    assert bars[-1].date <= gateway.backend.exchange.now
    epoch = await ib.reqHistoricalDataAsync(AAPL, "", "1800 S", "5 mins", "MIDPOINT", False, 2)
    assert epoch[-1].date <= gateway.backend.exchange.now
    daily = await ib.reqHistoricalDataAsync(AAPL, "", "5 D", "1 day", "TRADES", False, 1)
    assert daily[-1].date == gateway.backend.exchange.now.date()


async def test_history_up_to_a_moment(ib: IB) -> None:
    bars = await ib.reqHistoricalDataAsync(AAPL, "20261123 09:00:00 US/Eastern", "600 S", "1 min", "TRADES", False, 1)
    assert f"{bars[-1].date:%H:%M}" == "08:59"


@of_ib_insync
@pytest.mark.parametrize(
    ("duration", "bar", "what", "code"),
    [
        ("1 X", "1 min", "TRADES", 321),
        ("1 D", "1 eon", "TRADES", 321),
        ("1 D", "1 min", "DREAMS", 321),
        ("5 Y", "1 min", "TRADES", 162),
        ("1 D", "1 secs", "TRADES", 162),
    ],
)
async def test_history_that_cannot_be(ib: IB, duration: str, bar: str, what: str, code: int) -> None:
    with pytest.raises(ib_insync.wrapper.RequestError) as caught:
        await ib.reqHistoricalDataAsync(AAPL, "", duration, bar, what, False, 1)
    assert caught.value.code == code


async def test_history_grows(ib: IB) -> None:
    bars = await ib.reqHistoricalDataAsync(
        Stock("MSFT", "SMART", "USD"), "", "60 S", "1 secs", "TRADES", False, 2, True
    )
    before = bars[-1].date
    await until(ib, lambda: bars[-1].date > before)
    assert len({bar.date for bar in bars}) == len(bars)
    ib.cancelHistoricalData(bars)
    await ib.reqCurrentTimeAsync()


async def test_market_order_fills(ib: IB) -> None:
    trade = ib.placeOrder(AAPL, MarketOrder("BUY", 100, orderRef="ibtui/you/abc"))
    await until(ib, lambda: trade.fills and trade.fills[0].commissionReport.commission)
    assert trade.orderStatus.status == "Filled"
    assert [entry.status for entry in trade.log] == [
        "PendingSubmit",
        "PreSubmitted",
        "Submitted",
        "Submitted",
        "Filled",
    ]
    assert (trade.filled(), trade.orderStatus.avgFillPrice, trade.order.permId > 0) == (100, 187.25, True)
    execution = trade.fills[0].execution
    assert (execution.side, execution.orderRef, execution.permId) == ("BOT", "ibtui/you/abc", trade.order.permId)
    assert execution.execId.endswith(".01.01")
    assert trade.fills[0].commissionReport.commission == 1.0
    await until(ib, lambda: ib.portfolio() and ib.positions())
    assert [(position.contract.conId, position.position) for position in ib.positions()] == [(CON_ID, 100)]


async def test_limit_order_is_changed_and_cancelled(ib: IB) -> None:
    trade = ib.placeOrder(AAPL, LimitOrder("BUY", 100, 180.0))
    await until(ib, lambda: trade.orderStatus.status == "Submitted")
    trade.order.lmtPrice = 181.0
    ib.placeOrder(AAPL, trade.order)
    await ib.reqCurrentTimeAsync()
    (open_trade,) = await ib.reqOpenOrdersAsync()
    assert open_trade.order.lmtPrice == 181.0
    assert open_trade is trade
    ib.cancelOrder(trade.order)
    await until(ib, lambda: trade.isDone())
    assert trade.orderStatus.status == "Cancelled"
    assert trade.log[-1].status == "Cancelled"
    completed = await ib.reqCompletedOrdersAsync(False)
    assert [(done.order.permId, done.orderStatus.status) for done in completed] == [(trade.order.permId, "Cancelled")]


async def test_bracket(ib: IB, gateway: Gateway) -> None:
    orders = ib.bracketOrder("BUY", 100, 187.25, 190.0, 185.0)
    parent, target, stop = (ib.placeOrder(AAPL, order) for order in orders)
    await until(ib, lambda: stop.orderStatus.status == "PreSubmitted" and parent.isDone())
    assert target.orderStatus.parentId == parent.order.orderId
    assert (parent.orderStatus.status, target.orderStatus.status) == ("Filled", "Submitted")
    gateway.backend.exchange.set_book(CON_ID, bid=190.0, ask=190.05, bid_size=1000, ask_size=1000)
    await until(ib, lambda: target.isDone() and stop.isDone())
    assert (target.orderStatus.status, stop.orderStatus.status) == ("Filled", "Cancelled")


async def test_held_order_is_not_told_of(ib: IB) -> None:
    order = LimitOrder("BUY", 100, 180.0, transmit=False)
    trade = ib.placeOrder(AAPL, order)
    assert await ib.reqAllOpenOrdersAsync() == []
    order.transmit = True
    ib.placeOrder(AAPL, order)
    await until(ib, lambda: trade.orderStatus.status == "Submitted")


async def test_what_if(ib: IB) -> None:
    state = await ib.whatIfOrderAsync(AAPL, LimitOrder("BUY", 100, 187.25))
    assert state.commission == 1.0
    assert float(state.initMarginChange) > 0
    assert await ib.reqAllOpenOrdersAsync() == []


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (LimitOrder("BUY", 100, 180.001), 110),
        (LimitOrder("BUY", 100_000_000, 180.0), 201),
        (LimitOrder("BUY", 0, 180.0), 321),
        (LimitOrder("HOLD", 100, 180.0), 321),
        (LimitOrder("BUY", 100, 180.0, sweepToFill=True), 321),
        (LimitOrder("BUY", 100, 180.0, account="DU999"), 321),
        (LimitOrder("BUY", 100, 180.0, tif="NEVER"), 321),
        (LimitOrder("BUY", 100, 180.0, parentId=12345), 10006),
        (ib_insync.Order(action="BUY", totalQuantity=100, orderType="PEG STK"), 387),
        (LimitOrder("BUY", float("nan"), 180.0), 320),
    ],
)
async def test_order_that_is_refused(ib: IB, order: ib_insync.Order, code: int) -> None:
    codes: list[int] = []
    ib.errorEvent += lambda _, code, *__: codes.append(code)
    ib.placeOrder(AAPL, order)
    await until(ib, lambda: codes)
    assert codes == [code]
    assert await ib.reqAllOpenOrdersAsync() == []


async def test_cancel_of_what_is_not_there(ib: IB) -> None:
    codes: list[int] = []
    ib.errorEvent += lambda _, code, *__: codes.append(code)
    ib.client.cancelOrder(4711, "")
    await until(ib, lambda: codes == [10147])
    trade = ib.placeOrder(AAPL, MarketOrder("BUY", 100))
    await until(ib, lambda: trade.isDone())
    ib.client.cancelOrder(trade.order.orderId, "")
    await until(ib, lambda: codes == [10147, 10148])
    ib.client.placeOrder(trade.order.orderId, AAPL, LimitOrder("SELL", 5, 180.0))
    await until(ib, lambda: codes == [10147, 10148, 103])
    ib.client.placeOrder(trade.order.orderId, AAPL, MarketOrder("BUY", 100))
    await until(ib, lambda: codes == [10147, 10148, 103, 104])


async def test_global_cancel(ib: IB) -> None:
    trades = [ib.placeOrder(AAPL, LimitOrder("BUY", 100, 180.0 + step)) for step in range(5)]
    trades += [ib.placeOrder(AAPL, order) for order in ib.bracketOrder("BUY", 100, 181.0, 190.0, 175.0)]
    await until(ib, lambda: all(trade.orderStatus.status != "PendingSubmit" for trade in trades))
    ib.reqGlobalCancel()
    await until(ib, lambda: all(trade.orderStatus.status == "Cancelled" for trade in trades))


async def test_account_summary_and_its_limit(ib: IB) -> None:
    assert {row.tag for row in await ib.accountSummaryAsync()} >= {"NetLiquidation", "BuyingPower"}
    codes: list[int] = []
    ib.errorEvent += lambda _, code, *__: codes.append(code)
    for number in (9001, 9002):
        ib.client.reqAccountSummary(number, "All", "NetLiquidation")
    await until(ib, lambda: codes == [322])


async def test_profit_and_loss_follows_the_market(ib: IB, gateway: Gateway) -> None:
    trade = ib.placeOrder(AAPL, MarketOrder("BUY", 100))
    await until(ib, lambda: trade.isDone())
    account, single = ib.reqPnL("DU1234567"), ib.reqPnLSingle("DU1234567", "", CON_ID)
    await until(ib, lambda: single.position == 100)
    before = single.unrealizedPnL
    ask(gateway, 200.0)
    await until(ib, lambda: single.unrealizedPnL > before + 1000 and account.unrealizedPnL > 1000)
    assert single.value == pytest.approx(100 * 199.975, abs=3)
    await until(ib, lambda: any(item.unrealizedPNL > 1000 for item in ib.portfolio()))
    ib.cancelPnL("DU1234567", "")
    ib.cancelPnLSingle("DU1234567", "", CON_ID)


async def test_executions_by_filter(ib: IB, gateway: Gateway) -> None:
    for action in ("BUY", "SELL"):
        trade = ib.placeOrder(AAPL, MarketOrder(action, 100))
        await until(ib, trade.isDone)
    other = await connected(gateway, 2)
    assert len(await other.reqExecutionsAsync()) == 2
    fills = other.fills()
    assert [fill.commissionReport.commission > 0 for fill in fills] == [True, True]
    assert [fill.execution.clientId for fill in fills] == [1, 1]
    assert len(await other.reqExecutionsAsync(ib_insync.ExecutionFilter(side="SELL"))) == 1
    assert await other.reqExecutionsAsync(ib_insync.ExecutionFilter(symbol="MSFT")) == []
    assert await other.reqExecutionsAsync(ib_insync.ExecutionFilter(time="20990101-00:00:00")) == []
    other.disconnect()


async def test_two_clients_each_with_their_own(ib: IB, gateway: Gateway) -> None:
    other = await connected(gateway, 2)
    mine = ib.placeOrder(AAPL, LimitOrder("BUY", 100, 180.0))
    theirs = other.placeOrder(AAPL, LimitOrder("BUY", 50, 181.0))
    await until(ib, lambda: mine.orderStatus.status == "Submitted")
    await until(other, lambda: theirs.orderStatus.status == "Submitted")
    assert [trade.order.clientId for trade in await other.reqOpenOrdersAsync()] == [2]
    everyone = await other.reqAllOpenOrdersAsync()
    assert sorted(trade.order.clientId for trade in everyone) == [1, 2]
    assert len(ib.trades()) == 1
    other.disconnect()


async def test_client_id_in_use(ib: IB, gateway: Gateway) -> None:
    other = IB()
    told: asyncio.Queue[int] = asyncio.Queue()
    other.errorEvent += lambda _, code, *__: told.put_nowait(code)
    connecting = asyncio.ensure_future(other.connectAsync("127.0.0.1", gateway.port, clientId=1, timeout=PATIENCE))
    assert await asyncio.wait_for(told.get(), PATIENCE) == 326
    assert not other.isConnected()
    connecting.cancel()  # the library would wait for its whole timeout
    with pytest.raises((asyncio.CancelledError, ConnectionError)):
        await connecting
    assert told.empty()
    assert ib.isConnected()


async def test_orders_belong_to_the_client_id(gateway: Gateway) -> None:
    first = await connected(gateway, 5)
    trade = first.placeOrder(AAPL, LimitOrder("BUY", 100, 180.0))
    await until(first, lambda: trade.orderStatus.status == "Submitted")
    first.disconnect()
    ask(gateway, 180.0)
    second = await connected(gateway, 5)
    assert second.client.getReqId() > trade.order.orderId
    (filled,) = second.fills()
    assert filled.execution.permId == trade.order.permId
    second.disconnect()


@of_ib_insync
async def test_read_only(caplog: pytest.LogCaptureFixture) -> None:
    async with running_gateway(read_only=True) as gateway:
        ib = await connected(gateway, 1)
        codes: list[int] = []
        ib.errorEvent += lambda _, code, *__: codes.append(code)
        ib.placeOrder(AAPL, LimitOrder("BUY", 100, 180.0))
        ib.reqGlobalCancel()
        await until(ib, lambda: codes == [321, 321])
        ib.disconnect()
        assert not noise(caplog)
