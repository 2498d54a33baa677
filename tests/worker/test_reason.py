"""The reason that is logged with an order: what the strategy explained with it, never an earlier bar's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument
from ibtui.domain.signal import signal
from ibtui.link.worker import BarClosed, Begin, Finish, FromWorker, Past, Said, SignalSeen, ToWorker
from ibtui.strategies import Signal, Strategy, param
from ibtui.worker.live import Live
from ibtui.worker.pipe import Pipe

SPY = Instrument(symbol="SPY", con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")
BEGAN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class Reasoned(Strategy):
    """Explains and buys in every order of the two."""

    symbol: str = param("SPY", kind="symbol")
    bar: str = param("1min", kind="bar")

    def on_start(self) -> None:
        self.number = 0

    def on_bar(self, bar: Bar) -> None:
        self.number += 1
        deeds: list[list[str | int]] = [
            ["one", 1],
            ["two, nothing is bought"],
            [3],
            [4, "four"],
            ["no", "five", 5],
            ["six"],
        ]
        for deed in deeds[self.number - 1] if self.number <= len(deeds) else []:
            if isinstance(deed, str):
                self.explain(deed)
            else:
                self.buy("SPY", deed)

    def on_event(self, event: Signal) -> None:
        self.buy("SPY", 7)
        self.explain("seven, of {}", event.kind)


class Engine:
    """The engine's end of the pipe: bars, then a headline."""

    def __init__(self) -> None:
        self.said: list[str] = []
        bars = [BarClosed(bars=(Bar("SPY", BEGAN + timedelta(minutes=n), 100, 100, 100, 100),)) for n in range(6)]
        news = SignalSeen(signal=signal(BEGAN + timedelta(minutes=7), "news", "SPY", text="up"))
        told: list[ToWorker] = [Past(instruments=(SPY,), bars=()), *bars, news, Finish()]
        self._told = iter(told)

    def receive(self) -> ToWorker:
        return next(self._told)

    def send(self, message: FromWorker) -> None:
        if isinstance(message, Said):
            self.said.append(message.text)


@pytest.mark.parametrize("shadow", [False, True])
def test_what_is_logged_with_an_order_was_explained_with_it(shadow: bool) -> None:
    engine = Engine()
    begin = Begin(parameters={}, position={}, orders=(), equity=1e6, shadow=shadow, time=BEGAN)
    Live(cast("Pipe", engine), Reasoned, begin).run()
    assert engine.said == ["one", "four", "five", "seven, of news"]
