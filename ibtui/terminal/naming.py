"""What contracts are called on the screen, and where the options of an underlying stand in a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ibtui.domain.instrument import Instrument
from ibtui.domain.label import labels
from ibtui.terminal.drawing import format as fmt

UNDER = 11
"""Characters of an option's label in a row below its underlying: `18Dec192.5C`."""


class NamedRow(NamedTuple):
    """One line of a list: an instrument, or the name that options stand below where their underlying has no line."""

    symbol: str
    label: str
    heading: bool = False


class Names:
    """Labels of all instruments that are known, no two of them alike; made anew only when something was learnt."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = instruments
        self._whole: dict[str, str] = {}
        self._made_for: object = None
        self._learnt = 0
        self.today = date.min
        """In the session's zone: the year of an expiry is named only where it is not near."""

    def learnt(self) -> None:
        """An instrument is new, or another than it was."""
        self._learnt += 1

    def of(self, symbol: str, width: int = 40) -> str:
        """`SPXW 18Dec6700P`; what is longer than `width` is cut in its middle."""
        made_for = (self._learnt, self.today)
        if made_for != self._made_for:
            self._whole, self._made_for = labels(self._instruments.values(), self.today), made_for
        known = self._whole.get(symbol)
        return fmt.symbol(symbol, width) if known is None else fmt.middle(known, width)

    def arranged(self, symbols: Iterable[str], width: int) -> list[NamedRow]:
        """The lines of a list in its own order, options below their underlying by expiry, strike and right."""
        listed = list(symbols)
        families: dict[str, list[Instrument]] = {}
        for symbol in listed:
            item = self._instruments.get(symbol)
            if item is not None and item.right:
                families.setdefault(item.root, []).append(item)
        places: list[NamedRow] = []
        for symbol in listed:
            item = self._instruments.get(symbol)
            if item is None or not item.right:
                places += [NamedRow(symbol, self.of(symbol, width)), *self._below(families.pop(symbol, []), width)]
            elif item.root in families and item.root not in listed:
                places += [NamedRow(item.root, item.root, heading=True), *self._below(families.pop(item.root), width)]
        return places

    def _below(self, options: Sequence[Instrument], width: int) -> list[NamedRow]:
        ordered = sorted(options, key=lambda item: (item.expiry, item.strike, item.right, item.symbol))
        named = labels(ordered, self.today, width=UNDER, under=True)
        return [NamedRow(item.symbol, fmt.middle(f"└{named[item.symbol]}", width)) for item in ordered]
