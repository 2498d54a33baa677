"""Interactive Brokers' own client against the gateway, over a socket: data, news, scanners, options and settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from ibapi.contract import Contract
from ibapi.scanner import ScannerSubscription

from ibtui.exchange.listed.instruments import Listing
from ibtui.gateway.server import Gateway
from tests.gateway.clients.official import App, aapl, scene
from tests.gateway.listings import nearest
from tests.gateway.raw import CON_ID
from tests.gateways import running_gateway


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway(speed=5.0) as gateway:
        yield gateway


def by_id(listing: Listing) -> Contract:
    contract = Contract()
    contract.conId, contract.exchange = listing.instrument.con_id, listing.instrument.exchange
    return contract


async def test_the_past(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, __: int) -> None:
        app.reqHeadTimeStamp(42, aapl(), "TRADES", 1, 1)
        assert len(app.until("headTimestamp")[1]) == len("20261024-04:00:00")
        app.cancelHeadTimeStamp(42)
        app.reqHistogramData(43, aapl(), False, "1 day")
        assert all(row.count > 0 for row in app.until("histogramData")[1])
        app.reqHistoricalTicks(44, aapl(), "20261123-14:00:00", "", 20, "TRADES", 0, False, [])
        number, ticks, done = app.until("historicalTicksLast")
        assert (number, done) == (44, True)
        assert all(tick.price > 100 and tick.size > 0 and tick.exchange == "NASDAQ" for tick in ticks)
        app.reqHistoricalTicks(45, aapl(), "", "20261123-14:00:00", 20, "BID_ASK", 0, True, [])
        assert all(tick.priceBid < tick.priceAsk for tick in app.until("historicalTicksBidAsk")[1])
        app.reqHistoricalTicks(46, aapl(), "", "20261123-14:00:00", 20, "MIDPOINT", 0, True, [])
        assert len(app.until("historicalTicks")[1]) > 0

    await scene(gateway, caplog, play)


async def test_streams(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, __: int) -> None:
        app.reqRealTimeBars(42, aapl(), 5, "TRADES", False, [])
        _, time, _, high, low, *_ = app.until("realtimeBar")
        assert time % 5 == 0
        assert low <= high
        app.cancelRealTimeBars(42)
        app.reqTickByTickData(43, aapl(), "AllLast", 5, False)
        app.until("historicalTicksLast", lambda number, *_: number == 43)
        assert app.until("tickByTickAllLast")[:2] == (43, 2)
        app.cancelTickByTickData(43)
        app.reqTickByTickData(44, aapl(), "BidAsk", 0, False)
        _, _, bid, ask, *_ = app.until("tickByTickBidAsk")
        assert bid < ask
        app.reqTickByTickData(45, aapl(), "MidPoint", 0, False)
        app.until("tickByTickMidPoint", lambda number, *_: number == 45)
        app.reqMktDepth(46, aapl(), 10, False, [])
        assert app.until("updateMktDepth", lambda number, position, *_: position == 9)[0] == 46
        app.reqMktDepth(47, aapl(), 5, True, [])
        assert app.until("updateMktDepthL2", lambda number, *_: number == 47)[-1] is True
        app.cancelMktDepth(46, False)
        app.cancelMktDepth(47, True)
        app.reqMktDepthExchanges()
        assert "Deep2" in {row.serviceDataType for row in app.until("mktDepthExchanges")[0]}
        app.reqSmartComponents(48, "9c0001")
        app.until("smartComponents")

    await scene(gateway, caplog, play)


async def test_quotes_of_all_kinds(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    option = by_id(nearest(gateway.backend.exchange))
    late = by_id(next(one for one in gateway.backend.exchange.listings if one.delayed_only))

    def play(app: App, __: int) -> None:
        app.reqMktData(42, aapl(), "104,165,225,233,236,293,411,456", False, False, [])
        for kind, message in ((23, "tickGeneric"), (19, "tickPrice"), (89, "tickSize"), (48, "tickString")):
            app.until(message, lambda number, kind_, *_, kind=kind: (number, kind_) == (42, kind))
        app.reqMktData(43, option, "", False, False, [])
        model = app.until("tickOptionComputation", lambda _, kind, *__: kind == 13)
        assert 0 < model[4] < 1
        app.reqMarketDataType(3)
        app.reqMktData(44, late, "", False, False, [])
        assert app.until("error", lambda number, *_: number == 44)[1] == 10167
        assert app.until("marketDataType", lambda number, _: number == 44)[1] == 3
        app.until("tickPrice", lambda number, kind, *_: (number, kind) == (44, 68))
        app.calculateOptionPrice(45, option, 0.25, 671.0, [])
        price = app.until("tickOptionComputation", lambda number, *_: number == 45)[5]
        app.calculateImpliedVolatility(46, option, price, 671.0, [])
        back = app.until("tickOptionComputation", lambda number, *_: number == 46)[3]
        assert back == pytest.approx(0.25, rel=1e-3)

    await scene(gateway, caplog, play)


async def test_news_and_scanners(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    loop, exchange = asyncio.get_running_loop(), gateway.backend.exchange

    def play(app: App, __: int) -> None:
        app.reqNewsProviders()
        assert "BRFG" in {provider.code for provider in app.until("newsProviders")[0]}
        app.reqMktData(42, aapl(), "mdoff,292", False, False, [])
        app.reqNewsBulletins(True)
        app.reqCurrentTime()
        app.until("currentTime")
        loop.call_soon_threadsafe(partial(exchange.publish, "Apple buys Orange", con_ids=(CON_ID,)))
        number, _, provider, article, headline, _ = app.until("tickNews")
        assert (number, provider, headline) == (42, "BRFG", "Apple buys Orange")
        loop.call_soon_threadsafe(partial(exchange.bulletin, "NASDAQ is back", kind=3))
        assert app.until("updateNewsBulletin")[2] == "NASDAQ is back"
        app.reqHistoricalNews(43, CON_ID, "BRFG", "", "", 3, [])
        assert app.until("historicalNews")[4] == "Apple buys Orange"
        assert app.until("historicalNewsEnd") == (43, True)
        app.reqNewsArticle(44, provider, article, [])
        assert app.until("newsArticle")[2] == "Apple buys Orange"
        app.reqScannerParameters()
        assert "MOST_ACTIVE" in app.until("scannerParameters")[0]
        wanted = ScannerSubscription()
        wanted.instrument, wanted.locationCode, wanted.scanCode = "STK", "STK.US.MAJOR", "MOST_ACTIVE"
        app.reqScannerSubscription(45, wanted, [], [])
        assert app.until("scannerData")[1] == 0
        app.until("scannerDataEnd")

    await scene(gateway, caplog, play)


async def test_settings(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    def play(app: App, __: int) -> None:
        app.queryDisplayGroups(42)
        assert app.until("displayGroupList")[1] == "1|2|3|4|5|6|7"
        app.subscribeToGroupEvents(43, 1)
        app.updateDisplayGroup(43, "265598@SMART")
        app.until("displayGroupUpdated", lambda _, contract: contract == "265598@SMART")
        app.unsubscribeFromGroupEvents(43)
        app.reqSoftDollarTiers(44)
        assert list(app.until("softDollarTiers")[1]) == []
        app.reqFamilyCodes()
        assert [row.accountID for row in app.until("familyCodes")[0]] == ["*"]
        app.requestFA(1)
        assert app.until("error", lambda _, code, *__: code == 321)[0] == -1
        app.reqFundamentalData(45, aapl(), "ReportSnapshot", [])
        assert app.until("error", lambda number, *_: number == 45)[1] == 10358

    await scene(gateway, caplog, play)
