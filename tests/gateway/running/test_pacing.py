"""Rates: fifty messages a second, sixty historical requests in ten minutes, and no identical one within 15 s."""

from __future__ import annotations

import pytest

from ibtui.exchange.refusal import Refused
from ibtui.gateway.running.pacing import HISTORIES, MESSAGES, VIOLATIONS, Pacing
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values
from tests.clocks import ManualClock
from tests.gateway.raw import AAPL, started_client
from tests.gateways import MORNING, running_gateway

TIME = requests.REQ_CURRENT_TIME
HISTORY = requests.REQ_HISTORICAL_DATA


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def pacing(clock: ManualClock) -> Pacing:
    return Pacing(clock.monotonic)


def history(number: int, duration: str, what: str = "TRADES") -> Values:
    return {"reqId": number, "symbol": "AAPL", "durationStr": duration, "whatToShow": what}


def test_fifty_messages_a_second_and_no_more(pacing: Pacing, clock: ManualClock) -> None:
    for _ in range(MESSAGES):
        pacing.check(TIME, {})
    with pytest.raises(Refused, match="max=50 rec=51") as caught:
        pacing.check(TIME, {})
    assert caught.value.code == 100
    clock.advance(1.0)
    pacing.check(TIME, {})


def test_a_steady_rate_is_never_refused(pacing: Pacing, clock: ManualClock) -> None:
    for _ in range(20 * MESSAGES):
        clock.advance(1.02 / MESSAGES)
        pacing.check(TIME, {})


def test_third_second_too_fast_is_the_last(pacing: Pacing, clock: ManualClock) -> None:
    for violation in range(1, VIOLATIONS + 1):
        for _ in range(MESSAGES):
            pacing.check(TIME, {})
        assert not pacing.exhausted
        with pytest.raises(Refused, match=rf"\({violation}\)"):
            pacing.check(TIME, {})
        clock.advance(1.0)
    assert pacing.exhausted


def test_identical_history_waits_fifteen_seconds(pacing: Pacing, clock: ManualClock) -> None:
    pacing.check(HISTORY, history(1, "1 D"))
    pacing.check(HISTORY, history(2, "2 D"))
    clock.advance(14.9)
    with pytest.raises(Refused, match="pacing violation") as caught:
        pacing.check(HISTORY, history(3, "1 D"))
    assert caught.value.code == 162
    clock.advance(0.1)
    pacing.check(HISTORY, history(4, "1 D"))


@pytest.mark.parametrize(("what", "most"), [("TRADES", HISTORIES), ("BID_ASK", HISTORIES // 2)])
def test_sixty_histories_in_ten_minutes(pacing: Pacing, clock: ManualClock, what: str, most: int) -> None:
    for number in range(most):
        pacing.check(HISTORY, history(number, f"{number + 1} D", what))
        clock.advance(1.0)
    with pytest.raises(Refused, match="pacing violation"):
        pacing.check(HISTORY, history(99, "99 D"))
    clock.advance(600.0)
    pacing.check(HISTORY, history(99, "99 D"))


async def test_who_is_too_fast_is_told_under_the_number_of_the_violation() -> None:
    async with running_gateway(pacing=True) as gateway, started_client(gateway) as client:
        for _ in range(MESSAGES):
            client.send(TIME)
        client.send(requests.REQ_MATCHING_SYMBOLS, reqId=42, pattern="AAPL")
        error = await client.one("error")
        assert (error["reqId"], error["errorCode"]) == (1, 100)


async def test_nobody_is_held_to_a_rate_unless_asked_for() -> None:
    async with running_gateway() as gateway, started_client(gateway) as client:
        for _ in range(4 * MESSAGES):
            client.send(TIME)
        client.send(requests.REQ_MATCHING_SYMBOLS, reqId=42, pattern="AAPL")
        seen = await client.until("symbolSamples")
        assert [message.name for message in seen] == ["currentTime"] * 4 * MESSAGES + ["symbolSamples"]


async def test_identical_history_over_the_wire() -> None:
    wanted = AAPL | {
        "strike": None,
        "includeExpired": False,
        "endDateTime": "",
        "barSizeSetting": "1 min",
        "durationStr": "600 S",
        "useRTH": False,
        "whatToShow": "TRADES",
        "formatDate": 1,
        "keepUpToDate": False,
        "chartOptions": "",
    }
    async with running_gateway(pacing=True) as gateway, started_client(gateway) as client:
        client.send(HISTORY, reqId=1, **wanted)
        await client.one("historicalData")
        client.send(HISTORY, reqId=2, **wanted)
        error = await client.one("error")
        assert (error["reqId"], error["errorCode"]) == (2, 162)
