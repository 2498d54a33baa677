"""Who is told of a change of the state at once: parts of the engine, and clients by marks for their next frame."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from ibtui.domain.cause import Cause
from ibtui.domain.event import BrokerSaid, CancelRefused, ConnectionChanged
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.engine.truth.changes import Changes, Part


class Listeners(Struct):
    """Who is told of a change at once; all are called in the event loop and must not block."""

    order: list[Callable[[Order], None]] = []
    fill: list[Callable[[Fill], None]] = []
    quote: list[Callable[[Quote], None]] = []
    position: list[Callable[[str], None]] = []
    instrument: list[Callable[[Instrument], None]] = []
    reconciled: list[Callable[[], None]] = []
    connection: list[Callable[[ConnectionChanged], None]] = []
    signal: list[Callable[[Signal], None]] = []
    cause: list[Callable[[Cause], None]] = []
    """What changed a position without an order of ours; the same is told as a signal."""
    decision: list[Callable[[str, str, datetime], None]] = []
    """A strategy's name, what it decided, and when the bar ended that it decided on."""
    said: list[Callable[[BrokerSaid], None]] = []
    cancel_refused: list[Callable[[CancelRefused], None]] = []
    rate_exceeded: list[Callable[[], None]] = []


class Watchers:
    """Every client's marks of what it has not been shown yet."""

    def __init__(self) -> None:
        self._changes: set[Changes] = set()

    def add(self, changes: Changes) -> None:
        self._changes.add(changes)

    def remove(self, changes: Changes) -> None:
        self._changes.discard(changes)

    def touch(self, *parts: Part) -> None:
        """Mark parts for every client."""
        for changes in self._changes:
            for part in parts:
                changes.part(part)

    def quote(self, symbol: str) -> None:
        for changes in self._changes:
            changes.quote(symbol)

    def instrument(self, symbol: str) -> None:
        for changes in self._changes:
            changes.instrument(symbol)

    def order(self, ref: str) -> None:
        for changes in self._changes:
            changes.order(ref)

    def fill(self, base: str) -> None:
        for changes in self._changes:
            changes.fill(base)

    def signal(self, signal: Signal) -> None:
        for changes in self._changes:
            changes.signal(signal)
