"""Depth: a client that follows the messages holds the exchange's book, whatever happens to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.markets.book import Level
from ibtui.exchange.refusal import Refused
from ibtui.gateway.running.limits import GatewayLimits
from ibtui.gateway.services.depth import ASKS, BIDS, DELETE, INSERT, UPDATE, DepthService
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.raw import CON_ID
from tests.gateway.requests import filled
from tests.gateways import MORNING

ASK_FOR = market.REQ_MKT_DEPTH


def book(desk: Desk) -> dict[int, list[tuple[float, float]]]:
    """The book of a client that did as it was told; each operation must fit what it holds."""
    sides: dict[int, list[tuple[float, float]]] = {ASKS: [], BIDS: []}
    for name, values in desk.client.sent:
        if name == "error" and values["errorCode"] == 317:
            sides = {ASKS: [], BIDS: []}
        if not name.startswith("updateMktDepth"):
            continue
        side, at, row = sides[values["side"]], values["position"], (values["price"], values["size"])
        if values["operation"] == INSERT:
            assert at == len(side)
            side.insert(at, row)
        elif values["operation"] == UPDATE:
            side[at] = row
        else:
            assert values["operation"] == DELETE
            del side[at]
    return sides


def pairs(levels: list[Level]) -> list[tuple[float, float]]:
    return [(level.price, level.size) for level in levels]


@pytest.mark.parametrize("rows", [1, 5, 10])
def test_a_client_holds_the_book(rows: int) -> None:
    desk = Desk(Exchange(start=MORNING), DepthService)
    desk.ask(ASK_FOR, filled(ASK_FOR, numRows=rows))
    for _ in range(10):
        desk.advance(2)
        held, shown = book(desk), desk.exchange.depth(CON_ID, rows)
        assert held == {BIDS: pairs(shown.bids), ASKS: pairs(shown.asks)}
        assert len(held[BIDS]) == rows
    assert {name for name, _ in desk.client.sent} == {"updateMktDepth"}


def test_the_touch_is_what_quotes_show() -> None:
    desk = Desk(Exchange(start=MORNING), DepthService)
    desk.exchange.set_book(CON_ID, bid=187.20, ask=187.25, bid_size=300, ask_size=400)
    desk.ask(ASK_FOR, filled(ASK_FOR, numRows=10))
    held = book(desk)
    assert (held[BIDS][0], held[ASKS][0]) == ((187.20, 300), (187.25, 400))
    assert [price for price, _ in held[BIDS]] == sorted((price for price, _ in held[BIDS]), reverse=True)
    assert [price for price, _ in held[ASKS]] == sorted(price for price, _ in held[ASKS])


def test_smart_depth_names_who_shows_it() -> None:
    desk = Desk(Exchange(start=MORNING), DepthService)
    desk.ask(ASK_FOR, filled(ASK_FOR, numRows=5, isSmartDepth=True))
    sent = desk.client.named("updateMktDepthL2")
    assert len(sent) == 10
    assert all(values["marketMaker"] and values["isSmartDepth"] for values in sent)


def test_a_leap_of_time_empties_the_book_first() -> None:
    desk = Desk(Exchange(start=MORNING), DepthService)
    desk.ask(ASK_FOR, filled(ASK_FOR, numRows=5))
    desk.client.sent.clear()
    desk.exchange.advance(desk.exchange.now + timedelta(minutes=10))
    desk.hear()
    name, values = desk.client.sent[0]
    assert (name, values["reqId"], values["errorCode"]) == ("error", 42, 317)
    shown = desk.exchange.depth(CON_ID, 5)
    assert book(desk) == {BIDS: pairs(shown.bids), ASKS: pairs(shown.asks)}


def test_three_instruments_at_a_time() -> None:
    desk = Desk(Exchange(start=MORNING), DepthService)
    desk.backend.limits = GatewayLimits()
    for number, symbol in enumerate(("AAPL", "MSFT", "NVDA", "AAPL")):
        desk.ask(ASK_FOR, filled(ASK_FOR, number, numRows=5, symbol=symbol, conId=0))
    with pytest.raises(Refused) as caught:
        desk.ask(ASK_FOR, filled(ASK_FOR, 9, numRows=5, symbol="TSLA", conId=0))
    assert caught.value.code == 309
    desk.ask(market.CANCEL_MKT_DEPTH, {"reqId": 1, "isSmartDepth": False})
    desk.ask(ASK_FOR, filled(ASK_FOR, 9, numRows=5, symbol="TSLA", conId=0))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"numRows": 0}, 321),
        ({"numRows": 5, "conId": 0, "symbol": "NOSUCH"}, 200),
        ({"numRows": 5, "conId": 0, "symbol": "SPX", "secType": "IND", "exchange": "CBOE"}, 10092),
    ],
)
def test_refusals(values: Values, code: int) -> None:
    desk = Desk(Exchange(start=MORNING), DepthService)
    with pytest.raises(Refused) as caught:
        desk.ask(ASK_FOR, filled(ASK_FOR, **values))
    assert caught.value.code == code
    with pytest.raises(Refused) as caught:
        desk.ask(market.CANCEL_MKT_DEPTH, {"reqId": 42, "isSmartDepth": False})
    assert caught.value.code == 310
