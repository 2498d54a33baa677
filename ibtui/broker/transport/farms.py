"""IB's data farms: which of them are down, and whose prices come from them.

IB names a farm and not what it serves; the names are by region and kind: usfarm, usfuture, usopt, cashfarm, eufarm.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ibtui.domain.instrument import Instrument

Kind = Literal["market data", "history", "contract details"]


class FarmNotice(Struct, frozen=True):
    """What a code says of a farm."""

    kind: Kind
    down: bool = False


NOTICES = {
    2103: FarmNotice("market data", down=True),
    2104: FarmNotice("market data"),
    2105: FarmNotice("history", down=True),
    2106: FarmNotice("history"),
    2107: FarmNotice("history"),
    2108: FarmNotice("market data"),
    2119: FarmNotice("market data"),
    2157: FarmNotice("contract details", down=True),
    2158: FarmNotice("contract details"),
}
"""2107, 2108 and 2119: it is asleep until something is asked of it, or wakes: nothing of it is stale."""

_REGIONS = {
    "us": frozenset({"USD"}),
    "ca": frozenset({"CAD"}),
    "eu": frozenset({"EUR", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN"}),
    "jfarm": frozenset({"JPY"}),
    "hfarm": frozenset({"HKD", "CNH"}),
}
"""Currencies by how a farm's name begins."""


class Farm(Struct, frozen=True):
    """One farm as it was last told of."""

    kind: Kind
    name: str
    down: bool


class Farms:
    """What was last said of each farm on this connection."""

    def __init__(self) -> None:
        self._down: set[tuple[Kind, str]] = set()

    def start(self) -> None:
        """A new connection: its first notices tell how the farms stand."""
        self._down.clear()

    def hear(self, code: int, text: str) -> Farm | None:
        """Take in a notice; the farm that it changes. None for one that says nothing new: a farm at work is no news."""
        notice = NOTICES[code]
        key = notice.kind, text.rpartition(":")[2].strip()
        if notice.down is (key in self._down):
            return None
        (self._down.add if notice.down else self._down.discard)(key)
        return Farm(*key, notice.down)

    def down(self, kind: Kind) -> str:
        """The farms of a kind that are down, for a sentence; empty when all work."""
        return ", ".join(sorted(name for of, name in self._down if of == kind))


def serves(farm: str, instrument: Instrument) -> bool:
    """Whether an instrument's prices can come from the farm of that name; from one whose name says nothing all can."""
    name = farm.lower()
    pair = instrument.sec_type in ("CASH", "CRYPTO")
    if name.startswith("cash"):
        return pair
    currencies = next((found for start, found in _REGIONS.items() if name.startswith(start)), None)
    if currencies is None:
        return True
    if pair or instrument.currency not in currencies:
        return False
    if "future" in name:
        return instrument.sec_type in ("FUT", "OPT")
    return bool(instrument.right) or "opt" not in name
