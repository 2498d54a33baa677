"""The simulated broker of a run whose decisions are kept: it says of every order what was asked and what became of it.

A run without a decision log has the plain broker, which is asked nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from ibtui.backtest.broker import Simulated
from ibtui.backtest.decisions import DecisionLog, End
from ibtui.domain.bar import Bar
from ibtui.domain.cause import CauseKind
from ibtui.domain.fill import Fill
from ibtui.domain.money import exact
from ibtui.domain.order import Change, Side
from ibtui.domain.terms import Terms
from ibtui.domain.words import order_sentence, price_words, quantity_words, trade_words
from ibtui.risk.prices import on_grid, terms_on_grid
from ibtui.strategies.paper.book import PaperTrade
from ibtui.strategies.paper.standing import WorkingOrders
from ibtui.strategies.paper.working import Working

_GONE: tuple[str, End] = ("taken back", "cancelled")


class WatchedOrders(WorkingOrders):
    """Working orders that tell of each that ends without a fill; `of` are those that it goes on with."""

    def __init__(self, of: WorkingOrders, broker: Deciding) -> None:
        super().__init__()
        self.by_ref, self.combos, self._by_symbol = of.by_ref, of.combos, of._by_symbol
        self._broker = broker
        self._why: tuple[str, End] | None = None
        """Why orders end that are removed now; None while a fill removes them."""

    @contextmanager
    def because(self, words: str, end: End) -> Iterator[None]:
        """Orders that end within the block end for this reason, or for that of a block around it."""
        before, self._why = self._why, self._why or (words, end)
        yield
        self._why = before

    def remove(self, order: Working) -> None:
        if order.ref not in self.by_ref:
            return
        super().remove(order)
        if self._why is None:
            self._broker.leaves(order)
        else:
            self._broker.ended(order, *self._why)

    def cancel(self, order: Working) -> None:
        with self.because(*_GONE):
            super().cancel(order)

    def cancel_group(self, order: Working) -> None:
        with self.because(f"taken back: {order.ref} filled", "cancelled"):
            super().cancel_group(order)

    def expire(self, now: datetime) -> None:
        with self.because("expired at the end of its session", "expired"):
            super().expire(now)


class Deciding(Simulated):
    """Does what `Simulated` does and writes each order into `decisions`."""

    def __init__(self, *arguments: Any, decisions: DecisionLog, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.decisions = decisions
        self._orders = WatchedOrders(self._book.standing, self)
        self._book.standing = self._orders
        self._leaving: list[str] = []
        """Orders that the market took out of the book; what they traded is said next, if they did."""

    # the driver's side

    def match(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        found = super().match(bars)
        self._nothing_left()
        return found

    def finish(self) -> None:
        self._nothing_left()
        self.decisions.hook_ended(None)
        super().finish()

    def _nothing_left(self) -> None:
        for ref in self._leaving:
            self.decisions.became(ref, self._opened, "nothing was left to close", "cancelled")
        self._leaving.clear()

    def _cancel_entries(self) -> None:
        with self._orders.because("taken back: the limit of the daily loss was reached", "cancelled"):
            super()._cancel_entries()

    def _settle(self, symbol: str, kind: CauseKind, words: str, *, free: bool = True) -> None:
        with self._orders.because(f"taken back: {words}", "cancelled"):
            super()._settle(symbol, kind, words, free=free)

    def _caused(self, symbol: str, kind: CauseKind, words: str, value: float = 0.0) -> None:
        super()._caused(symbol, kind, words, value)
        self.decisions.said(self.now, f"{symbol} {self.trades.quantity(symbol):+,.10g}: {words}")

    # what becomes of orders

    def leaves(self, order: Working) -> None:
        """The market takes an order out of the book."""
        self._leaving.append(order.ref)

    def ended(self, order: Working, words: str, end: End) -> None:
        """An order ends without a fill."""
        self.decisions.became(order.ref, self.now, words, end)

    def admits(self, order: Working, trades: tuple[PaperTrade, ...]) -> bool:
        self._leaving = [ref for ref in self._leaving if ref != order.ref]
        admitted = super().admits(order, trades)
        if admitted:
            words = " and ".join(self._filled(trade, len(trades) > 1) for trade in trades)
            self.decisions.became(order.ref, self._opened, f"filled {words}", "filled")
            for child in order.children:
                self._asked(child, reason=f"comes with {order.ref}", time=self._opened)
        else:
            self.decisions.became(order.ref, self._opened, f"refused: {self._sentence()}", "refused")
        return admitted

    def _filled(self, trade: PaperTrade, of_several: bool) -> str:
        """`100 at 10.02`; of a combo `BUY 1 CALL at 2.50`."""
        price = price_words(trade.price, self.instrument(trade.symbol))
        size = exact(abs(trade.signed))
        side = Side.BUY if trade.signed > 0 else Side.SELL
        what = trade_words(side, size, trade.symbol) if of_several else quantity_words(size)
        return f"{what} at {price}"

    def _sentence(self) -> str:
        return "" if self.judge.newest is None else self.judge.newest.sentence.rstrip(".")

    # what is asked for

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        ref = super().place(terms, target=target, protect=protect)
        if self.sending:
            item = self.instrument(terms.symbol)
            asked, stop, goal = terms_on_grid(terms, item), on_grid(protect, item), on_grid(target, item)
            words = order_sentence(asked, item, target=goal, protect=stop)
            self._stands(ref, terms.symbol, words)
        return ref

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        ref = super().combo(legs, side, quantity, limit)
        if self.sending:
            ratios = ", ".join(f"{ratio:+d} {symbol}" for symbol, ratio in legs)
            price = "at market" if limit is None else f"at {limit:g} limit"
            self._stands(ref, legs[0][0], f"{side} {quantity:,.10g} of {ratios} {price}, day")
        return ref

    def _stands(self, ref: str, symbol: str, words: str) -> None:
        """It was asked for, and works or was refused at once."""
        self.decisions.asked(ref, symbol, words, self.now)
        if ref not in self._standing:
            self.decisions.became(ref, self.now, f"refused: {self._sentence()}", "refused")

    def _asked(self, order: Working, *, reason: str = "", time: datetime, more: str = "") -> None:
        words = order_sentence(order.terms(tif=""), self.instrument(order.symbol))
        self.decisions.asked(order.ref, order.symbol, f"{words}{more}", time, reason=reason)

    def modify(self, change: Change) -> None:
        order = self._standing.get(change.ref)
        before = None if order is None else (order.price, order.quantity)
        self.judge.newest = None
        super().modify(change)
        if order is not None and (order.price, order.quantity) != before:
            price = price_words(order.price, self.instrument(order.symbol)) if not order.legs else f"{order.price:g}"
            self.decisions.became(order.ref, self.now, f"changed to {order.quantity:,.10g} at {price}")
        elif order is not None and (why := self._sentence()):
            self.decisions.became(order.ref, self.now, f"change refused: {why}")

    def close(self, symbol: str) -> None:
        before = set(self._standing)
        with self._orders.because("taken back by a close", "cancelled"):
            super().close(symbol)
        for order in [order for ref, order in self._standing.items() if ref not in before]:
            self._asked(order, time=self.now, more=", closes the position")

    def cancel(self, ref: str) -> None:
        with self._orders.because("cancelled by the strategy", "cancelled"):
            super().cancel(ref)

    def log(self, text: str) -> None:
        self.decisions.said(self.now, text)
