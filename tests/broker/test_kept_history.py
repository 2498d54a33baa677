"""History that is kept up to date: how its streams die, and that each is begun anew; the room for 50 requests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.data.history_budget import STREAMS, HistoryBudget
from ibtui.broker.data.kept_history import SILENCE, KeptHistory
from ibtui.broker.data.rules import MarketRules
from ibtui.broker.transport.wire import Wire
from ibtui.domain.bar import HISTORY_REQUESTS, Bar
from ibtui.domain.calendar.new_york import midnight
from ibtui.domain.event import BrokerSaid, Event, HistoryRequests
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from tests.broker.sessions import active_session
from tests.clocks import ManualClock
from tests.gateways import running_gateway

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
MONDAY = midnight(NOON.date())
SPY = Instrument(symbol="SPY", con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")
DAY = 86_400


class WrittenWire(Wire):
    """A way to IB on which what is written is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[tuple[str, tuple[Any, ...]]] = []
        self.up = True

    @property
    def connected(self) -> bool:
        return self.up

    def write(self, request: str, *arguments: Any) -> None:
        self.written.append((request, arguments))

    def numbers(self) -> list[int]:
        return [arguments[0] for request, arguments in self.written if request == "reqHistoricalData"]


class Bench:
    """Kept history without a connection, and what it told."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        self.wire = WrittenWire()
        self.events: list[Event] = []
        self.budget = HistoryBudget()
        contracts = Contracts(self.wire, MarketRules(self.wire), self.events.append, 1.0)
        self.kept = KeptHistory(self.wire, contracts, self.budget, self.events.append, self.clock)
        self.heard: list[tuple[Bar, ...]] = []
        self.end = self.kept.keep(SPY, bar=DAY, hours=None, count=60, heard=self.heard.append)

    def answer(self, close: float) -> None:
        """IB's first answer to the newest request."""
        number = self.wire.numbers()[-1]
        assert self.kept.row(number, row(close))
        assert self.kept.whole(number)


def row(close: float) -> SimpleNamespace:
    return SimpleNamespace(
        date="20261123", open=close, high=close, low=close, close=close, volume=5.0, average=close, barCount=1
    )


async def test_a_stream_asks_for_regular_hours_and_tells_what_comes() -> None:
    bench = Bench()
    bench.answer(100)
    bench.kept.update(bench.wire.numbers()[0], row(101))
    assert [[(bar.time, bar.close) for bar in bars] for bars in bench.heard] == [[(MONDAY, 100)], [(MONDAY, 101)]]
    request, arguments = bench.wire.written[0]
    assert (request, arguments[4:]) == ("reqHistoricalData", ("1 day", "TRADES", True, 2, True, []))


async def test_at_midnight_and_after_a_silence_in_an_open_session_it_is_begun_anew() -> None:
    bench = Bench()
    bench.answer(100)
    bench.clock.advance(SILENCE - 1)
    bench.kept.look()
    assert len(bench.wire.numbers()) == 1
    bench.clock.advance(1)
    bench.kept.look()
    assert len(bench.wire.numbers()) == 2
    bench.answer(100)
    bench.clock.advance(6 * 3_600)
    bench.kept.look()
    assert len(bench.wire.numbers()) == 2, "after the close nothing is told, and that is right"
    bench.clock.advance(6 * 3_600)
    bench.kept.look()
    assert len(bench.wire.numbers()) == 3, "it is another day in New York"


@pytest.mark.parametrize("code", [162, 10182, 10225])
async def test_an_error_ends_it_and_it_is_asked_for_again_with_patience(code: int) -> None:
    bench = Bench()
    bench.answer(100)
    for wait, asked in ((10, 2), (20, 3)):
        assert bench.kept.complained(bench.wire.numbers()[-1], code, "Failed to request live updates")
        bench.clock.advance(wait - 1)
        bench.kept.look()
        assert len(bench.wire.numbers()) == asked - 1
        bench.clock.advance(1)
        bench.kept.look()
        assert len(bench.wire.numbers()) == asked
    assert [event.symbol for event in bench.events if isinstance(event, BrokerSaid)] == ["SPY"], "it is said once"
    assert not bench.kept.complained(7, code, "of something else")


async def test_a_new_connection_and_lost_data_ask_again_and_late_words_of_the_old_are_not_heard() -> None:
    bench = Bench()
    bench.answer(100)
    old = bench.wire.numbers()[0]
    bench.kept.start()
    bench.kept.restart()
    assert len(bench.wire.numbers()) == 3
    bench.kept.update(old, row(1))
    assert not bench.kept.whole(old)
    assert len(bench.heard) == 1
    bench.end()
    assert bench.wire.written[-1] == ("cancelHistoricalData", (bench.wire.numbers()[-1],))
    assert bench.budget.open == 0


async def test_streams_and_questions_share_fifty_requests() -> None:
    budget = HistoryBudget()
    for _ in range(STREAMS):
        budget.begin_stream("SPY")
    with pytest.raises(IbtuiError, match="44 of IB's 50 open history requests are in use") as refused:
        budget.begin_stream("SPY")
    assert refused.value.code == "no_history"
    most = 0

    async def ask() -> None:
        nonlocal most
        async with budget.question(5.0):
            most = max(most, budget.open)
            await asyncio.sleep(0)

    await asyncio.gather(*(ask() for _ in range(30)))
    assert (most, budget.open) == (HISTORY_REQUESTS, STREAMS)
    full = HistoryBudget(most=1, streams=1)
    full.begin_stream("SPY")
    with pytest.raises(IbtuiError) as waited:
        async with full.question(0.0):
            raise AssertionError("there is no room")
    assert waited.value.code == "history_paced"


async def test_over_the_wire_it_is_what_history_gives_and_it_outlives_the_connection() -> None:
    async with running_gateway(start=NOON) as gateway, active_session(gateway) as (session, story):
        apple = await session.resolve("AAPL")
        heard: list[tuple[Bar, ...]] = []
        told = asyncio.Event()

        def hear(bars: tuple[Bar, ...]) -> None:
            heard.append(bars)
            told.set()

        end = session.keep(apple, bar=DAY, count=5, hours=None, heard=hear)
        await told.wait()
        past = await session.history(apple, bar=DAY, count=5)
        assert [bar.time for bar in heard[0]][-5:] == [bar.time for bar in past]
        assert heard[0][-2] == past[-2]
        assert past[-1].time == MONDAY
        gateway.faults.drop()
        count = len(heard)
        told.clear()
        while not any(len(bars) > 1 for bars in heard[count:]):
            await told.wait()
            told.clear()
        end()
        assert [event.open for event in story.of(HistoryRequests)] == [1, 2, 1, 0], "the stream, and one question"
