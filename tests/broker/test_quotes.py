"""Quotes: what is known and what is not, told once per packet."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.data.quotes import QuoteLine, Quotes
from ibtui.broker.data.rules import MarketRules
from ibtui.broker.transport.wire import Wire
from ibtui.domain.event import BrokerSaid, Event, QuoteChanged
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from tests.broker.sessions import active_session, requests_to
from tests.clocks import ManualClock
from tests.gateways import running_gateway

AAPL = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")
BID, ASK, LAST, CLOSE, DELAYED_BID = 1, 2, 4, 9, 66
BID_SIZE, VOLUME, HALTED = 0, 8, 49


class Board:
    """One quote line without a connection."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        wire = Wire()
        clock = ManualClock(datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
        clock.advance(12.5)
        self.quotes = Quotes(
            wire, Contracts(wire, MarketRules(wire), self.events.append, 1.0), self.events.append, clock
        )
        line = QuoteLine(AAPL)
        line.number = 1
        self.quotes._by_number[1] = line

    def read(self) -> Quote | None:
        self.events.clear()
        self.quotes.publish()
        told = [event.quote for event in self.events if isinstance(event, QuoteChanged)]
        assert len(told) <= 1
        return told[0] if told else None


def test_one_event_for_all_ticks_of_a_packet() -> None:
    board = Board()
    board.quotes.price(1, BID, 150.0, 300)
    board.quotes.price(1, ASK, 150.01, 200)
    board.quotes.size(1, VOLUME, 1000)
    board.quotes.generic(1, HALTED, 1)
    quote = board.read()
    assert quote == Quote(
        symbol="AAPL", bid=150.0, ask=150.01, bid_size=300, ask_size=200, volume=1000, halted=True, received=12.5
    )
    assert board.read() is None


@pytest.mark.parametrize("price", [-1.0, 0.0, math.nan, 1.7976931348623157e308])
def test_a_side_that_is_not_there_is_unknown(price: float) -> None:
    board = Board()
    board.quotes.price(1, BID, 150.0, 300)
    board.quotes.price(1, BID, price, 0)
    quote = board.read()
    assert quote is not None
    assert (quote.bid, quote.bid_size) == (None, None)


def test_a_negative_price_with_size_is_a_price() -> None:
    board = Board()
    board.quotes.price(1, BID, -1.0, 5)
    quote = board.read()
    assert quote is not None
    assert quote.bid == -1.0


def test_delayed_ticks_and_their_kind() -> None:
    board = Board()
    board.quotes.data_type(1, 3)
    board.quotes.price(1, DELAYED_BID, 149.0, 100)
    quote = board.read()
    assert quote is not None
    assert (quote.bid, quote.kind) == (149.0, "delayed")


@given(st.integers(-5, 200), st.integers(-5, 200), st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_no_tick_breaks_a_quote(number: int, tick: int, price: float, size: float) -> None:
    board = Board()
    board.quotes.price(number, tick, price, size)
    board.quotes.size(number, tick, size)
    board.quotes.generic(number, tick, price)
    board.quotes.data_type(number, tick)
    quote = board.read()
    for value in () if quote is None else (quote.bid, quote.ask, quote.last, quote.close):
        assert value is None or math.isfinite(value)


async def test_subscriptions_are_kept_and_sent_once() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        asked = requests_to(gateway)
        aapl = await session.resolve("AAPL")
        session.subscribe(aapl)
        session.subscribe(aapl)
        quote = (await story.until(lambda: [e for e in story.of(QuoteChanged) if e.quote.bid]))[-1].quote
        assert quote.symbol == "AAPL"
        assert quote.received > 0
        assert asked.count(1) == 1
        session.unsubscribe(aapl)
        session.unsubscribe(aapl)
        await session.reconcile()
        assert asked.count(2) == 1


async def test_an_error_on_a_line_names_its_symbol() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        aapl = await session.resolve("AAPL")
        session.subscribe(aapl)
        await story.until(lambda: story.of(QuoteChanged))
        number = session._parts.quotes._wanted[aapl.con_id].number
        gateway.faults.error(10197, "No market data during competing live session", number)
        said = (await story.until(lambda: [e for e in story.of(BrokerSaid) if e.code == 10197]))[0]
        assert (said.symbol, said.level) == ("AAPL", "error")
        story.events.clear()
        gateway.faults.error(2104, "Market data farm connection is OK:usfarm")
        await story.until(lambda: session._parts.quotes._wanted[aapl.con_id].number != number)
        await story.until(lambda: story.of(QuoteChanged))
