"""Tick by tick: nothing left out, nothing twice, and ticks of the past that agree with what streamed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.reports import Report, Tick
from ibtui.gateway.running.limits import GatewayLimits
from ibtui.gateway.services.past_ticks import PastTicks
from ibtui.gateway.services.tick_by_tick import TickByTick
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.raw import CON_ID
from tests.gateway.requests import filled
from tests.gateways import MORNING

ASK_FOR = market.REQ_TICK_BY_TICK_DATA


def subscribed(kind: str, count: int = 0, *, ignore_size: bool = False) -> tuple[Desk, list[Tick]]:
    """A desk with one stream, and the ticks that the exchange reports from then on."""
    desk, heard = Desk(Exchange(start=MORNING), TickByTick), list[Tick]()
    desk.ask(ASK_FOR, filled(ASK_FOR, tickType=kind, numberOfTicks=count, ignoreSize=ignore_size))

    def hear(report: Report) -> None:
        if isinstance(report, Tick) and report.con_id == CON_ID:
            heard.append(report)

    desk.exchange.listen(hear)
    return desk, heard


@pytest.mark.parametrize(("kind", "number"), [("Last", 1), ("AllLast", 2)])
def test_every_trade_once(kind: str, number: int) -> None:
    desk, heard = subscribed(kind)
    desk.advance(30)
    trades = [(tick.time.timestamp(), tick.last, tick.last_size) for tick in heard if tick.traded]
    sent = desk.client.named("tickByTick")
    assert [(values["time"], values["price"], values["size"]) for values in sent] == trades
    assert len(trades) > 20
    assert {values["tickType"] for values in sent} == {number}
    assert {values["exchange"] for values in sent} == {"NASDAQ"}


def test_every_change_of_the_quotes_once() -> None:
    desk, heard = subscribed("BidAsk")
    first = len(desk.client.named("tickByTick"))
    desk.advance(30)
    books = [(tick.bid, tick.ask, tick.bid_size, tick.ask_size) for tick in heard]
    sent = [
        (values["bidPrice"], values["askPrice"], values["bidSize"], values["askSize"])
        for values in desk.client.named("tickByTick")
    ]
    assert first == 1
    assert sent[-1] == books[-1]
    assert set(sent) >= set(books)
    assert all(before != after for before, after in pairwise(sent))


def test_sizes_alone_are_no_news_where_they_are_ignored() -> None:
    every, _ = subscribed("BidAsk")
    prices, _ = subscribed("BidAsk", ignore_size=True)
    for desk in (every, prices):
        desk.advance(20)
    sent = [(values["bidPrice"], values["askPrice"]) for values in prices.client.named("tickByTick")]
    assert all(before != after for before, after in pairwise(sent))
    assert 1 < len(sent) < len(every.client.named("tickByTick"))


def test_middles() -> None:
    desk, heard = subscribed("MidPoint")
    desk.advance(20)
    middles = [values["midPoint"] for values in desk.client.named("tickByTick")]
    assert middles[-1] == pytest.approx((heard[-1].bid + heard[-1].ask) / 2)
    assert all(before != after for before, after in pairwise(middles))


@pytest.mark.parametrize(
    ("kind", "message"),
    [("Last", "historicalTicksLast"), ("BidAsk", "historicalTicksBidAsk"), ("MidPoint", "historicalTicks")],
)
def test_ticks_of_the_past_come_first_when_asked_for(kind: str, message: str) -> None:
    desk, _ = subscribed(kind, 10)
    name, values = desk.client.sent[0]
    assert name == message
    assert values["done"]
    assert len(values["ticks"]) >= 10
    assert [tick["time"] for tick in values["ticks"]] == sorted(tick["time"] for tick in values["ticks"])


def test_trades_of_the_past_are_those_that_streamed() -> None:
    desk, _ = subscribed("Last")
    desk.advance(60)
    past = Desk(desk.exchange, PastTicks)
    past.ask(
        market.REQ_HISTORICAL_TICKS,
        filled(
            market.REQ_HISTORICAL_TICKS,
            startDateTime=f"{MORNING:%Y%m%d-%H:%M:%S}",
            numberOfTicks=1000,
            whatToShow="TRADES",
        ),
    )
    streamed = [(int(values["time"]), values["price"], values["size"]) for values in desk.client.named("tickByTick")]
    (answer,) = past.client.named("historicalTicksLast")
    assert [(tick["time"], tick["price"], tick["size"]) for tick in answer["ticks"]] == streamed


def test_ticks_before_a_time() -> None:
    past = Desk(Exchange(start=MORNING), PastTicks)
    end = MORNING - timedelta(minutes=5)
    request: Values = {"endDateTime": f"{end:%Y%m%d-%H:%M:%S}", "numberOfTicks": 50, "whatToShow": "BID_ASK"}
    past.ask(market.REQ_HISTORICAL_TICKS, filled(market.REQ_HISTORICAL_TICKS, **request))
    past.ask(market.REQ_HISTORICAL_TICKS, filled(market.REQ_HISTORICAL_TICKS, **request, ignoreSize=True))
    every, prices = past.client.named("historicalTicksBidAsk")
    assert len(every["ticks"]) >= 50 > len(prices["ticks"]) > 0
    assert every["ticks"][-1]["time"] < end.timestamp()
    assert all(tick["priceBid"] < tick["priceAsk"] for tick in every["ticks"])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"tickType": "Noise"}, 10189),
        ({"tickType": "BidAsk", "symbol": "SPX", "secType": "IND", "exchange": "CBOE", "conId": 0}, 10189),
        ({"tickType": "Last", "conId": 0, "symbol": "NOSUCH"}, 200),
    ],
)
def test_refusals(values: Values, code: int) -> None:
    desk = Desk(Exchange(start=MORNING), TickByTick)
    with pytest.raises(Refused) as caught:
        desk.ask(ASK_FOR, filled(ASK_FOR, **values))
    assert caught.value.code == code


def test_five_at_a_time() -> None:
    desk = Desk(Exchange(start=MORNING), TickByTick)
    desk.backend.limits = GatewayLimits()
    for number in range(5):
        desk.ask(ASK_FOR, filled(ASK_FOR, number, tickType="Last"))
    with pytest.raises(Refused) as caught:
        desk.ask(ASK_FOR, filled(ASK_FOR, 9, tickType="Last"))
    assert caught.value.code == 10190
    desk.ask(market.CANCEL_TICK_BY_TICK_DATA, {"reqId": 3})
    desk.ask(ASK_FOR, filled(ASK_FOR, 9, tickType="Last"))


@pytest.mark.parametrize(
    "values",
    [
        {"whatToShow": "NOISE", "numberOfTicks": 5, "endDateTime": "20261123-14:00:00"},
        {"whatToShow": "TRADES", "numberOfTicks": 0, "endDateTime": "20261123-14:00:00"},
        {"whatToShow": "TRADES", "numberOfTicks": 5},
    ],
)
def test_what_is_no_request_for_the_past(values: Values) -> None:
    desk = Desk(Exchange(start=MORNING), PastTicks)
    with pytest.raises(Refused) as caught:
        desk.ask(market.REQ_HISTORICAL_TICKS, filled(market.REQ_HISTORICAL_TICKS, **values))
    assert caught.value.code == 10187
