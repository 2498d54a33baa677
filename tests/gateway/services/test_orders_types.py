"""Order types and attributes over the wire, through ib_insync: every field that was sent comes back in openOrder."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ibtui.gateway.server import Gateway
from tests.gateway.library import AAPL, connected, noise, until
from tests.gateway.raw import CON_ID, started_client
from tests.gateways import running_gateway
from tests.insync import (
    IB,
    UNSET_DOUBLE,
    Crypto,
    ExecutionCondition,
    MarginCondition,
    Order,
    OrderStatus,
    PercentChangeCondition,
    PriceCondition,
    TagValue,
    TimeCondition,
    Trade,
    VolumeCondition,
)

WAITING = ("STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT")


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway() as gateway:
        hold(gateway, 187.20, 187.25)
        gateway.backend.exchange.set_price(CON_ID, 187.20)
        yield gateway


@pytest.fixture
async def ib(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> AsyncIterator[IB]:
    caplog.set_level(logging.WARNING)
    ib = await connected(gateway, 1)
    yield ib
    ib.disconnect()
    assert not noise(caplog)


def hold(gateway: Gateway, bid: float, ask: float) -> None:
    gateway.backend.exchange.set_book(CON_ID, bid=bid, ask=ask, bid_size=1000, ask_size=1000)


def wanted(kind: str, action: str = "SELL", **fields: Any) -> Order:
    return Order(action=action, totalQuantity=100, orderType=kind, **fields)


async def placed(ib: IB, order: Order) -> Trade:
    """An order that the gateway has answered."""
    trade = ib.placeOrder(AAPL, order)
    await until(ib, lambda: trade.orderStatus.status != OrderStatus.PendingSubmit)
    return trade


async def echoed(gateway: Gateway, order: Order) -> Order:
    """An open order as another client sees it, made of nothing but openOrder's fields."""
    other = await connected(gateway, 9)
    found = [trade.order for trade in await other.reqAllOpenOrdersAsync() if trade.order.permId == order.permId]
    other.disconnect()
    return found[0]


@pytest.mark.parametrize(
    "order",
    [
        wanted("STP LMT", auxPrice=185.0, lmtPrice=184.5),
        wanted("MIT", auxPrice=190.0, triggerMethod=4),
        wanted("LIT", auxPrice=190.0, lmtPrice=190.5, outsideRth=True),
        wanted("TRAIL", auxPrice=1.5, trailStopPrice=186.0),
        wanted("TRAIL", trailingPercent=2.0, trailStopPrice=184.0),
        wanted("TRAIL LIMIT", auxPrice=1.5, trailStopPrice=186.0, lmtPriceOffset=0.1, tif="GTC"),
        wanted("REL", auxPrice=0.01, lmtPrice=187.24),
        wanted("LMT", lmtPrice=190.0, tif="GTD", goodTillDate="20270104 16:00:00 US/Eastern"),
        wanted("LMT", lmtPrice=187.0, goodAfterTime="20270104-16:00:00", tif="GTC"),
        wanted("LMT", lmtPrice=190.0, allOrNone=True, displaySize=10, minQty=20),
        wanted("MOC"),
        wanted("MKT", tif="OPG"),
        wanted("LOC", lmtPrice=190.0, orderRef="at the close"),
        wanted(
            "LMT",
            lmtPrice=187.0,
            conditions=[
                PriceCondition(conId=CON_ID, exch="SMART", isMore=True, price=300.0, triggerMethod=2, conjunction="o"),
                TimeCondition(isMore=True, time="20270104 16:00:00 US/Eastern"),
                MarginCondition(isMore=False, percent=10),
                ExecutionCondition(secType="STK", exch="SMART", symbol="MSFT", conjunction="o"),
                VolumeCondition(isMore=True, volume=2_000_000_000, conId=CON_ID, exch="SMART"),
                PercentChangeCondition(isMore=True, changePercent=80.0, conId=CON_ID, exch="SMART"),
            ],
            conditionsIgnoreRth=True,
        ),
        wanted("LMT", lmtPrice=190.0, algoStrategy="Adaptive", algoParams=[TagValue("adaptivePriority", "Patient")]),
        wanted(
            "LMT",
            lmtPrice=195.0,
            algoStrategy="Vwap",
            algoParams=[TagValue("maxPctVol", "0.2"), TagValue("endTime", "15:30:00 US/Eastern")],
        ),
    ],
    ids=lambda order: f"{order.orderType} {order.tif} {order.algoStrategy}",
)
async def test_every_field_comes_back(ib: IB, gateway: Gateway, order: Order) -> None:
    sent = {name: value for name, value in order.nonDefaults().items() if name != "orderId"}
    trade = await placed(ib, order)
    assert trade.orderStatus.whyHeld == ("trigger" if order.orderType in WAITING else "")
    seen = (await echoed(gateway, order)).nonDefaults()
    assert {name: seen.get(name) for name in sent} == sent


