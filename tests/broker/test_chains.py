"""Option chains over a real socket: which options, their figures, and lines that are given back."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.broker import Session
from ibtui.broker.data import chains
from ibtui.broker.data.chains import QualifiedChain, near
from ibtui.domain.event import BrokerSaid, InstrumentSeen, QuoteChanged
from ibtui.domain.failure import IbtuiError
from tests.broker.sessions import active_session, requests_to
from tests.clocks import CLOCK, ManualClock
from tests.gateways import MORNING, running_gateway

DETAILS, DATA, CANCEL_DATA, PARAMETERS = 9, 1, 2, 78


def morning() -> ManualClock:
    """The gateway's day; time-outs do not run."""
    return ManualClock(MORNING)


async def ask(session: Session, symbol: str, spot: float, days: float | None = 20, strikes: int = 14) -> QualifiedChain:
    return await session.chain(await session.resolve(symbol), spot, days=days, strikes=strikes)


async def test_a_chain_with_its_figures() -> None:
    async with running_gateway() as gateway, active_session(gateway, clock=morning()) as (session, _):
        listed = await ask(session, "AAPL", 187.4)
        chain = listed.chain
        assert (chain.underlying, chain.spot, chain.multiplier, chain.time) == ("AAPL", 187.4, 100.0, MORNING)
        assert chain.expiries == (date(2026, 12, 18),)
        assert 10 <= len(chain.options) <= 28
        assert [option.symbol for option in chain.options] == [item.symbol for item in listed.instruments]
        for option in chain.options:
            assert option.bid is not None
            assert option.ask is not None
            assert option.bid < option.ask
            assert None not in (option.delta, option.gamma, option.vega, option.theta, option.implied_volatility)
            assert option.open_interest
        call = chain.pick("C", delta=0.30, days=20)
        assert call.delta == pytest.approx(0.30, abs=0.08)
        assert call.strike > 187.4
        assert chain.pick("P", delta=0.30).delta == pytest.approx(-0.30, abs=0.08)
        assert {leg.strike for leg in chain.straddle()} == {187.5}


async def test_the_figures_are_the_exchanges_own() -> None:
    async with running_gateway() as gateway, active_session(gateway, clock=morning()) as (session, _):
        listed = await ask(session, "SPY", 670.0)
        option, instrument = listed.chain.options[5], listed.instruments[5]
        figures = gateway.backend.exchange.greeks(instrument.con_id)
        assert option.delta == pytest.approx(figures.delta, abs=0.02)
        assert option.implied_volatility == pytest.approx(figures.iv, abs=0.01)
        assert option.open_interest == pytest.approx(gateway.backend.exchange.open_interest(instrument.con_id), abs=50)


async def test_options_on_a_future() -> None:
    async with running_gateway() as gateway, active_session(gateway, clock=morning()) as (session, _):
        listed = await ask(session, "ESZ6", 6700.0, days=8)
        assert listed.chain.multiplier == 50.0
        assert listed.chain.expiries == (date(2026, 12, 4),)
        call = listed.chain.at_the_money("C")
        assert call.symbol.startswith("EW1Z6C67")
        resolved = await session.resolve(call.symbol)
        assert (resolved.exchange, resolved.sec_type) == ("CME", "OPT")


async def test_every_line_is_given_back_and_nobody_hears_of_them() -> None:
    async with running_gateway() as gateway, active_session(gateway, clock=morning()) as (session, story):
        await session.resolve("AAPL")
        asked = requests_to(gateway)
        before = len(story.events)
        listed = await ask(session, "AAPL", 187.4, strikes=50)
        assert asked.count(DATA) == len(listed.chain.options) <= 40
        await story.until(lambda: asked.count(CANCEL_DATA) == asked.count(DATA))
        kinds = {type(event) for event in story.events[before:]}
        assert not kinds & {QuoteChanged, InstrumentSeen, BrokerSaid}
        chosen = await session.resolve(listed.chain.options[0].symbol)
        assert [event.instrument for event in story.of(InstrumentSeen)][-1] is chosen


async def test_which_options_there_are_is_asked_once_a_day() -> None:
    async with running_gateway() as gateway:
        clock = morning()
        async with active_session(gateway, clock=clock) as (session, _):
            await session.resolve("AAPL")
            asked = requests_to(gateway)
            await asyncio.gather(ask(session, "AAPL", 187.4, strikes=2), ask(session, "AAPL", 187.4, strikes=2))
            await ask(session, "AAPL", 187.4, strikes=2)
            assert (asked.count(PARAMETERS), asked.count(DETAILS)) == (1, 1)
            await ask(session, "AAPL", 187.4, days=40, strikes=2)
            assert (asked.count(PARAMETERS), asked.count(DETAILS)) == (1, 2)
            clock.advance(86_400)
            await ask(session, "AAPL", 187.4, strikes=2)
            assert (asked.count(PARAMETERS), asked.count(DETAILS)) == (2, 3)


async def test_what_has_no_options_is_said() -> None:
    async with running_gateway() as gateway, active_session(gateway, clock=morning()) as (session, _):
        for symbol, days in (("JPM", 20), ("AAPL", 5_000)):
            with pytest.raises(IbtuiError) as caught:
                await ask(session, symbol, 200.0, days=days)
            assert caught.value.code == "no_option"


async def test_a_market_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "LOOK", 0.2)
    monkeypatch.setattr(chains, "FIRST_LOOK", 0.1)
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        asked = requests_to(gateway)
        under = await session.resolve("AAPL")
        gateway.faults.swallow(DATA)
        days = (date(2026, 12, 10) - CLOCK.now().date()).days
        with pytest.raises(IbtuiError) as caught:
            await session.chain(under, 187.4, days=days, strikes=4)
        assert caught.value.code == "no_answer"
        await story.until(lambda: asked.count(CANCEL_DATA) == asked.count(DATA) > 0)


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=200, unique=True),
    st.floats(0.5, 500),
    st.floats(0, 600),
    st.integers(1, 20),
)
def test_strikes_are_few_spread_and_around_the_money(steps: list[int], spot: float, reach: float, count: int) -> None:
    strikes = sorted(step * 2.5 for step in steps)
    chosen = near(strikes, spot, reach, count)
    assert 1 <= len(chosen) <= count
    assert list(chosen) == sorted(set(chosen))
    assert set(chosen) <= set(strikes)
    assert min(abs(strike - spot) for strike in chosen) == min(abs(strike - spot) for strike in strikes)
    inside = [strike for strike in strikes if abs(strike - spot) <= reach]
    if len(inside) >= 5:
        assert all(abs(strike - spot) <= reach for strike in chosen)
