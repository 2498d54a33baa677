"""What positions should be: the last whole count of the broker and every execution since, kept with the fills."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

import msgspec
from msgspec import Struct

from ibtui.domain.event import PositionSeen
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.engine.journal.latches import Latches

_KEY = "positions.base"
_ZERO = Decimal(0)
_NOISE = Decimal("1e-8")
"""The broker tells quantities as doubles: a smaller difference is none."""


class CountedPosition(Struct, frozen=True):
    """What was held at the last whole count, and what a unit of it had cost."""

    instrument: Instrument
    cost: float | None


class Tally:
    """Expected positions by symbol, signed. A fill that an engine before this one was told of is in them already."""

    def __init__(self) -> None:
        self._expected: dict[str, Decimal] = {}
        self._before: frozenset[str] = frozenset()
        self._latches: Latches | None = None
        self.whole = False
        """The broker has told all positions once: what is not expected is flat, before it is not known."""
        self.held: dict[str, CountedPosition] = {}
        """What the last whole count held, by symbol."""

    def recover(self, expected: dict[str, Decimal], told: Iterable[str]) -> None:
        """Begin with what an engine before this one expected, and the ids of the executions that it was told of."""
        self._expected = dict(expected)
        self._before = frozenset(told)
        self.whole = self.whole or bool(expected)

    def keep(self, latches: Latches) -> None:
        """Begin with the last whole count, and keep the next ones."""
        text = latches.latch(_KEY)
        if text:
            self.held = msgspec.json.decode(text, type=dict[str, CountedPosition])
            self.whole = True
        self._latches = latches

    def knows(self, symbol: str) -> bool:
        """Whether anything is expected of it, and be it that it is flat."""
        return self.whole or symbol in self._expected

    def of(self, symbol: str) -> Decimal:
        """The expected quantity; 0 for what was never held."""
        return self._expected.get(symbol, _ZERO)

    @property
    def symbols(self) -> set[str]:
        """Whatever is not expected to be flat."""
        return {symbol for symbol, quantity in self._expected.items() if quantity}

    def differs(self, symbol: str, counted: Decimal) -> bool:
        """Whether a count is not the expected one; never before the first whole count."""
        return self.knows(symbol) and abs(counted - self.of(symbol)) > _NOISE

    def traded(self, fill: Fill, corrected: Fill | None) -> None:
        """An execution came, or a correction of one."""
        if corrected is not None:
            self._add(fill.symbol, fill.signed - corrected.signed)
        elif fill.base not in self._before:
            self._add(fill.symbol, fill.signed)

    def rebase(self, symbol: str, counted: Decimal) -> None:
        """This is what is expected from now on."""
        self._expected[symbol] = counted

    def counted(self, positions: Iterable[PositionSeen], without: Collection[str]) -> None:
        """A whole count was taken over, `without` those that do not add up."""
        held = {symbol: known for symbol, known in self.held.items() if symbol in without}
        for one in positions:
            if one.quantity and one.instrument.symbol not in without:
                held[one.instrument.symbol] = CountedPosition(one.instrument, one.average_cost)
        if self._latches is not None and (held != self.held or not self.whole):
            self._latches.set_latch(_KEY, msgspec.json.encode(held).decode())
        self.held, self.whole = held, True

    def _add(self, symbol: str, signed: Decimal) -> None:
        self._expected[symbol] = self.of(symbol) + signed
