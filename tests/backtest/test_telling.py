"""Signals over the past are decided at their time: with what was known then, and on prices that came after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.backtest import Settings, run
from ibtui.domain.bar import Bar
from ibtui.domain.signal import Signal, signal
from ibtui.strategies import Strategy
from ibtui.strategies.author.parameters import values
from tests.backtest.past import FREE, OPENED, Row, Script, bars, prices, walk

FLAT: Row = (100.0, 101.0, 99.0, 100.0)
MINUTE = timedelta(minutes=1)
Deeds = dict[str, Callable[[Any], Any]]


class Hearing(Script):
    """Does what a signal's text names, and writes down when it heard it, at which price, and holding what."""

    by_text: Deeds

    def on_start(self) -> None:
        super().on_start()
        self.deeds = {}
        self.heard: list[tuple[datetime, str, float | None, float]] = []

    def on_event(self, event: Signal) -> None:
        self.heard.append((self.now, event.text, self.last("A"), self.position("A")))
        deed = self.by_text.get(event.text)
        if deed is not None:
            deed(self)


def hear(
    rows: list[tuple[Bar, ...]],
    signals: list[tuple[timedelta, str]],
    deeds: Deeds,
    settings: Settings = FREE,
    seconds: int = 60,
) -> tuple[list[tuple[str, float, float]], Hearing]:
    made: list[Hearing] = []

    class Ours(Hearing):
        by_text = deeds

        def on_start(self) -> None:
            super().on_start()
            made.append(self)

    told = [signal(OPENED + since, "news", text=text) for since, text in signals]
    result = run(Ours, rows, values(Ours, {}), settings, seconds=seconds, signals=told)
    return prices(result), made[0]


def buy(strategy: Strategy) -> None:
    strategy.buy("A", 10)


ROWS: list[Row] = [FLAT, (100, 106, 100, 105), (107, 108, 104, 106), FLAT]


@pytest.mark.parametrize(
    ("after", "price", "seen"),
    [
        (timedelta(seconds=60), 100, 100),  # at the close of the first bar
        (timedelta(seconds=61), 107, 100),  # inside the second, whose open was 100 and whose close is 105
        (timedelta(seconds=119), 107, 100),
        (timedelta(seconds=120), 107, 105),  # at its close
    ],
)
def test_what_a_signal_makes_it_ask_for_meets_the_next_open(after: timedelta, price: float, seen: float) -> None:
    found, strategy = hear(bars(*ROWS), [(after, "buy")], {"buy": buy})
    assert found == [("BUY", 10, price)]
    assert strategy.heard == [(OPENED + after, "buy", seen, 0)]


def test_between_two_days_it_is_decided_before_the_second_opens() -> None:
    day, night = timedelta(days=1), timedelta(hours=14)
    rows = bars(FLAT) + bars((110, 111, 109, 110), start=OPENED + day)
    found, strategy = hear(rows, [(night, "buy")], {"buy": buy})
    assert found == [("BUY", 10, 110)]
    assert strategy.heard == [(OPENED + night, "buy", 100, 0)]


def test_before_any_price_is_known_it_waits_for_the_first_close() -> None:
    signals = [(-MINUTE, "early"), (MINUTE / 2, "inside")]
    _, strategy = hear(bars(FLAT, FLAT), signals, {})
    assert [(now, text) for now, text, *_ in strategy.heard] == [
        (OPENED + MINUTE, "early"),
        (OPENED + MINUTE, "inside"),
    ]


def test_one_of_before_the_run_is_not_told() -> None:
    signals = [(MINUTE - timedelta(seconds=1), "before"), (MINUTE, "at"), (MINUTE * 1.5, "in"), (2 * MINUTE, "close")]
    _, strategy = hear(bars(FLAT, FLAT, FLAT), signals, {}, Settings(since=OPENED + MINUTE))
    assert [(now - OPENED, text) for now, text, *_ in strategy.heard] == signals[1:]


def test_inside_a_bar_it_knows_what_filled_at_its_open() -> None:
    asked = [(timedelta(seconds=60), "buy"), (timedelta(seconds=90), "look")]
    _, strategy = hear(bars(*ROWS), asked, {"buy": buy})
    assert [held for *_, held in strategy.heard] == [0, 10]


def test_an_order_that_is_taken_back_inside_a_bar_does_not_meet_the_rest_of_it() -> None:
    def bid(strategy: Any) -> None:
        strategy.ref = strategy.buy("A", 10, limit=99.5)

    deeds: Deeds = {"bid": bid, "back": lambda strategy: strategy.cancel(strategy.ref)}
    rows = bars(FLAT, (100, 101, 99, 100), FLAT)
    kept, _ = hear(rows, [(MINUTE, "bid"), (1.5 * MINUTE, "look")], deeds)
    taken, _ = hear(rows, [(MINUTE, "bid"), (1.5 * MINUTE, "back")], deeds)
    assert (kept, taken) == ([("BUY", 10, 99.5)], [])


def test_a_stop_of_an_entry_at_the_open_is_met_by_the_rest_of_the_bar() -> None:
    deeds: Deeds = {"buy": lambda strategy: strategy.buy("A", 10, sl=99.5)}
    found, _ = hear(bars(FLAT, FLAT, FLAT), [(MINUTE, "buy"), (1.5 * MINUTE, "look")], deeds)
    assert found == [("BUY", 10, 100), ("SELL", 10, 99.5)]


@given(st.lists(st.integers(0, 60 * 40), max_size=12), st.integers(0, 1_000))
def test_who_only_listens_trades_as_if_nothing_was_said(seconds: list[int], seed: int) -> None:
    """Signals that a strategy does nothing about change none of its fills: a bar is the same met in two parts."""

    class Trading(Hearing):
        by_text: Deeds = {}  # noqa: RUF012

        def on_bar(self, bar: Bar) -> None:
            self.number += 1
            if self.number % 3 == 0:
                self.buy("A", 5, limit=bar.close - 0.1, sl=bar.close - 0.4, tp=bar.close + 0.3)
            elif self.number % 7 == 0:
                self.close("A")

    rows = walk(40, seed)
    told = [signal(OPENED + timedelta(seconds=at), "news", text="x") for at in sorted(seconds)]
    quiet, loud = (run(Trading, rows, values(Trading, {}), FREE, signals=some) for some in ([], told))
    assert prices(loud) == prices(quiet)
    assert loud.final_equity == quiet.final_equity
