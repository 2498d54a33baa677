from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.strategies import Strategy, param, step
from ibtui.strategies.author.parameters import values
from tests.strategies.notebook import Notebook

OPENED = datetime(2026, 11, 23, 15, tzinfo=UTC)
FILL = Fill(
    exec_id="1.01", ref="r", symbol="A", side=Side.BUY, quantity=Decimal(1), price=1.0, time=OPENED, owner="diary"
)


class Diary(Strategy):
    """Writes down which hook saw what."""

    symbol: str = param("A", kind="symbol")

    def on_start(self) -> None:
        self.lines: list[str] = ["start"]
        self.average = self.sma(1)

    def on_bar(self, bar: Bar) -> None:
        self.lines.append(f"bar {bar.symbol} {self.average[bar.symbol].value} {self.average['B'].value}")

    def on_quote(self, quote: Quote) -> None:
        self.lines.append(f"quote {quote.last}")

    def on_fill(self, fill: Fill) -> None:
        self.lines.append(f"fill {fill.exec_id}")

    def on_stop(self) -> None:
        self.lines.append("stop")


class Matching(Notebook):
    """A broker of the past: an order fills on the next bar."""

    def match(self, bars: tuple[Bar, ...]) -> tuple[Fill, ...]:
        return (FILL,) if bars else ()


def test_fills_come_first_then_indicators_then_events_then_the_decision() -> None:
    broker = Matching()
    diary = step.start(Diary, broker, values(Diary, {}))
    bars = (Bar("A", OPENED, 1, 1, 1, 1), Bar("B", OPENED, 2, 2, 2, 2))
    step.step(diary, broker, bars, events=(Quote(symbol="A", last=5.0),))
    step.step(diary, broker, events=(FILL,))
    step.stop(diary)
    assert diary.lines == ["start", "fill 1.01", "quote 5.0", "bar A 1.0 2.0", "bar B 2.0 2.0", "fill 1.01", "stop"]


def test_hooks_are_optional() -> None:
    broker = Matching()
    plain = step.start(Strategy, broker, {})
    step.step(plain, broker, (Bar("A", OPENED, 1, 1, 1, 1),), events=(Quote(symbol="A"), FILL))
    step.stop(plain)
    assert broker.asked == []
    assert plain.warmup == 0


def test_the_same_average_asked_for_again_is_the_same_object() -> None:
    strategy = step.start(Strategy, Notebook(), {})
    assert strategy.sma(5) is strategy.sma(5)
    assert strategy.sma(5) is not strategy.sma(6)
