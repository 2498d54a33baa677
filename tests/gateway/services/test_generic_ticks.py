"""Market data beyond the touch: generic ticks, options' figures, and what an account without permission gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.gateway.running.limits import GatewayLimits
from ibtui.gateway.services.delayed import DELAY
from ibtui.gateway.services.generic_ticks import LEGAL, legal
from ibtui.gateway.services.quotes import QuotesService
from ibtui.gateway.wire import requests
from tests.gateway.listener import Desk
from tests.gateway.listings import flagged, nearest
from tests.gateway.raw import CON_ID
from tests.gateway.requests import filled, named
from tests.gateways import MORNING

ASK_FOR = requests.REQ_MKT_DATA
EVERY = ",".join(str(number) for number in sorted(LEGAL))


@pytest.fixture
def desk() -> Desk:
    return Desk(Exchange(start=MORNING), QuotesService)


def subscribe(desk: Desk, number: int = 42, **values: Any) -> None:
    desk.ask(ASK_FOR, filled(ASK_FOR, number, **values))


def ticks(desk: Desk) -> dict[int, Any]:
    """The newest value of every tick type."""
    found: dict[int, Any] = {}
    for _, values in desk.client.sent:
        if "tickType" in values:
            found[values["tickType"]] = values.get("price", values.get("size", values.get("value")))
    return found


def test_every_generic_tick_of_a_stock(desk: Desk) -> None:
    subscribe(desk, genericTickList=EVERY)
    desk.exchange.set_price(CON_ID, 190.0)
    desk.hear()
    desk.service.each_second()
    found = ticks(desk)
    assert {15, 16, 17, 18, 19, 20, 21, 23, 34, 36, 37, 45, 46, 48, 49, 54, 55, 56, 57, 58, 59, 61, 77, 89} <= set(
        found
    )
    assert found[19] <= found[17] <= found[15] <= 190.0 <= found[16] <= found[18] <= found[20]
    assert 0.05 < found[23] < 2.0
    assert found[46] > 2.5
    assert found[49] == 0
    assert found[57] == 190.0
    assert found[59].split(",") == ["1.04", "1.04", "20270210", "0.26"]
    assert found[48] == found[77]
    price, size, _, volume, average, single = found[48].split(";")
    assert (float(price), float(size), single) == (190.0, 100.0, "true")
    assert float(volume) >= 100
    assert float(average) > 0
    session = desk.exchange.history(CON_ID, end=desk.exchange.now + timedelta(seconds=1), seconds=86400, bar=86400)[-1]
    assert found[54] == session.count
    assert [values["errorCode"] for values in desk.client.named("error")] == [10358]


def test_volatility_of_the_options_on_a_stock(desk: Desk) -> None:
    spy = desk.exchange.listings.by_con_id(756733)
    assert spy is not None
    subscribe(desk, **named(spy), genericTickList="106")
    assert 0.05 < ticks(desk)[24] < 1.0


def test_an_option_s_own_volume_and_interest(desk: Desk) -> None:
    option = nearest(desk.exchange)
    subscribe(desk, **named(option), genericTickList="100,101")
    found = ticks(desk)
    assert (found[27], found[28], found[30]) == (desk.exchange.open_interest(option.instrument.con_id), 0, 0)
    assert found[29] >= 0


def test_an_auction_gathers_before_the_close() -> None:
    exchange = Exchange(start=datetime(2026, 11, 23, 20, 47, tzinfo=UTC), always_open=False)
    desk = Desk(exchange, QuotesService)
    subscribe(desk, genericTickList="225")
    assert (ticks(desk)[34], ticks(desk)[36]) == (0, 0)
    seen = []
    for _ in range(3):
        desk.advance(4 * 60, step=5)
        desk.service.each_second()
        seen.append(ticks(desk)[34])
    assert 0 < seen[0] < seen[1] < seen[2]
    assert ticks(desk)[35] > 0
    assert abs(ticks(desk)[36]) <= seen[2]
    desk.advance(5 * 60, step=5)
    desk.service.each_second()
    assert ticks(desk)[34] == 0


def test_premium_of_an_index_s_future(desk: Desk) -> None:
    subscribe(desk, symbol="SPX", secType="IND", exchange="CBOE", conId=0, genericTickList="162")
    front = min(
        (listing.instrument for listing in desk.exchange.listings.find(root="ES", sec_type="FUT")),
        key=lambda instrument: instrument.expiry,
    )
    quote, index = desk.exchange.tick(front.con_id), desk.exchange.tick(416904)
    assert ticks(desk)[31] == pytest.approx((quote.bid + quote.ask) / 2 - index.last)


def test_nothing_unasked_comes(desk: Desk) -> None:
    subscribe(desk)
    desk.advance(5)
    desk.service.each_second()
    assert set(ticks(desk)) <= {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 32, 33, 45, 49, 84}


def test_lists_with_news_providers_and_without_quotes() -> None:
    assert legal(" 233, 292:BRFG+DJNL,mdoff") == (frozenset((233, 292)), frozenset(("BRFG", "DJNL")), False)
    assert legal("") == (frozenset(), frozenset(), True)
    with pytest.raises(ValueError, match="9999"):
        legal("9999")


def test_an_option_has_figures_at_every_price(desk: Desk) -> None:
    option = nearest(desk.exchange)
    subscribe(desk, **named(option), genericTickList="101")
    desk.advance(1)
    figures = {values["tickType"]: values for values in desk.client.named("tickOptionComputation")}
    assert {10, 11, 13} <= set(figures)
    model = figures[13]
    assert 0.02 < model["impliedVol"] < 2
    assert 0 < model["delta"] < 1
    assert model["gamma"] > 0 > model["theta"]
    assert figures[10]["impliedVol"] <= figures[11]["impliedVol"]
    assert model["undPrice"] == pytest.approx(desk.exchange.tick(756733).last, rel=0.01)


@pytest.mark.parametrize(("delayed", "wanted"), [(False, 1), (False, 3), (True, 1), (True, 2)])
def test_no_permission(desk: Desk, delayed: bool, wanted: int) -> None:
    desk.ask(requests.REQ_MARKET_DATA_TYPE, {"marketDataType": wanted})
    listing = flagged(desk.exchange, delayed=delayed)
    with pytest.raises(Refused) as caught:
        subscribe(desk, **named(listing))
    assert caught.value.code == 354
    assert f"Delayed market data is {'available' if delayed else 'not available'}" in caught.value.text
    subscribe(desk, **named(listing), genericTickList="236")
    assert [values["errorCode"] for values in desk.client.named("error")] == [10090]
    assert not desk.client.named("tickPrice")


def test_delayed_data_is_that_of_a_quarter_of_an_hour_ago(desk: Desk) -> None:
    listing = flagged(desk.exchange, delayed=True)
    desk.ask(requests.REQ_MARKET_DATA_TYPE, {"marketDataType": 3})
    subscribe(desk, **named(listing))
    assert [values["errorCode"] for values in desk.client.named("error")] == [10167]
    assert desk.client.named("marketDataType") == [{"reqId": 42, "marketDataType": 3}]
    found = ticks(desk)
    assert {66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 88, 90} == set(found)
    then = desk.exchange.now - DELAY
    (*_, quote) = desk.exchange.ticks(listing.instrument.con_id, end=then, count=1, what="BID_ASK")
    assert (found[66], found[67]) == (quote.bid, quote.ask)
    assert found[66] < found[67]
    assert found[73] <= found[68] <= found[72]
    desk.exchange.advance(desk.exchange.now + timedelta(minutes=1))
    desk.hear()
    desk.service.each_second()
    (*_, quote) = desk.exchange.ticks(listing.instrument.con_id, end=desk.exchange.now - DELAY, count=1, what="BID_ASK")
    assert (ticks(desk)[66], ticks(desk)[67]) == (quote.bid, quote.ask)


def test_live_data_comes_live_whatever_was_asked_for(desk: Desk) -> None:
    desk.ask(requests.REQ_MARKET_DATA_TYPE, {"marketDataType": 3})
    subscribe(desk)
    assert desk.client.named("marketDataType") == [{"reqId": 42, "marketDataType": 1}]
    assert 1 in ticks(desk)


def test_a_hundred_lines(desk: Desk) -> None:
    desk.backend.limits = GatewayLimits(lines=3)
    for number in range(3):
        subscribe(desk, number)
    with pytest.raises(Refused) as caught:
        subscribe(desk, 3)
    assert caught.value.code == 101
    subscribe(desk, 3, snapshot=True)
    desk.ask(requests.CANCEL_MKT_DATA, {"reqId": 1})
    subscribe(desk, 3)


SUNDAY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(("wanted", "live", "late"), [(1, 1, None), (2, 2, None), (3, 1, 3), (4, 2, 4)])
def test_frozen_data_while_the_market_is_closed(wanted: int, live: int, late: int | None) -> None:
    desk = Desk(Exchange(start=SUNDAY), QuotesService)
    desk.ask(requests.REQ_MARKET_DATA_TYPE, {"marketDataType": wanted})
    subscribe(desk)
    assert desk.client.named("marketDataType") == [{"reqId": 42, "marketDataType": live}]
    assert {1, 2, 4} <= set(ticks(desk))
    if late is not None:
        subscribe(desk, 43, **named(flagged(desk.exchange, delayed=True)))
        assert desk.client.named("marketDataType")[1:] == [{"reqId": 43, "marketDataType": late}]
        assert {66, 67, 68} <= set(ticks(desk))


def test_frozen_data_are_those_of_the_close() -> None:
    desk = Desk(Exchange(start=datetime(2026, 11, 24, 0, 59, 58, tzinfo=UTC), always_open=False), QuotesService)
    desk.ask(requests.REQ_MARKET_DATA_TYPE, {"marketDataType": 2})
    subscribe(desk)
    desk.exchange.advance(datetime(2026, 11, 24, 1, 0, 1, tzinfo=UTC))
    desk.hear()
    assert ticks(desk)[1] == -1
    desk.service.each_second()
    assert [values["marketDataType"] for values in desk.client.named("marketDataType")] == [1, 2]
    seen = ticks(desk)
    assert 0 < seen[1] <= seen[4] + 0.1
    assert seen[1] < seen[2]
    subscribe(desk, 43)
    assert {kind: ticks(desk)[kind] for kind in (1, 2, 4)} == {kind: seen[kind] for kind in (1, 2, 4)}
    subscribe(desk, 44, symbol="SPX", secType="IND", exchange="CBOE", conId=0)
    desk.ask(requests.REQ_MARKET_DATA_TYPE, {"marketDataType": 1})
    subscribe(desk, 45)
    assert ticks(desk)[1] == -1


def test_frozen_data_stands_still_and_thaws_when_the_market_opens() -> None:
    desk = Desk(Exchange(start=MORNING.replace(hour=8, minute=59, second=50)), QuotesService)
    desk.ask(requests.REQ_MARKET_DATA_TYPE, {"marketDataType": 2})
    subscribe(desk)
    sent = len(desk.client.sent)
    desk.exchange.set_price(CON_ID, 190.0)
    desk.hear()
    desk.service.each_second()
    assert len(desk.client.sent) == sent
    desk.exchange.advance(MORNING.replace(hour=9))
    desk.hear()
    desk.service.each_second()
    desk.advance(5)
    assert [values["marketDataType"] for values in desk.client.named("marketDataType")] == [2, 1]
    assert len(desk.client.sent) > sent + 1
