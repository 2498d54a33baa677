"""Which instruments are held and why: the one owner of that, kept over a restart and told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.hold import HeldInstrument, ways_out
from ibtui.engine.journal.latches import Latches
from ibtui.engine.truth.log import Log

HOLDS = "holds"


class Holds:
    """Held instruments by symbol; every change is logged, kept, and told to `listeners` with the symbol."""

    def __init__(self, clock: Clock, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._latches: Latches | None = None
        self._held: dict[str, HeldInstrument] = {}
        self.listeners: list[Callable[[str], None]] = []

    def keep(self, latches: Latches) -> None:
        """Begin with what was held before, and keep every change from now on."""
        text = latches.latch(HOLDS)
        for hold in msgspec.json.decode(text, type=list[HeldInstrument]) if text else ():
            self._held[hold.symbol] = hold
            self._log.say("ERROR", f"{hold.symbol} is still HELD: {hold.reason}; {ways_out(hold.symbol)}")
        self._latches = latches

    def hold(
        self,
        symbol: str,
        reason: str,
        *,
        expected: Decimal | None = None,
        counted: Decimal | None = None,
        order: str = "",
    ) -> None:
        """Hold an instrument; one that is held already keeps its time and takes the newer reason and figures.

        `order` is the ref of an order whose unknown outcome is the reason: `settled` takes that back, a count that
        agrees does not.
        """
        before = self._held.get(symbol)
        if before is not None and before.orders and not order:
            reason = before.reason  # an order that is not settled says more than a count
        refs = dict.fromkeys((*(before.orders if before is not None else ()), *((order,) if order else ())))
        held = HeldInstrument(
            symbol=symbol,
            reason=reason,
            since=self._clock.now() if before is None else before.since,
            expected=expected,
            counted=counted,
            orders=tuple(refs),
        )
        if held == before:
            return
        self._held[symbol] = held
        if before is None or before.reason != reason:
            self._log.say("ERROR", f"{held.words}; {ways_out(symbol)}")
        self._changed(symbol)

    def settled(self, symbol: str, order: str, why: str) -> None:
        """What became of an order is known now: a hold that only it was the reason of ends."""
        held = self._held.get(symbol)
        if held is None or order not in held.orders:
            return
        left = tuple(ref for ref in held.orders if ref != order)
        if left:
            self._held[symbol] = replace(held, orders=left)
            self._changed(symbol)
        else:
            self.end(symbol, why)

    def recount(self, symbol: str, counted: Decimal) -> None:
        """IB counts anew; what a held instrument may be closed by is its newest count."""
        held = self._held.get(symbol)
        if held is not None and held.counted != counted:
            self._held[symbol] = replace(held, counted=counted)
            self._changed(symbol)

    def end(self, symbol: str, why: str) -> None:
        """The books agree again, or a person said so; `why` is a clause for the log."""
        held = self._held.pop(symbol, None)
        if held is not None:
            self._log.say("INFO", f"{symbol} is no longer held: {why}")
            self._changed(symbol)

    def held(self, symbol: str) -> HeldInstrument | None:
        """The hold of an instrument; None when it is not held."""
        return self._held.get(symbol)

    def of(self, symbols: Iterable[str]) -> tuple[HeldInstrument, ...]:
        """The holds among these instruments."""
        return tuple(held for symbol in symbols if (held := self._held.get(symbol)) is not None)

    def all(self) -> tuple[HeldInstrument, ...]:
        """Every instrument that is held and why, by symbol."""
        return tuple(self._held[symbol] for symbol in sorted(self._held))

    def _changed(self, symbol: str) -> None:
        if self._latches is not None:
            self._latches.set_latch(HOLDS, msgspec.json.encode(self.all()).decode())
        for listener in self.listeners:
            listener(symbol)
