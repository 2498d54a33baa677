"""A broker that fills at once and writes down what a strategy asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.hours import US_STOCKS
from ibtui.domain.calendar.session import InstrumentSessions
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.chain import Chain
from ibtui.domain.order import Change, Order, Side
from ibtui.domain.terms import Terms


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

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        quantity = float(terms.quantity)
        self.asked.append((terms.side, quantity, None if protect is None else round(float(protect), 6)))
        if self.fills:
            self.holding += terms.side.sign * quantity
        return "ref"

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        raise NotImplementedError

    def chain(self, symbol: str, *, days: float | None) -> Chain:
        raise NotImplementedError

    def close(self, symbol: str) -> None:
        self.asked.append(("close", self.holding))
        self.holding = 0.0

    def modify(self, change: Change) -> None:
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

    def rate(self, symbol: str) -> float | None:
        return 1.0

    def unrated(self, symbol: str) -> str:
        raise AssertionError("it has one currency")

    def sessions(self, symbol: str, *, whole: bool = False) -> InstrumentSessions:
        return InstrumentSessions(US_STOCKS, regular=not whole)

    def log(self, text: str) -> None:
        raise AssertionError("it explains, it does not chat")

    def explain(self, text: str, *values: object) -> None:
        self.told.append(text.format(*values) if values else text)
