"""Scanners: ranked rows, filters, and parameters that name what works."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.gateway.services.scanner import EVERY, INSTRUMENTS, Scanners, change, parameters
from ibtui.gateway.wire import research
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.requests import filled
from tests.gateways import MORNING

ASK_FOR = research.REQ_SCANNER_SUBSCRIPTION
GAINERS: Values = {"scanCode": "TOP_PERC_GAIN", "instrument": "STK", "locationCode": "STK.US.MAJOR", "numberOfRows": 10}


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return Exchange(start=MORNING)


def scanned(exchange: Exchange, **values: Any) -> list[Values]:
    desk = Desk(exchange, Scanners)
    desk.ask(ASK_FOR, filled(ASK_FOR, **GAINERS | values))
    (answer,) = desk.client.named("scannerData")
    rows: list[Values] = answer["rows"]
    return rows


def gains(exchange: Exchange, rows: list[Values]) -> list[float]:
    return [change(exchange.tick(row["conId"])) for row in rows]


def test_rows_are_ranked(exchange: Exchange) -> None:
    rows = scanned(exchange)
    assert [row["rank"] for row in rows] == list(range(10))
    assert gains(exchange, rows) == sorted(gains(exchange, rows), reverse=True)
    losers = scanned(exchange, scanCode="TOP_PERC_LOSE")
    assert gains(exchange, losers) == sorted(gains(exchange, losers))
    assert all(row["symbol"] and row["secType"] == "STK" and row["currency"] == "USD" for row in rows)


def test_filters(exchange: Exchange) -> None:
    everything = scanned(exchange, numberOfRows=None)
    assert len(everything) > 10
    dear = scanned(exchange, abovePrice=200.0)
    assert dear
    assert all(exchange.tick(row["conId"]).last >= 200 for row in dear)
    cheap = scanned(exchange, scannerSubscriptionFilterOptions="priceBelow=200;optVolumeAbove=5;")
    assert cheap
    assert all(exchange.tick(row["conId"]).last <= 200 for row in cheap)
    rising = scanned(exchange, numberOfRows=50, scannerSubscriptionFilterOptions="changePercAbove=0;")
    assert gains(exchange, rising) == [gain for gain in gains(exchange, everything) if gain >= 0]
    funds = scanned(exchange, stockTypeFilter="ETF")
    stocks = scanned(exchange, stockTypeFilter="STOCK", numberOfRows=50)
    assert "SPY" in {row["symbol"] for row in funds}
    assert not {row["symbol"] for row in funds} & {row["symbol"] for row in stocks}


def test_nothing_found_is_said_and_ends(exchange: Exchange) -> None:
    desk = Desk(exchange, Scanners)
    desk.ask(ASK_FOR, filled(ASK_FOR, **GAINERS, abovePrice=1e9))
    assert [(name, values.get("errorCode")) for name, values in desk.client.sent] == [
        ("error", 165),
        ("scannerData", None),
    ]


def test_rows_come_again_every_half_minute(exchange: Exchange) -> None:
    desk = Desk(exchange, Scanners)
    desk.ask(ASK_FOR, filled(ASK_FOR, **GAINERS))
    for _ in range(2 * EVERY):
        desk.service.each_second()
    assert len(desk.client.named("scannerData")) == 3
    with pytest.raises(Refused, match="API scanner subscription cancelled: 42") as caught:
        desk.ask(research.CANCEL_SCANNER_SUBSCRIPTION, {"reqId": 42})
    assert caught.value.code == 162
    for _ in range(2 * EVERY):
        desk.service.each_second()
    assert len(desk.client.named("scannerData")) == 3
    with pytest.raises(Refused) as caught:
        desk.ask(research.CANCEL_SCANNER_SUBSCRIPTION, {"reqId": 42})
    assert caught.value.code == 365


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"scanCode": "NOSUCH"}, 162),
        ({"locationCode": "MOON"}, 162),
        ({"instrument": "CHEESE"}, 162),
        ({"scannerSubscriptionFilterOptions": "priceAbove=nan;"}, 321),
        ({"scannerSubscriptionFilterOptions": "priceAbove=much;"}, 321),
    ],
)
def test_refusals(exchange: Exchange, values: Values, code: int) -> None:
    with pytest.raises(Refused) as caught:
        scanned(exchange, **values)
    assert caught.value.code == code


def test_everything_in_the_parameters_works(exchange: Exchange) -> None:
    root = ElementTree.fromstring(parameters())
    assert root.tag == "ScanParameterResponse"
    for code in root.iter("scanCode"):
        scanned(exchange, scanCode=code.text)
    places = [(kind, place) for _, kind, place, below in INSTRUMENTS for place in (place, *below)]
    for kind, place in places:
        desk = Desk(exchange, Scanners)
        desk.ask(ASK_FOR, filled(ASK_FOR, **GAINERS | {"instrument": kind, "locationCode": place}))
    assert {element.text for element in root.iter("locationCode")} == {place for _, place in places}