async def test_a_trailing_stop_is_shown_where_it_stands_and_then_filled(ib: IB, gateway: Gateway) -> None:
    order = wanted("TRAIL", auxPrice=0.5)
    trade = await placed(ib, order)
    assert (await echoed(gateway, order)).trailStopPrice == 186.70
    gateway.backend.exchange.set_price(CON_ID, 190.0)
    assert (await echoed(gateway, order)).trailStopPrice == 189.50
    gateway.backend.exchange.set_price(CON_ID, 189.4)
    await until(ib, trade.isDone)
    assert trade.orderStatus.avgFillPrice == 189.38


async def test_a_trailing_stop_limit_may_be_given_by_its_limit(ib: IB, gateway: Gateway) -> None:
    trade = await placed(ib, wanted("TRAIL LIMIT", auxPrice=0.5, trailStopPrice=187.0, lmtPrice=186.9))
    assert (await echoed(gateway, trade.order)).lmtPriceOffset == 0.1
    gateway.backend.exchange.set_price(CON_ID, 186.95)
    await until(ib, trade.isDone)
    assert trade.order.lmtPrice == 186.9


@pytest.mark.parametrize(
    ("fields", "code", "name"),
    [
        ({"orderType": "VOL", "volatility": 0.2}, 321, "volatility"),
        ({"orderType": "VOL"}, 387, "order type"),
        ({"orderType": "LMT", "lmtPrice": 180, "trailStopPrice": 180.0}, 321, "trailStopPrice"),
        ({"orderType": "TRAIL"}, 321, "trail"),
        ({"orderType": "STP", "auxPrice": 180, "triggerMethod": 1}, 321, "Trigger method 1"),
        ({"adjustedOrderType": "STP", "triggerPrice": 180.0}, 321, "adjustedOrderType"),
        ({"discretionaryAmt": 0.1}, 321, "discretionaryAmt"),
        ({"tif": "GTD"}, 334, "Good Till Date"),
        ({"tif": "GTD", "goodTillDate": "tomorrow"}, 343, "date"),
        ({"orderType": "MOC", "tif": "IOC"}, 113, "MOC"),
        ({"algoStrategy": "DarkIce", "algoParams": []}, 439, "Algorithm definition"),
        ({"algoStrategy": "Twap", "algoParams": [{"tag": "size", "value": "1"}]}, 443, "size"),
        ({"algoStrategy": "Adaptive", "algoParams": [{"tag": "adaptivePriority", "value": "Now"}]}, 441, "Now"),
        ({"algoStrategy": "Twap", "algoParams": [{"tag": "endTime", "value": "9 o'clock"}]}, 441, "endTime"),
        ({"algoStrategy": "Vwap", "algoParams": [{"tag": "maxPctVol", "value": "0.9"}]}, 441, "maxPctVol"),
        ({"algoStrategy": "Vwap", "algoParams": [{"tag": "noTakeLiq", "value": "1"}]}, 441, "noTakeLiq"),
        ({"algoStrategy": "Twap", "algoParams": [], "orderType": "MOC"}, 442, "algorithm"),
        ({"orderType": "PEG MID", "midOffsetAtWhole": 0.1, "midOffsetAtHalf": None}, 321, "midOffsetAtWhole"),
    ],
)
async def test_what_is_not_supported_is_named(gateway: Gateway, fields: dict[str, Any], code: int, name: str) -> None:
    async with started_client(gateway, 3) as client:
        client.place(1, **fields)
        error = await client.one("error")
        assert (error["reqId"], error["errorCode"]) == (1, code)
        assert name in error["errorString"]


