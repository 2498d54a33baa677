"""One session of quotes, signals and bars decides and fills the same in shadow, as it comes, and over its recording."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibtui.backtest import Settings, run
from ibtui.domain.instrument import Instrument
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal, signal
from ibtui.link.worker import BarClosed, Begin, Finish, FromWorker, Past, QuoteMoved, SignalSeen, ToWorker
from ibtui.recording.playing import Moment, PlayedQuote, moments_of
from ibtui.recording.rows import Recorded
from ibtui.strategies import Bar, Fill, Strategy, param
from ibtui.strategies.author.parameters import values
from ibtui.worker.live import Live
from tests.backtest.past import OPENED

SPY = Instrument(symbol="SPY", con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")
SECOND = timedelta(seconds=1)


class Done(NamedTuple):
    """Something that a strategy saw or was told."""

    what: str
    time: datetime
    price: float | None
    held: float


class Diary(Strategy):
    """Writes down what it is told, when, at which last price, and holding what."""

    symbol: str = param("SPY", kind="symbol")
    bar: str = param("10s", kind="bar")

    def on_start(self) -> None:
        self.diary: list[Done] = []
        self.bars_seen = 0

    def note(self, what: str) -> None:
        if not self.warming:
            self.diary.append(Done(what, self.now, self.last("SPY"), self.position("SPY")))

    def on_fill(self, fill: Fill) -> None:
        self.diary.append(Done(f"{fill.side} {fill.quantity}", fill.time, fill.price, self.position("SPY")))


class OnBars(Diary):
    """Turns on every other bar, with brackets and limits."""

    def on_bar(self, bar: Bar) -> None:
        self.bars_seen += 1
        self.note("bar")
        if self.bars_seen % 4 == 1:
            self.buy("SPY", 10, sl=round(bar.close * 0.999, 2), tp=round(bar.close * 1.001, 2))
        elif self.bars_seen % 4 == 2:
            self.sell("SPY", 4)
        elif self.bars_seen % 4 == 3:
            self.buy("SPY", 5, limit=round(bar.close - 0.02, 2))
        else:
            self.close("SPY")


class OnQuotes(Diary):
    """Buys what fell and sells what rose since the last quote."""

    before: float = 0.0

    def on_quote(self, quote: Quote) -> None:
        self.note("quote")
        price = quote.last or 0.0
        if self.before and price < self.before - 0.03:
            self.buy("SPY", 3)
        elif price > self.before + 0.03 and self.position("SPY") > 0:
            self.close("SPY")
        self.before = price


class OnSignals(Diary):
    """Follows another program's predictions."""

    def on_event(self, event: Signal) -> None:
        self.note("signal")
        if (event.value or 0) > 0.5:
            self.buy("SPY", 7, sl=round((self.last("SPY") or 100) - 0.05, 2))
        else:
            self.close("SPY")


KINDS: list[type[Diary]] = [OnBars, OnQuotes, OnSignals]


class Heard(NamedTuple):
    moment: timedelta
    what: Quote | float
    """A quote, or the value of a prediction."""


@st.composite
def sessions(draw: st.DrawFn) -> list[Heard]:
    """A minute or two of a market and of predictions about it, no two at one moment; a recording ends with a quote."""
    steps = draw(st.lists(st.tuples(st.integers(1, 4_000), st.integers(-6, 6), st.booleans()), min_size=5, max_size=60))
    heard, at, price, volume = [Heard(timedelta(milliseconds=1), quote(10_000, 0))], 1, 10_000, 0
    for wait, move, market in steps:
        at, price, volume = at + wait, price + move, volume + 100
        at += at % 1000 == 0  # nothing comes at the very moment at which a bar closes
        heard.append(Heard(timedelta(milliseconds=at), quote(price, volume) if market else (move + 6) / 12))
    heard.append(Heard(timedelta(milliseconds=at + 1), quote(price, volume + 100)))
    return heard


def quote(cents: int, volume: int) -> Quote:
    price = cents / 100
    bid, ask = round(price - 0.01, 2), round(price + 0.01, 2)
    return Quote(symbol="SPY", bid=bid, ask=ask, last=price, volume=float(volume))


def moments(heard: list[Heard]) -> list[Moment]:
    facts = [Recorded(OPENED + moment, what) for moment, what in heard if isinstance(what, Quote)]
    return list(moments_of(facts, 10, until=OPENED + heard[-1].moment + 30 * SECOND))


def predictions(heard: list[Heard]) -> list[Signal]:
    return [signal(OPENED + at, "prediction", "SPY", what) for at, what in heard if isinstance(what, float)]


def over_the_past(kind: type[Diary], heard: list[Heard]) -> list[Done]:
    made: list[Diary] = []

    class Ours(kind):  # type: ignore[valid-type, misc]
        def on_start(self) -> None:
            super().on_start()
            made.append(self)

    free = Settings(commission="none", instruments={"SPY": SPY})
    run(Ours, moments(heard), values(Ours, {}), free, seconds=10, symbols=["SPY"], signals=predictions(heard))
    return made[0].diary


class SessionClock:
    """Shows the moment of the message that was read last."""

    def __init__(self) -> None:
        self.moment = OPENED

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - OPENED).total_seconds()


class ReplayPipe:
    """Gives a worker messages, each at its time, and takes what it says."""

    def __init__(self, clock: SessionClock, messages: list[tuple[datetime, ToWorker]]) -> None:
        self._clock = clock
        self._messages = iter(messages)

    def receive(self) -> ToWorker:
        self._clock.moment, message = next(self._messages, (self._clock.moment, Finish()))
        return message

    def send(self, message: FromWorker) -> None:
        """Nobody asks."""


def in_shadow(kind: type[Diary], heard: list[Heard]) -> list[Done]:
    told = [(one.time, SignalSeen(signal=one)) for one in predictions(heard)]
    market = [(_when(moment), _message(moment)) for moment in moments(heard)]
    messages = sorted([*told, *market], key=lambda pair: pair[0])
    clock = SessionClock()
    pipe: Any = ReplayPipe(clock, [(OPENED, Past(instruments=(SPY,), bars=())), *messages])
    live = Live(pipe, kind, Begin(parameters={}, position={}, orders=(), equity=100_000.0, shadow=True))
    live._broker.clock = clock
    live.run()
    strategy = live._strategy
    assert isinstance(strategy, Diary)
    return strategy.diary


def _when(moment: Moment) -> datetime:
    return moment.time if isinstance(moment, PlayedQuote) else moment[0].time + 10 * SECOND


def _message(moment: Moment) -> QuoteMoved | BarClosed:
    return (
        QuoteMoved(quote=moment.quote, time=moment.time) if isinstance(moment, PlayedQuote) else BarClosed(bars=moment)
    )


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(heard=sessions())
def test_a_recording_decides_and_fills_as_the_shadow_did(kind: type[Diary], heard: list[Heard]) -> None:
    if not any(not isinstance(moment, PlayedQuote) for moment in moments(heard)):
        return  # nothing to run over
    assert over_the_past(kind, heard) == in_shadow(kind, heard)
