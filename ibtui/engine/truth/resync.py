"""The resync report: after each reconnect, one line on what is as it was and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal

from msgspec import Struct

from ibtui.domain.event import ConnectionChanged
from ibtui.domain.fill import Fill
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.words import order_words, quantity_words
from ibtui.engine.truth.state import State

PATIENCE = 5.0
"""Seconds after the reconnect that market data has to come back in."""
NAMED = 5
"""What vanished or appeared is named up to so many, then counted."""


class Before(Struct):
    """What was there when the session stopped being active."""

    orders: dict[str, Order]
    positions: dict[str, Decimal]
    lines: frozenset[str]
    """Symbols whose market streamed before the connection was lost."""
    since: float
    """When the connection was lost, in monotonic seconds."""
    missing: set[str] = set()
    """Those of them that did not come again yet."""
    fills: int = 0
    """That came since, before the session was active again."""
    after: dict[str, Order] = {}
    """Orders that work when it is."""


class Resync:
    """Compares the state after a reconnect with the one before, and tells once the market data is back."""

    def __init__(self, state: State, told: Callable[[str], None]) -> None:
        self._state = state
        self._told = told
        self._before: Before | None = None
        self._waiting: asyncio.TimerHandle | None = None
        state.listeners.connection.append(self._connection)
        state.listeners.fill.append(self._filled)
        state.listeners.quote.append(self._quoted)

    def recovered(self) -> None:
        """An engine begins: what the journal knows is what there was before."""
        symbols = self._state.tally.symbols
        positions = {symbol: self._state.tally.of(symbol) for symbol in symbols}
        if positions or self._live():
            self._before = self._remembered(positions)

    def close(self) -> None:
        """Report no reconnect any more."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _connection(self, event: ConnectionChanged) -> None:
        if event.state == "active":
            self._back()
        elif self._waiting is not None:
            self._report()
            self._before = self._remembered(self._positions())
        elif self._before is None and self._state.positions.whole:
            self._before = self._remembered(self._positions())

    def _remembered(self, positions: dict[str, Decimal]) -> Before:
        return Before(
            orders=self._live(),
            positions=positions,
            lines=frozenset(self._state.quotes),
            missing=set(self._state.quotes),
            since=self._state.clock.monotonic(),
        )

    def _live(self) -> dict[str, Order]:
        return {order.ref: order for order in self._state.orders.all_live()}

    def _positions(self) -> dict[str, Decimal]:
        return {position.symbol: position.quantity for position in self._state.positions.all()}

    def _back(self) -> None:
        if self._before is None or self._waiting is not None:
            return
        self._before.after = self._live()
        self._waiting = asyncio.get_running_loop().call_later(PATIENCE, self._report)
        if not self._before.missing:
            self._report()

    def _filled(self, fill: Fill) -> None:
        if self._before is not None and self._waiting is None:
            self._before.fills += 1

    def _quoted(self, quote: Quote) -> None:
        if self._before is None:
            return
        self._before.missing.discard(quote.symbol)
        if self._waiting is not None and not self._before.missing:
            self._report()

    def _report(self) -> None:
        self.close()
        before, self._before = self._before, None
        if before is None:
            return
        text = self._words(before)
        self._state.log.say("INFO", text)
        self._told(text)

    def _words(self, before: Before) -> str:
        seconds = self._state.clock.monotonic() - before.since
        positions = self._positions()
        orders = len(before.orders)
        parts = [f"{orders} {'order' if orders == 1 else 'orders'} before, {len(before.after)} after"]
        parts += [f"{before.fills} {'fill' if before.fills == 1 else 'fills'} recovered"]
        if before.lines:
            back = len(before.lines) - len(before.missing)
            parts += [f"{back} of {len(before.lines)} market data lines restored"]
        gone = [self._ended(order) for ref, order in before.orders.items() if ref not in before.after]
        gone += [f"position {symbol}" for symbol in before.positions if symbol not in positions]
        new = [self._named(order) for ref, order in before.after.items() if ref not in before.orders]
        new += [f"position {quantity_words(q)} {s}" for s, q in positions.items() if s not in before.positions]
        moved = [
            f"{symbol} {quantity_words(was)} -> {quantity_words(positions[symbol])}"
            for symbol, was in before.positions.items()
            if symbol in positions and positions[symbol] != was
        ]
        lists = (("vanished", gone), ("appeared", new), ("changed", moved))
        parts += [f"{what}: {_some(names)}" for what, names in lists if names]
        return f"connected again after {seconds:.0f} s: {'; '.join(parts)}"

    def _named(self, order: Order) -> str:
        return order_words(order, self._state.instruments.get(order.symbol))

    def _ended(self, order: Order) -> str:
        now = self._state.orders.get(order.ref)
        return f"{self._named(order)} ({order.status if now is None else now.status})"


def _some(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(found[:NAMED]) + more
