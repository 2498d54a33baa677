"""ib_insync against the gateway, over a socket: data, news, scanners and options, understood whole and in silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ibtui.gateway.server import Gateway
from tests.clocks import PATIENCE
from tests.gateway.library import AAPL, connected, noise, until
from tests.gateway.raw import CON_ID
from tests.gateways import MORNING, running_gateway
from tests.insync import (
    IB,
    Contract,
    Forex,
    Index,
    Option,
    ScannerSubscription,
    Stock,
    TagValue,
    ib_insync,
    of_ib_insync,
)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway(speed=5.0) as gateway:
        yield gateway


@pytest.fixture
async def ib(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> AsyncIterator[IB]:
    caplog.set_level(logging.WARNING)
    ib = await connected(gateway, 1)
    yield ib
    ib.disconnect()
    assert not noise(caplog)


async def within(awaitable: Any) -> Any:
    return await asyncio.wait_for(awaitable, PATIENCE)


async def test_head_and_histogram_and_past_ticks(ib: IB) -> None:
    head = await within(ib.reqHeadTimeStampAsync(AAPL, "TRADES", True, 1))
    assert head < MORNING.replace(tzinfo=None)
    histogram = await within(ib.reqHistogramDataAsync(AAPL, True, "1 day"))
    assert len(histogram) > 10
    assert all(row.count > 0 for row in histogram)
    trades = await within(ib.reqHistoricalTicksAsync(AAPL, "", MORNING, 20, "TRADES", False))
    assert len(trades) >= 20
    assert {tick.exchange for tick in trades} == {"NASDAQ"}
    assert trades[-1].time <= MORNING
    quotes = await within(ib.reqHistoricalTicksAsync(AAPL, "", MORNING, 20, "BID_ASK", False))
    assert all(tick.priceBid < tick.priceAsk for tick in quotes)
    middles = await within(ib.reqHistoricalTicksAsync(Forex("EURUSD"), "", MORNING, 20, "MIDPOINT", False))
    assert all(1 < tick.price < 1.3 for tick in middles)


async def test_real_time_bars(ib: IB) -> None:
    bars = ib.reqRealTimeBars(AAPL, 5, "TRADES", False)
    await until(ib, lambda: len(bars) >= 2)
    assert (bars[1].time - bars[0].time).total_seconds() == 5
    assert bars[0].low <= bars[0].wap <= bars[0].high
    ib.cancelRealTimeBars(bars)


@pytest.mark.parametrize("kind", ["Last", "AllLast", "BidAsk", "MidPoint"])
async def test_tick_by_tick(ib: IB, kind: str) -> None:
    ticker = ib.reqTickByTickData(AAPL, kind, 5, False)
    await until(ib, lambda: ticker.tickByTicks)
    (tick, *_) = ticker.tickByTicks
    names = {"Last": "price", "AllLast": "price", "BidAsk": "bidPrice", "MidPoint": "midPoint"}
    assert 100 < getattr(tick, names[kind]) < 300
    ib.cancelTickByTickData(AAPL, kind)


@pytest.mark.parametrize("smart", [True, False])
async def test_depth(ib: IB, gateway: Gateway, smart: bool) -> None:
    ticker = ib.reqMktDepth(AAPL, 10, isSmartDepth=smart)
    await until(ib, lambda: len(ticker.domBids) == len(ticker.domAsks) == 10)
    assert {bool(level.marketMaker) for level in ticker.domBids} == {smart}
    gateway.backend.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=300, ask_size=400)
    await until(ib, lambda: (ticker.domBids[0].price, ticker.domAsks[0].size) == (187.20, 400))
    assert [level.price for level in ticker.domBids] == sorted((row.price for row in ticker.domBids), reverse=True)
    ib.cancelMktDepth(AAPL, isSmartDepth=smart)


async def test_generic_ticks(ib: IB, gateway: Gateway) -> None:
    ticker = ib.reqMktData(AAPL, "104,165,221,225,233,236,293,294,295,318,375,411,456")
    gateway.backend.exchange.set_price(CON_ID, 188.0)
    await until(ib, lambda: ticker.rtVolume > 0 and ticker.tradeCount > 0)
    assert ticker.low52week < 188.0 <= ticker.high52week
    assert ticker.histVolatility > 0
    assert ticker.markPrice > 0
    assert ticker.shortableShares > 0
    assert ticker.rtTradeVolume == ticker.rtVolume
    assert ticker.halted == 0
    assert ticker.rtTime is not None


@of_ib_insync
async def test_snapshots(ib: IB) -> None:
    tickers = await within(ib.reqTickersAsync(AAPL, Stock("MSFT", "SMART", "USD"), Index("SPX", "CBOE", "USD")))
    assert all(ticker.last > 0 for ticker in tickers)
    assert tickers[0].bid < tickers[0].ask


async def test_delayed_data(ib: IB, gateway: Gateway) -> None:
    listing = next(one for one in gateway.backend.exchange.listings if one.delayed_only)
    ib.reqMarketDataType(3)
    ticker = ib.reqMktData(Contract(conId=listing.instrument.con_id, exchange="SMART"))
    await until(ib, lambda: ticker.last > 0)
    assert ticker.marketDataType == 3
    assert ticker.bid < ticker.ask


async def test_options(ib: IB, gateway: Gateway) -> None:
    price = gateway.backend.exchange.tick(756733).last
    chains = await within(ib.reqSecDefOptParamsAsync("SPY", "", "STK", 756733))
    chain = next(chain for chain in chains if chain.exchange == "SMART")
    strike = min(chain.strikes, key=lambda strike: abs(strike - price))
    option = Option("SPY", sorted(chain.expirations)[3], strike, "C", "SMART", currency="USD")
    await within(ib.qualifyContractsAsync(option))
    assert option.conId
    ticker = ib.reqMktData(option)
    await until(ib, lambda: ticker.modelGreeks and ticker.bidGreeks and ticker.askGreeks)
    assert 0.2 < ticker.modelGreeks.delta < 0.8
    there = await within(ib.calculateOptionPriceAsync(option, 0.25, price))
    back = await within(ib.calculateImpliedVolatilityAsync(option, there.optPrice, price))
    assert back.impliedVol == pytest.approx(0.25, rel=1e-3)


@of_ib_insync
async def test_news(ib: IB, gateway: Gateway) -> None:
    exchange = gateway.backend.exchange
    ib.reqMktData(AAPL, "mdoff,292")
    ib.reqMktData(Contract(symbol="BRFG:BRFG_ALL", secType="NEWS", exchange="BRFG"), "mdoff,292")
    ib.reqNewsBulletins(True)
    await within(ib.reqCurrentTimeAsync())
    exchange.publish("Apple buys Orange", provider="DJNL", con_ids=(CON_ID,), article="All of it.")
    exchange.publish("Market up", provider="BRFG")
    exchange.bulletin("NASDAQ is back", kind=3, exchange="NASDAQ")
    await until(ib, lambda: len(ib.newsTicks()) >= 2 and ib.newsBulletins())
    told = {news.headline: news for news in ib.newsTicks()}
    assert {"Apple buys Orange", "Market up"} <= told.keys()
    assert ib.newsBulletins()[0].message == "NASDAQ is back"
    found = await within(ib.reqHistoricalNewsAsync(CON_ID, "BRFG+DJNL", "", "", 5))
    assert len(found) == 5
    assert found[0].headline == "Apple buys Orange"
    article = await within(ib.reqNewsArticleAsync("DJNL", found[0].articleId))
    assert article.articleText == "All of it."


async def test_scanner(ib: IB) -> None:
    assert "TOP_PERC_GAIN" in await within(ib.reqScannerParametersAsync())
    wanted = ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode="MOST_ACTIVE", numberOfRows=7)
    rows = await within(ib.reqScannerDataAsync(wanted, [], [TagValue("priceAbove", "20")]))
    assert [row.rank for row in rows] == list(range(7))
    assert all(row.contractDetails.contract.secType == "STK" for row in rows)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda ib: ib.reqFundamentalDataAsync(AAPL, "ReportSnapshot"), 10358),
        (lambda ib: ib.getWshMetaDataAsync(), 10276),
        (lambda ib: ib.getWshEventDataAsync(ib_insync.WshEventData(conId=CON_ID)), 10276),
        (lambda ib: ib.reqHeadTimeStampAsync(Stock("NOSUCH", "SMART", "USD"), "TRADES", True, 1), 200),
        (lambda ib: ib.reqNewsArticleAsync("BRFG", "none"), 10172),
    ],
)
async def test_refusals_end_their_requests(ib: IB, ask: Any, code: int) -> None:
    with pytest.raises(ib_insync.wrapper.RequestError) as caught:
        await within(ask(ib))
    assert caught.value.code == code


async def test_smart_components(ib: IB) -> None:
    ticker = ib.reqMktData(AAPL)
    await until(ib, lambda: ticker.bboExchange)
    components = await within(ib.reqSmartComponentsAsync(ticker.bboExchange))
    assert "NASDAQ" in {component.exchange for component in components}
