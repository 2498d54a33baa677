"""A time of a session that passed while the machine slept, in the process of a strategy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

from ibtui.domain.bar import Bar
from ibtui.link.worker import BarClosed, Begin, Past, Ping
from ibtui.strategies import Strategy, param
from ibtui.worker.live import Live
from ibtui.worker.pipe import Pipe
from tests.worker.told import SPY, Engine

BEGAN = datetime(2026, 3, 2, 15, 1, tzinfo=UTC)
WOKEN = BEGAN + timedelta(minutes=40)


class AtFive(Strategy):
    """Buys at five past ten in New York, and says of each bar that it was told."""

    symbol: str = param("SPY", kind="symbol")
    bar: str = param("1min", kind="bar")

    def on_start(self) -> None:
        self.at("10:05", self.enter)

    def enter(self, bars: tuple[Bar, ...]) -> None:
        self.buy("SPY", 5)

    def on_bar(self, bar: Bar) -> None:
        self.log(f"{bar.time:%H:%M}")


def bar(minute: int, told: datetime) -> BarClosed:
    """The bar that closes `minute` minutes after ten in New York."""
    begin = datetime(2026, 3, 2, 15, 0, tzinfo=UTC) + timedelta(minutes=minute - 1)
    return BarClosed(bars=(Bar("SPY", begin, 100, 100, 100, 100),), time=told)


def said_and_asked(*messages: BarClosed | Ping) -> tuple[list[str], list[str]]:
    engine = Engine()
    engine.tell(Past(instruments=(SPY,), bars=(), time=BEGAN), *messages)
    Live(cast("Pipe", engine), AtFive, Begin(parameters={}, position={}, orders=(), equity=1e6, time=BEGAN)).run()
    return engine.said, engine.asked


def test_bars_that_closed_while_the_machine_slept_do_not_call_what_was_due_then() -> None:
    missed = "the call at 2026-03-02 10:05:00 (10:05) was missed: it is 10:41:00 already, so it is not made up for"
    late = [bar(5, WOKEN), bar(6, WOKEN), bar(41, WOKEN)]
    assert said_and_asked(*late, Ping(time=WOKEN)) == ([missed, "15:04", "15:05", "15:40"], [])
    assert said_and_asked(Ping(time=WOKEN), *late) == ([missed, "15:04", "15:05", "15:40"], [])


def test_a_bar_of_its_time_calls_it() -> None:
    assert said_and_asked(bar(5, BEGAN + timedelta(minutes=4, seconds=1))) == (["15:04"], ["SPY"])
