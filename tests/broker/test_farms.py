"""Data farms that go down and come back: what of it is stale, and how often it is told."""

from __future__ import annotations

from typing import Literal

import pytest

from ibtui.broker import Session
from ibtui.broker.transport.farms import Farms, serves
from ibtui.domain.event import BrokerSaid, QuoteChanged
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument, SecType
from ibtui.domain.quote import Quote
from tests.broker.sessions import Story, active_session, requests_to
from tests.gateways import running_gateway

HISTORY, DETAILS, MARKET_DATA = 20, 9, 1


def newest(story: Story, symbol: str) -> Quote | None:
    found = [event.quote for event in story.of(QuoteChanged) if event.quote.symbol == symbol]
    return found[-1] if found and found[-1].bid else None


async def watch(session: Session, story: Story, *names: str) -> None:
    for name in names:
        session.subscribe(await session.resolve(name))
    await story.until(lambda: all(newest(story, name) for name in names))


async def test_what_comes_from_a_farm_that_is_down_is_frozen_until_it_is_back() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        await watch(session, story, "AAPL", "EUR.USD")
        before = newest(story, "AAPL")
        assert before is not None
        gateway.faults.farm("usfarm")
        stale = await story.until(lambda: (q := newest(story, "AAPL")) and q.kind == "frozen" and q)
        assert isinstance(stale, Quote)
        assert stale.received >= before.received
        rate = newest(story, "EUR.USD")
        assert rate is not None
        assert rate.kind == "real-time"
        said = [event for event in story.of(BrokerSaid) if "usfarm" in event.text]
        assert [(event.code, event.level) for event in said] == [(2103, "warning")]
        asked = requests_to(gateway)
        gateway.faults.farm("usfarm", down=False)
        await story.until(lambda: (q := newest(story, "AAPL")) and q.kind == "real-time")
        assert asked.count(MARKET_DATA) == 1
        said = [event for event in story.of(BrokerSaid) if "usfarm" in event.text]
        assert [(event.code, event.level) for event in said] == [(2103, "warning"), (2104, "info")]


async def test_that_all_is_well_at_connect_is_not_told() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        await watch(session, story, "AAPL")
        assert not story.of(BrokerSaid)


async def test_a_price_that_still_comes_shows_that_it_comes_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibtui.broker.data.quotes.SETTLED", -1.0)
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        await watch(session, story, "AAPL")
        gateway.faults.error(2103, "Market data farm connection is broken:usfarm")
        await story.until(lambda: (q := newest(story, "AAPL")) and q.kind == "frozen")
        gateway.backend.exchange.set_price((await session.resolve("AAPL")).con_id, 191.0)
        await story.until(lambda: (q := newest(story, "AAPL")) and q.kind == "real-time")


async def test_what_a_history_farm_that_is_down_refuses_is_not_missing() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        aapl = await session.resolve("AAPL")
        gateway.faults.error(2105, "HMDS data farm connection is broken:ushmds")
        await story.until(lambda: story.of(BrokerSaid))
        gateway.faults.deny(162, "Historical Market Data Service error message:HMDS query returned no data", HISTORY)
        with pytest.raises(IbtuiError, match="while its history farm ushmds is down"):
            await session.history(aapl, bar=60, count=5)


async def test_a_name_is_not_unknown_while_the_farm_that_knows_it_is_down() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        gateway.faults.error(2157, "Sec-def data farm connection is broken:secdefnj")
        await story.until(lambda: story.of(BrokerSaid))
        gateway.faults.deny(200, "No security definition has been found for the request", DETAILS)
        with pytest.raises(IbtuiError, match="its farm secdefnj is down") as caught:
            await session.resolve("AAPL")
        assert caught.value.code == "no_answer"


def test_a_notice_is_news_when_it_changes_something() -> None:
    farms = Farms()
    heard = [
        farms.hear(code, text)
        for code, text in (
            (2104, "is OK:usfarm"),
            (2103, "is broken:usfarm"),
            (2103, "is broken:usfarm"),
            (2103, "is broken:eufarm"),
            (2108, "is inactive but should be available upon demand.usfarm.nj"),
            (2104, "is OK:usfarm"),
        )
    ]
    assert [farm and (farm.name, farm.down) for farm in heard] == [
        None,
        ("usfarm", True),
        None,
        ("eufarm", True),
        None,
        ("usfarm", False),
    ]
    assert farms.down("market data") == "eufarm"
    assert farms.down("history") == ""


def listed(sec_type: SecType, currency: str = "USD", right: Literal["", "C"] = "") -> Instrument:
    return Instrument(
        symbol=sec_type, con_id=1, sec_type=sec_type, root="X", exchange="X", currency=currency, right=right
    )


LISTED = {
    "stock": listed("STK"),
    "bund": listed("STK", "EUR"),
    "option": listed("OPT", right="C"),
    "future": listed("FUT"),
    "pair": listed("CASH"),
}


@pytest.mark.parametrize(
    ("farm", "served"),
    [
        ("usfarm", "stock option future"),
        ("usfarm.nj", "stock option future"),
        ("usopt", "option"),
        ("usfuture", "option future"),
        ("cashfarm", "pair"),
        ("eufarm", "bund"),
        ("jfarm", ""),
        ("somefarm", "stock bund option future pair"),
    ],
)
def test_what_a_farm_may_serve(farm: str, served: str) -> None:
    assert [name for name, item in LISTED.items() if serves(farm, item)] == served.split()