async def test_an_order_that_is_killed_ends_as_cancelled(ib: IB) -> None:
    codes: list[int] = []
    ib.errorEvent += lambda number, code, text, contract: codes.append(code)
    trade = ib.placeOrder(AAPL, wanted("LMT", lmtPrice=188.0, tif="FOK"))
    await until(ib, trade.isDone)
    assert [entry.status for entry in trade.log if entry.status] == [
        "PendingSubmit", "PreSubmitted", "Submitted", "Cancelled",
    ]  # fmt: skip
    await until(ib, lambda: codes == [202])


async def test_a_date_without_a_time_is_its_whole_day(ib: IB, gateway: Gateway) -> None:
    order = (await placed(ib, wanted("LMT", lmtPrice=190.0, tif="GTD", goodTillDate="20261201"))).order
    (standing,) = gateway.backend.exchange.orders()
    assert standing.perm_id == order.permId
    assert str(standing.ticket.good_till) == "2026-12-02 04:59:59+00:00"


async def test_a_pegged_order_is_shown_where_it_stands(ib: IB, gateway: Gateway) -> None:
    order = (await placed(ib, wanted("MIDPRICE"))).order
    hold(gateway, 187.20, 187.40)
    assert (await echoed(gateway, order)).lmtPrice == 187.30


async def test_what_was_not_sent_comes_back_unset(ib: IB, gateway: Gateway) -> None:
    seen = await echoed(gateway, (await placed(ib, wanted("LMT", lmtPrice=190.0))).order)
    assert (seen.trailStopPrice, seen.trailingPercent, seen.lmtPriceOffset) == (UNSET_DOUBLE,) * 3


async def test_a_condition_lets_an_order_go_and_another_ends_it(ib: IB, gateway: Gateway) -> None:
    def above(price: float) -> list[PriceCondition]:
        return [PriceCondition(conId=CON_ID, exch="SMART", isMore=True, price=price)]

    waiting = await placed(ib, wanted("MKT", conditions=above(190.0)))
    ending = await placed(ib, wanted("LMT", lmtPrice=250.0, conditions=above(191.0), conditionsCancelOrder=True))
    assert waiting.orderStatus.status == "PreSubmitted"
    gateway.backend.exchange.set_price(CON_ID, 190.0)
    await until(ib, waiting.isDone)
    gateway.backend.exchange.set_price(CON_ID, 191.0)
    await until(ib, ending.isDone)
    assert (waiting.orderStatus.status, ending.orderStatus.status) == ("Filled", "Cancelled")


async def test_a_condition_on_a_contract_that_is_not_listed(gateway: Gateway) -> None:
    row = {"type": 6, "conjunction": "a", "isMore": True, "volume": 1, "conId": 1, "exchange": "SMART"}
    async with started_client(gateway, 3) as client:
        client.place(1, conditions=[row], conditionsIgnoreRth=False, conditionsCancelOrder=False)
        assert (await client.one("error"))["errorCode"] == 200


async def test_coins_are_bought_for_an_amount_of_money(ib: IB, gateway: Gateway) -> None:
    bitcoin = Crypto("BTC", "PAXOS", "USD")
    await ib.qualifyContractsAsync(bitcoin)
    gateway.backend.exchange.set_book(bitcoin.conId, bid=79_999, ask=80_000, bid_size=2, ask_size=2)
    trade = ib.placeOrder(bitcoin, Order(action="BUY", orderType="MKT", tif="IOC", totalQuantity=0, cashQty=1000))
    await until(ib, trade.isDone)
    assert (trade.orderStatus.status, trade.orderStatus.filled, trade.order.totalQuantity) == ("Filled", 0.0125, 0.0125)
    assert trade.order.cashQty == 1000
