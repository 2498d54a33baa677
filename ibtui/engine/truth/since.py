"""Since you left: what happened while no terminal was attached, kept for the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.fill import Fill
from ibtui.domain.happening import Away, Happening, HappeningKind
from ibtui.domain.order import Order
from ibtui.domain.signal import Signal
from ibtui.domain.text.sanitize import sanitize
from ibtui.domain.words import order_words
from ibtui.engine.journal.journal import Recovered
from ibtui.engine.journal.latches import Latches
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State
from ibtui.engine.wording import fill_words
from ibtui.link.status import StrategyStatus

_KEY = "terminal.left"
KEPT = 500
"""Happenings that are kept; the oldest go first."""
FRESH_SECONDS = 10.0
"""How long after a terminal came the time before it counts as just ended."""

SKEW = timedelta(hours=1)
"""How far the exchange's clock, which dates executions, may be behind ours."""


class Left(Struct, frozen=True, array_like=True):
    """When the last terminal left, and the ids of the fills shortly before, which it was told of."""

    at: datetime
    told: list[str]


Strategies = Callable[[], Iterable[StrategyStatus]]


class Since:
    """Collects, anew when the last terminal leaves, and closes the account of it when one comes.

    An engine that begins goes on from when the last terminal left the engine before it, as far as the journal tells.
    """

    def __init__(
        self, state: State, latches: Latches, strategies: Strategies, halts: list[Callable[[str], None]]
    ) -> None:
        """`halts` are called with the reason of every halt; this joins them."""
        self._state = state
        self._latches = latches
        self._strategies = strategies
        self._terminals = 0
        self._left = state.clock.now()
        self._found: deque[Happening] = deque(maxlen=KEPT)
        self._dropped = 0
        self._states: dict[str, str] = {}
        """Of each strategy, when the last terminal left."""
        self._live: dict[str, bool] = {}
        self._closed: Away | None = None
        self._closed_at = 0.0
        listeners = state.listeners
        listeners.fill.append(self._filled)
        listeners.order.append(self._moved)
        listeners.signal.append(self._signalled)
        listeners.cause.append(lambda cause: self.happened("cause", cause.sentence))
        state.holds.listeners.append(self._held)
        halts.append(lambda reason: self.happened("halt", f"halted: {reason}"))
        self._fills: set[str] = set()
        self._holds = {hold.symbol for hold in state.holds.all()}

    def recover(self, recovered: Recovered) -> None:
        """Go on from an engine before this one."""
        self._live = {order.ref: order.live for order in self._state.orders}
        self._fills = {fill.base for fill in recovered.fills}
        text = self._latches.latch(_KEY)
        if not text:
            return
        left = msgspec.json.decode(text, type=Left)
        self._left = left.at
        first = left.at - SKEW
        past = [
            Happening(kind="cause", time=cause.time, text=sanitize(cause.sentence, 300))
            for cause in recovered.causes
            if cause.time >= left.at
        ]
        past += [self._of_fill(fill) for fill in recovered.fills if fill.time >= first and fill.base not in left.told]
        past += [
            self._of_order(order)
            for order in recovered.orders
            if ours(order) and not order.live and order.changed is not None and order.changed >= self._left
        ]
        for happening in sorted(past, key=lambda happening: happening.time):
            self._add(happening)

    def terminals(self, count: int) -> None:
        """So many terminals are attached now."""
        before, self._terminals = self._terminals, count
        if count and not before:
            self._closed, self._closed_at = self._account(), self._state.clock.monotonic()
            self._latches.set_latch(_KEY, "")
        elif before and not count:
            self._left = self._state.clock.now()
            self._found.clear()
            self._dropped = 0
            self._states = self._now()
            self._latches.set_latch(_KEY, msgspec.json.encode(Left(self._left, self._lately_told())).decode())

    def happened(self, kind: HappeningKind, text: str) -> None:
        """Note one more thing that happened while no terminal was attached."""
        self._add(Happening(kind=kind, time=self._state.clock.now(), text=sanitize(text, 300)))

    def told(self) -> Away:
        """The time since the last terminal left; while one is attached, the time before it came."""
        if not self._terminals or self._closed is None:
            return self._account()
        fresh = self._state.clock.monotonic() - self._closed_at < FRESH_SECONDS
        return replace(self._closed, fresh=fresh)

    def _account(self) -> Away:
        now = self._state.clock.now()
        changed = [
            Happening(kind="strategy", time=now, text=text)
            for text in _changes(self._states, self._strategies())
            if self._states
        ]
        return Away(since=self._left, until=now, happenings=(*self._found, *changed), more=self._dropped)

    def _lately_told(self) -> list[str]:
        fills = (self._state.fills.get(base) for base in self._fills)
        return [fill.base for fill in fills if fill is not None and fill.time >= self._left - SKEW]

    def _now(self) -> dict[str, str]:
        return {strategy.name: strategy.state for strategy in self._strategies()}

    def _add(self, happening: Happening) -> None:
        self._dropped += len(self._found) == KEPT
        self._found.append(happening)

    # what happens

    def _filled(self, fill: Fill) -> None:
        if fill.base in self._fills:
            return
        self._fills.add(fill.base)
        self._add(self._of_fill(fill))

    def _moved(self, order: Order) -> None:
        before, self._live[order.ref] = self._live.get(order.ref, True), order.live
        if before and not order.live and ours(order):
            self._add(self._of_order(order))

    def _signalled(self, signal: Signal) -> None:
        if signal.kind == "alert":
            self.happened("alert", signal.text)

    def _held(self, symbol: str) -> None:
        held = self._state.holds.held(symbol)
        if held is None:
            self._holds.discard(symbol)
            self.happened("hold", f"{symbol} is no longer held")
        elif symbol not in self._holds:
            self._holds.add(symbol)
            self.happened("hold", held.words)

    def _of_fill(self, fill: Fill) -> Happening:
        return Happening(kind="fill", time=fill.time, text=fill_words(fill, self._state.instruments.get(fill.symbol)))

    def _of_order(self, order: Order) -> Happening:
        words = order_words(order, self._state.instruments.get(order.symbol))
        why = f": {order.reason}" if order.reason else ""
        time = order.changed or self._state.clock.now()
        return Happening(kind="order", time=time, text=sanitize(f"{words} {order.status}{why}", 300))


def _changes(before: dict[str, str], strategies: Iterable[StrategyStatus]) -> Iterable[str]:
    """`sma_cross running -> failed: it ended by itself`; warming up and waiting for data are no changes."""
    for strategy in strategies:
        was, now = before.get(strategy.name, "off"), strategy.state
        if _kind(was) != _kind(now):
            why = f": {strategy.reason}" if strategy.reason else ""
            yield sanitize(f"{strategy.name} {was} -> {now}{why}", 300)


def _kind(state: str) -> str:
    return "on" if state in ("starting", "warming", "running", "suspended") else state
