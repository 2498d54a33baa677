"""Pairs of currencies by their names."""

from __future__ import annotations

import re
from typing import NamedTuple

from ibtui.domain.currency import CURRENCIES

_PAIR = re.compile(r"([A-Z]{3})[./]?([A-Z]{3})")
_TICKS = {"JPY": "0.005", "HUF": "", "KRW": "", "INR": ""}
"""By the quoted currency; empty where IDEALPRO's step is not known to us."""
_TICK = "0.00005"
"""IDEALPRO's half pip, for every other quoted currency."""


class PairName(NamedTuple):
    """What the name of a currency pair says."""

    base: str
    quote: str

    @property
    def tick(self) -> str:
        """The step of its prices at IDEALPRO; empty where it is not known."""
        return _TICKS.get(self.quote, _TICK)


def pair_in(text: str) -> PairName | None:
    """What `EUR.USD`, `EUR/USD` or `EURUSD` says; None unless both sides are currencies."""
    match = _PAIR.fullmatch(text)
    if match is None or match[1] == match[2] or not all(side in CURRENCIES for side in match.groups()):
        return None
    return PairName(*match.groups())
