from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.chain import Chain
from ibtui.domain.order import Order, Side
from ibtui.strategies import step
from ibtui.strategies.author.parameters import Value, values
from ibtui.strategies.builtin.sma_cross import SmaCross


class Notebook:
    """A broker that fills at once and writes down what it was asked."""

    sending = True

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.told: list[str] = []
        self.holding = 0.0
        self.held: tuple[str, ...] = ()
        self.equity: float | None = None
        self.fills = True
        self.price: float | None = None
        self.now = datetime(2026, 11, 23, 15, tzinfo=UTC)

    def match(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        return ()

    def place(
        self,
        symbol: str,
        side: Side,
        quantity: float,
        limit: float | None,
        stop: float | None,
        sl: float | None,
        tp: float | None,
    ) -> str:
        self.asked.append((side, quantity, None if sl is None else round(sl, 6)))
        if self.fills:
            self.holding += side.sign * quantity
        return "ref"

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        raise NotImplementedError

    def chain(self, symbol: str, *, days: float | None) -> Chain:
        raise NotImplementedError

    def close(self, symbol: str) -> None:
        self.asked.append(("close", self.holding))
        self.holding = 0.0

    def modify(self, ref: str, quantity: float | None, limit: float | None, stop: float | None) -> None:
        raise AssertionError("it never changes an order")

    def cancel(self, ref: str) -> None:
        raise AssertionError("it never cancels a single order")

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return ()

    def position(self, symbol: str) -> float:
        return self.holding

    def covered(self, symbol: str) -> float:
        return 0.0

    def last(self, symbol: str) -> float | None:
        return self.price

    def instrument(self, symbol: str) -> Instrument | None:
        return None

    def log(self, text: str) -> None:
        raise AssertionError("it explains, it does not chat")

    def explain(self, text: str, *values: object) -> None:
        self.told.append(text.format(*values) if values else text)


def run(closes: list[float], broker: Notebook, **typed: str) -> list[list[object]]:
    """What it asked for at each bar."""
    strategy = step.start(SmaCross, broker, values(SmaCross, {"fast": "1", "slow": "3", "bar": "1s", **typed}))
    opened = datetime(2026, 11, 23, 15, tzinfo=UTC)
    decisions: list[list[object]] = []
    for index, close in enumerate(closes):
        before = len(broker.asked)
        bar = Bar("SPY", opened + timedelta(seconds=index), close, close, close, close)
        step.step(strategy, broker, (bar,))
        decisions.append(list(broker.asked[before:]))
    return decisions


def test_it_buys_on_the_cross_up_with_a_stop_and_closes_on_the_cross_down() -> None:
    broker = Notebook()
    decisions = run([10, 10, 9, 12, 13, 8, 9], broker, shares="50", stop="2")
    flat = ("close", 0.0)
    assert decisions == [[], [], [flat], [(Side.BUY, 50, 11.76)], [], [("close", 50.0)], [flat]]
    assert broker.told == [
        "fast 9.00 below slow 9.67 · stays out",
        "fast 12.00 crossed above slow 10.33 · buys 50",
        "fast 13.00 above slow 11.33 · holds",
        "fast 8.00 crossed below slow 11.00 · closes",
        "fast 9.00 below slow 10.00 · stays out",
    ]


def test_without_a_stop_the_entry_has_no_child() -> None:
    assert run([10, 10, 9, 12], Notebook(), stop="0")[3] == [(Side.BUY, 100, None)]


def test_it_does_not_buy_above_without_a_cross() -> None:
    assert run([10, 11, 12, 13, 14], Notebook()) == [[], [], [], [], []]


def test_resumed_with_a_position_it_holds_above_and_closes_below() -> None:
    broker = Notebook()
    broker.holding = 100.0
    assert run([10, 11, 12, 13, 5], broker) == [[], [], [], [], [("close", 100.0)]]


def test_an_entry_that_did_not_fill_is_withdrawn_on_the_cross_down() -> None:
    broker = Notebook()
    broker.fills = False
    assert run([10, 10, 9, 12, 8], broker, stop="0")[3:] == [[(Side.BUY, 100, None)], [("close", 0.0)]]


def test_a_tie_is_neither_above_nor_below() -> None:
    broker = Notebook()
    assert run([10, 10, 10, 10], broker) == [[], [], [], []]
    assert broker.told[-1] == "fast 10.00 equal to slow 10.00 · stays out"


@pytest.mark.parametrize(("fast", "slow"), [("8", "8"), ("9", "8")])
def test_a_fast_average_that_is_not_faster_is_refused(fast: str, slow: str) -> None:
    chosen: dict[str, Value] = values(SmaCross, {"fast": fast, "slow": slow})
    with pytest.raises(IbtuiError, match="fast must be less than slow"):
        step.start(SmaCross, Notebook(), chosen)


def test_it_wants_as_many_past_bars_as_its_slow_average() -> None:
    assert step.start(SmaCross, Notebook(), values(SmaCross, {"slow": "21"})).warmup == 21
