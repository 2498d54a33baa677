"""News: headlines as they break and as they are looked up, articles, bulletins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.refusal import Refused
from ibtui.gateway.services.news import NewsService
from ibtui.gateway.services.quotes import QuotesService
from ibtui.gateway.wire import requests, research
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.raw import CON_ID
from tests.gateway.requests import filled
from tests.gateways import MORNING

PAST = research.REQ_HISTORICAL_NEWS
EVERYTHING: Values = {"conId": CON_ID, "providerCodes": "BRFG+DJNL", "totalResults": 300}


@pytest.fixture
def desk() -> Desk:
    return Desk(Exchange(start=MORNING), NewsService)


def look_up(desk: Desk, **values: Any) -> list[Values]:
    """The headlines that a request brings; the end follows them."""
    desk.client.sent.clear()
    desk.ask(PAST, filled(PAST, **EVERYTHING | values))
    assert desk.client.sent[-1][0] == "historicalNewsEnd"
    return desk.client.named("historicalNews")


def test_what_broke_is_found_again_with_its_article(desk: Desk) -> None:
    told = desk.exchange.publish("Apple buys Orange", provider="BRFG", con_ids=(CON_ID,), article="The whole story.")
    desk.exchange.advance(desk.exchange.now + timedelta(seconds=1))
    newest = look_up(desk)[0]
    assert (newest["headline"], newest["providerCode"]) == ("Apple buys Orange", "BRFG")
    assert newest["articleId"] == told.article_id
    assert newest["time"] == "2026-11-23 15:00:00.0"
    desk.ask(research.REQ_NEWS_ARTICLE, {"reqId": 7, "providerCode": "BRFG", "articleId": told.article_id})
    assert desk.client.named("newsArticle") == [{"reqId": 7, "articleType": 0, "articleText": "The whole story."}]


def test_past_headlines_come_newest_first_within_their_span_and_number(desk: Desk) -> None:
    every = look_up(desk)
    assert len(every) > 3
    assert [told["time"] for told in every] == sorted((told["time"] for told in every), reverse=True)
    assert {told["providerCode"] for told in every} <= {"BRFG", "DJNL"}
    few = look_up(desk, totalResults=2)
    assert few == every[:2]
    assert desk.client.named("historicalNewsEnd") == [{"reqId": 42, "hasMore": True}]
    begin = every[2]["time"].replace("-", "")[:17].replace(" ", "-")
    assert look_up(desk, startDateTime=begin) == every[:3]
    assert not desk.client.named("historicalNewsEnd")[0]["hasMore"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"conId": 1}, 200),
        ({"providerCodes": "NOSUCH"}, 321),
        ({"providerCodes": ""}, 321),
        ({"totalResults": 0}, 321),
        ({"startDateTime": "yesterday"}, 321),
    ],
)
def test_refusals(desk: Desk, values: Values, code: int) -> None:
    with pytest.raises(Refused) as caught:
        look_up(desk, **values)
    assert caught.value.code == code


def test_unknown_article(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        desk.ask(research.REQ_NEWS_ARTICLE, {"reqId": 7, "providerCode": "BRFG", "articleId": "BRFG$none"})
    assert caught.value.code == 10172


def test_bulletins_of_before_come_only_when_asked_for(desk: Desk) -> None:
    desk.exchange.bulletin("NASDAQ is back", kind=3, exchange="NASDAQ")
    desk.hear()
    desk.ask(research.REQ_NEWS_BULLETINS, {"allMsgs": False})
    assert desk.client.sent == []
    desk.exchange.bulletin("second")
    desk.hear()
    assert [values["message"] for values in desk.client.named("updateNewsBulletin")] == ["second"]
    desk.ask(research.REQ_NEWS_BULLETINS, {"allMsgs": True})
    bulletin = desk.client.named("updateNewsBulletin")[1]
    assert (bulletin["msgId"], bulletin["msgType"], bulletin["origExchange"]) == (1, 3, "NASDAQ")
    desk.ask(research.CANCEL_NEWS_BULLETINS, {})
    desk.exchange.bulletin("third")
    desk.hear()
    assert "third" not in {values["message"] for values in desk.client.named("updateNewsBulletin")}


BROAD = {"symbol": "BRFG:BRFG_ALL", "secType": "NEWS", "exchange": "BRFG", "conId": 0}


@pytest.mark.parametrize(
    ("values", "headlines"),
    [
        ({"genericTickList": "292"}, ["Apple", "Apple too"]),
        ({"genericTickList": "mdoff,292:BRFG"}, ["Apple"]),
        ({"genericTickList": "292:DJNL+BRFUPDN"}, ["Apple too"]),
        ({"genericTickList": "233"}, []),
        (BROAD | {"genericTickList": "mdoff,292"}, ["Apple", "Market"]),
    ],
)
def test_headlines_reach_who_asked_for_them(values: Values, headlines: list[str]) -> None:
    desk = Desk(Exchange(start=MORNING), QuotesService)
    desk.ask(requests.REQ_MKT_DATA, filled(requests.REQ_MKT_DATA, **values))
    desk.exchange.publish("Apple", provider="BRFG", con_ids=(CON_ID,))
    desk.exchange.publish("Apple too", provider="DJNL", con_ids=(CON_ID,))
    desk.exchange.publish("Market", provider="BRFG")
    desk.exchange.publish("Microsoft", provider="DJNL", con_ids=(272093,))
    desk.hear()
    told = desk.client.named("tickNews")
    assert [news["headline"] for news in told] == headlines
    assert {news["timeStamp"] for news in told} <= {int(MORNING.timestamp() * 1000)}
    if "mdoff" in values["genericTickList"]:
        assert not desk.client.named("tickPrice")
