"""A book on paper with an account that only counts, for tests of its rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ibtui.domain.bar import Bar
from ibtui.domain.order import Side
from ibtui.strategies.author.asking import asked, given
from ibtui.strategies.paper.book import PaperBook, PaperTrade
from ibtui.strategies.paper.working import Working

OPENED = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


class Counting:
    """One symbol, `A`; its trades as (role, signed quantity, price)."""

    def __init__(self) -> None:
        self.book = PaperBook(self, "paper", "p")
        self.held = 0.0
        self.traded_: list[tuple[str, float, float]] = []
        self.admitted = True

    def position(self, symbol: str) -> float:
        return self.held

    def day_ends(self, symbol: str) -> datetime:
        return OPENED + timedelta(hours=6, minutes=30)

    def slipped(self, order: Working, price: float) -> float:
        return price

    def admits(self, order: Working, trades: tuple[PaperTrade, ...]) -> bool:
        return self.admitted

    def traded(self, order: Working, trade: PaperTrade) -> None:
        self.held += trade.signed
        self.traded_.append((order.role, trade.signed, trade.price))

    # what a test does

    def ask(
        self,
        signed: float,
        *,
        limit: float | None = None,
        stop: float | None = None,
        sl: float | None = None,
        tp: float | None = None,
    ) -> Working:
        order = self.book.order(asked("A", Side.BUY if signed > 0 else Side.SELL, abs(signed), limit, stop))
        self.book.enter(order, given("sl", sl), given("tp", tp))
        return order

    def bar(self, opened: float, high: float, low: float, close: float) -> list[tuple[str, float, float]]:
        """Its fills."""
        seen = len(self.traded_)
        bar = Bar("A", OPENED, opened, high, low, close)
        self.book.on_bar("A", bar, bar)
        return self.traded_[seen:]

    def working(self) -> list[tuple[str, str, float, float]]:
        """What is at work: role, side, quantity and price."""
        return [
            (order.role, order.side, float(order.quantity), float(order.price or Decimal(0)))
            for order in self.book.orders("A")
            if order.status.at_work
        ]
