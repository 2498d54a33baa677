"""An entry is over with its instrument's session: early closes, a future's evening, and the last close of a day."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ibtui.backtest.broker import Simulated
from ibtui.backtest.settings import Settings
from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.link.worker import Begin
from ibtui.strategies.author.asking import asked
from ibtui.worker.shadow import Shadow

A = Instrument(symbol="A", con_id=1, sec_type="STK", root="A", exchange="SMART", currency="USD")
ES = Instrument(
    symbol="ESZ6",
    con_id=2,
    sec_type="FUT",
    root="ES",
    exchange="CME",
    currency="USD",
    expiry="20261218",
    multiplier=Decimal(50),
)
CASES = [
    pytest.param(A, "2026-11-25T20:58", "2026-11-25T20:59", True, id="in the session's last minute"),
    pytest.param(A, "2026-11-25T20:58", "2026-11-27T14:30", False, id="the next session"),
    pytest.param(A, "2026-11-25T20:59", "2026-11-27T14:30", True, id="asked for at the last close"),
    pytest.param(A, "2026-11-27T17:58", "2026-11-27T18:30", False, id="after an early close"),
    pytest.param(ES, "2026-11-23T21:30", "2026-11-23T21:59", True, id="a future's last minute"),
    pytest.param(ES, "2026-11-23T21:30", "2026-11-23T23:00", False, id="a future's evening is of the next session"),
    pytest.param(ES, "2026-11-23T23:30", "2026-11-24T05:30", True, id="a future's session goes on over midnight"),
]


def bar(symbol: str, text: str, low: float = 100) -> tuple[Bar, ...]:
    return (Bar(symbol, datetime.fromisoformat(text).replace(tzinfo=UTC), 100, 100, low, 100),)


@pytest.mark.parametrize(("instrument", "asked_in", "then", "fills"), CASES)
def test_an_entry_over_the_past_is_good_for_its_session(
    instrument: Instrument, asked_in: str, then: str, fills: bool
) -> None:
    symbol = instrument.symbol
    settings = Settings(cash=1_000_000.0, commission="none", instruments={symbol: instrument})
    broker = Simulated(settings, (symbol,), 60, check=lambda *_: None)
    broker.match(bar(symbol, asked_in))
    broker.place(asked(symbol, Side.BUY, 1, 99.5, None))
    broker.match(bar(symbol, then, low=99))
    assert bool(broker.position(symbol)) is fills
    assert broker.orders(symbol) == ()


@pytest.mark.parametrize(("instrument", "asked_in", "then", "fills"), CASES)
def test_an_entry_over_recorded_quotes_is_good_for_its_session(
    instrument: Instrument, asked_in: str, then: str, fills: bool
) -> None:
    """It is over before the first quote of the next session, not with the first bar that closes in it."""
    symbol = instrument.symbol
    settings = Settings(cash=1_000_000.0, commission="none", instruments={symbol: instrument})
    broker = Simulated(settings, (symbol,), 60, check=lambda *_: None)
    (met,), (later,) = bar(symbol, asked_in), bar(symbol, then)
    broker.quoted(Quote(symbol=symbol, bid=99.99, ask=100.01, last=100.0), met.time)
    broker.at(None)
    broker.match((met,))
    broker.place(asked(symbol, Side.BUY, 1, 99.5, None))
    broker.settle()
    broker.quoted(Quote(symbol=symbol, bid=98.99, ask=99.01, last=99.0), later.time)
    assert bool(broker.position(symbol)) is fills
    assert broker.orders(symbol) == ()


@pytest.mark.parametrize(("instrument", "asked_in", "then", "fills"), CASES)
def test_an_entry_in_shadow_is_good_for_its_session(
    instrument: Instrument, asked_in: str, then: str, fills: bool
) -> None:
    symbol = instrument.symbol
    begin = Begin(parameters={}, position={}, orders=(), equity=1e6, shadow=True)
    shadow = Shadow(lambda message: None, begin, (symbol,))
    shadow.trade((instrument,))
    shadow.live = shadow.sending = True
    for bars, moves in ((bar(symbol, asked_in), True), (bar(symbol, then, low=99), False)):
        shadow.bars_closed(bars, 60)
        shadow.match(bars)
        if moves:
            shadow.place(asked(symbol, Side.BUY, 1, 99.5, None))
    assert bool(shadow.position(symbol)) is fills
    assert shadow.orders(symbol) == ()
