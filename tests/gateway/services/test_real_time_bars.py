"""Real-time bars: the same that history gives, each once, when it has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.told.reports import HistoryBar
from ibtui.gateway.services.real_time_bars import RealTimeBars
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values
from tests.gateway.listener import Desk
from tests.gateway.raw import CON_ID, started_client
from tests.gateway.requests import filled
from tests.gateways import MORNING, running_gateway


def streamed(values: Values) -> tuple[float, ...]:
    names = ("time", "open", "high", "low", "close", "volume", "wap", "count")
    return tuple(values[name] for name in names)


def recorded(bar: HistoryBar) -> tuple[float, ...]:
    prices = (bar.open, bar.high, bar.low, bar.close)
    return bar.time.timestamp(), *prices, bar.volume, bar.average, bar.count


@pytest.mark.parametrize("what", ["TRADES", "MIDPOINT", "BID", "ASK"])
def test_what_streamed_is_what_history_gives_later(what: str) -> None:
    desk = Desk(Exchange(start=MORNING + timedelta(seconds=3)), RealTimeBars)
    desk.ask(market.REQ_REAL_TIME_BARS, filled(market.REQ_REAL_TIME_BARS, whatToShow=what, barSize=5))
    desk.advance(97, step=0.25)
    later = desk.exchange.history(CON_ID, end=MORNING + timedelta(seconds=100), seconds=100, bar=5, what=what)
    bars = [streamed(values) for values in desk.client.named("realtimeBar")]
    assert len(bars) >= 18
    assert bars == [recorded(bar) for bar in later]


def test_bars_missed_in_a_long_step_follow() -> None:
    desk = Desk(Exchange(start=MORNING), RealTimeBars)
    desk.ask(market.REQ_REAL_TIME_BARS, filled(market.REQ_REAL_TIME_BARS, whatToShow="TRADES"))
    desk.advance(90, step=90)
    later = desk.exchange.history(CON_ID, end=MORNING + timedelta(seconds=90), seconds=90, bar=5)
    assert [streamed(values) for values in desk.client.named("realtimeBar")] == [recorded(bar) for bar in later]
    assert len(later) > 15


async def test_over_the_wire_and_its_refusals() -> None:
    async with running_gateway(speed=20.0) as gateway, started_client(gateway) as client:
        client.send(market.REQ_REAL_TIME_BARS, **filled(market.REQ_REAL_TIME_BARS, whatToShow="TRADES"))
        bar = await client.one("realtimeBar")
        assert bar["reqId"] == 42
        assert bar["time"] % 5 == 0
        assert bar["low"] <= bar["open"] <= bar["high"]
        client.send(market.REQ_REAL_TIME_BARS, **filled(market.REQ_REAL_TIME_BARS, whatToShow="TRADES"))
        assert (await client.one("error"))["errorCode"] == 322
        client.send(market.CANCEL_REAL_TIME_BARS, reqId=42)
        client.send(market.CANCEL_REAL_TIME_BARS, reqId=42)
        assert (await client.one("error"))["errorCode"] == 300
        client.send(market.REQ_REAL_TIME_BARS, **filled(market.REQ_REAL_TIME_BARS, whatToShow="NOISE"))
        assert (await client.one("error"))["errorCode"] == 420
